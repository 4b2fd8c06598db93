package detection

import (
	"context"
	"slices"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/resnet/detection/boxes"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Object is something that was found in a picture.
type Object struct {
	Box   [4]float32 // x1, y1, x2, y2 in pixels of the picture
	Class int
	Score float32
	mask  []float32
}

// Mask is the probability of each pixel of a picture of that height and width to be the
// object's; nil of a network without masks. It is usually said to be where that is above 0.5.
func (o Object) Mask(height, width int) []float32 {
	if o.mask == nil || height < 1 || width < 1 {
		return nil
	}
	picture := make([]float32, height*width)
	boxes.Paste(picture, height, width, o.mask, maskSide, o.Box[:])
	return picture
}

// Predictor finds objects in pictures of any size. Many goroutines may ask it; one is answered
// at a time. Every size of a canvas needs a graph of its own; those of the sizes asked for last
// are kept, all over one State and in the memory of the largest that there was.
type Predictor struct {
	network Network
	state   *graph.State
	fit     Fit
	packed  *graph.PackedWeights
	arena   *graph.Arena
	turn    chan struct{} // held by who is answered, for good once closed
	servers []*server     // the one used last is at the end
}

// server is a compiled graph for one picture.
type server struct {
	machine  *graph.Machine
	pictures Pictures
	found    Found
}

// keptCanvases is how many graphs a Predictor keeps.
const keptCanvases = 12

// NewPredictor prepares to answer. Parameters that the state lacks are made; weights may be
// loaded into it at any time but during an answer.
func NewPredictor(n Network, state *graph.State, f Fit) (*Predictor, error) {
	if n == nil || state == nil {
		return nil, errors.New("detection: a predictor needs a network and a State, got nil")
	}
	if f.Short < 0 || f.Long < 0 {
		return nil, errors.Errorf("detection: pictures cannot be looked at with sides of %d and %d", f.Short, f.Long)
	}
	p := &Predictor{network: n, state: state, fit: f, packed: &graph.PackedWeights{}, arena: &graph.Arena{}, turn: make(chan struct{}, 1)}
	_, err := p.server(2*stride, 2*stride) // makes what the state lacks
	return p, err
}

// Find returns the objects in a picture [height width 3], normalised as the network was trained,
// from the highest score on.
func (p *Predictor) Find(ctx context.Context, picture []float32, height, width int) ([]Object, error) {
	if p == nil || p.turn == nil { // of nobody's making
		return nil, resnet.ErrClosed
	}
	if ctx == nil || height < 1 || width < 1 || len(picture)/3/height != width || len(picture)%(3*height) != 0 {
		return nil, errors.Errorf("detection: %s: want a context and a picture of height %d and width %d in three colours, got %d values", p.network.Info().Name, height, width, len(picture))
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case p.turn <- struct{}{}:
	}
	defer func() { <-p.turn }()
	if p.packed == nil {
		return nil, resnet.ErrClosed
	}
	h, w := p.fit.Size(height, width)
	canvasHeight, canvasWidth := Canvas(h, w)
	s, err := p.server(canvasHeight, canvasWidth)
	if err != nil {
		return nil, err
	}
	canvas := graph.Floats(s.pictures.Images)
	clear(canvas)
	if err := Stretch(canvas, canvasWidth, h, w, picture, height, width); err != nil {
		return nil, err
	}
	copy(graph.Floats(s.pictures.Sizes), []float32{float32(h), float32(w)})
	if err := s.machine.Run(); err != nil {
		return nil, err
	}
	return s.objects(float32(height)/float32(h), float32(width)/float32(w)), nil
}

// objects are those found, with boxes times so much.
func (s *server) objects(tall, wide float32) (all []Object) {
	rows := graph.Floats(s.found.Rows)
	for i := 0; i*FoundValues < len(rows); i++ {
		row := rows[i*FoundValues:][:FoundValues]
		if row[0] < 0 {
			break
		}
		o := Object{Box: [4]float32{row[1] * wide, row[2] * tall, row[3] * wide, row[4] * tall}, Class: int(row[5]), Score: row[6]}
		if s.found.Masks != nil {
			o.mask = slices.Clone(graph.Floats(s.found.Masks)[i*maskSide*maskSide:][:maskSide*maskSide])
		}
		all = append(all, o)
	}
	return all
}

// Close ends answering once what is being answered is. It may be called again.
func (p *Predictor) Close() error {
	if p == nil || p.turn == nil {
		return nil
	}
	p.turn <- struct{}{}
	defer func() { <-p.turn }()
	for _, s := range p.servers {
		s.machine.Close()
	}
	p.servers, p.arena, p.packed = nil, nil, nil
	return nil
}

// server finds the graph for a canvas, or makes it in place of the one that was not used for
// longest.
func (p *Predictor) server(height, width int) (s *server, err error) {
	at := slices.IndexFunc(p.servers, func(s *server) bool { return slices.Equal(s.pictures.Images.Shape()[1:3], []int{height, width}) })
	if at >= 0 {
		s = p.servers[at]
		p.servers = append(slices.Delete(p.servers, at, at+1), s)
		return s, nil
	}
	if len(p.servers) == keptCanvases {
		p.servers[0].machine.Close()
		p.servers = slices.Delete(p.servers, 0, 1)
	}
	b := graph.NewBuilder(p.state, graph.Options{Packed: p.packed, Arena: p.arena})
	s = &server{pictures: Pictures{Images: b.Input("images", 1, height, width, 3), Sizes: b.Input("sizes", 1, 2)}}
	s.found = p.network.Detect(b, s.pictures)
	keep := []*gorgonia.Node{s.found.Rows}
	if s.found.Masks != nil {
		keep = append(keep, s.found.Masks)
	}
	if s.machine, err = b.Compile(keep...); err != nil {
		return nil, errors.Wrapf(err, "detection: %s", p.network.Info().Name)
	}
	p.servers = append(p.servers, s)
	return s, nil
}
