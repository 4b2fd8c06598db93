package detection

import (
	"context"
	"slices"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/resnet/detection"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Predictor finds objects in pictures of any size. Many goroutines may ask it; one is answered
// at a time. Every size of a canvas needs a graph of its own; those of the sizes asked for last
// are kept, all over one State and in the memory of the largest that there was.
type Predictor struct {
	network       detection.Network
	state         *graph.State
	preprocessing annotations.Preprocessing
	packed        *graph.PackedWeights
	arena         *graph.Arena
	turn          chan struct{} // held by who is answered
	servers       []*server     // the one used last is at the end
}

// server is a compiled graph for one picture.
type server struct {
	machine  *graph.Machine
	pictures detection.Pictures
	found    detection.Found
}

// keptCanvases is how many graphs a Predictor keeps.
const keptCanvases = 12

// NewPredictor prepares to answer. Parameters that the state lacks are made; weights may be
// loaded into it at any time but during an answer. The zero Preprocessing is torchvision's.
func NewPredictor(n detection.Network, state *graph.State, p annotations.Preprocessing) (*Predictor, error) {
	if n == nil || state == nil {
		return nil, errors.New("detection: a predictor needs a network and a State, got nil")
	}
	of := &Predictor{network: n, state: state, preprocessing: p, packed: &graph.PackedWeights{}, arena: &graph.Arena{}, turn: make(chan struct{}, 1)}
	_, err := of.server(annotations.Size{Height: 64, Width: 64}) // makes what the state lacks
	return of, err
}

// Find returns the objects in a picture, from the highest score on. While another goroutine is
// answered it waits, until ctx is done.
func (p *Predictor) Find(ctx context.Context, picture *imagenet.Picture) ([]Object, error) {
	if p == nil || p.turn == nil { // of nobody's making
		return nil, resnet.ErrClosed
	}
	if ctx == nil || picture == nil {
		return nil, errors.New("detection: Find needs a context and a picture, got nil")
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
	in, err := p.preprocessing.Input(&annotations.Sample{Picture: picture}, nil)
	if err != nil {
		return nil, err
	}
	batch, err := p.preprocessing.Batch([]*annotations.Input{in})
	if err != nil {
		return nil, err
	}
	s, err := p.server(batch.Size)
	if err != nil {
		return nil, err
	}
	copy(graph.Floats(s.pictures.Images), batch.Pixels)
	copy(graph.Floats(s.pictures.Sizes), []float32{float32(in.Height), float32(in.Width)})
	if err := s.machine.Run(); err != nil {
		return nil, err
	}
	return s.objects(in), nil
}

// objects are those found in an input.
func (s *server) objects(in *annotations.Input) (all []Object) {
	rows, masks := graph.Floats(s.found.Rows), graph.Floats(s.found.Masks)
	for i := 0; i*detection.FoundValues < len(rows); i++ {
		row := rows[i*detection.FoundValues:][:detection.FoundValues]
		if row[0] < 0 {
			break
		}
		o := Object{Box: annotations.Corners(row[1:5]).Scaled(in.Size, in.Original), Class: int(row[5]), Score: row[6]}
		if masks != nil {
			size := len(masks) / (len(rows) / detection.FoundValues)
			o.mask = slices.Clone(masks[i*size : (i+1)*size])
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
func (p *Predictor) server(size annotations.Size) (s *server, err error) {
	at := slices.IndexFunc(p.servers, func(s *server) bool {
		return slices.Equal(s.pictures.Images.Shape()[1:3], []int{size.Height, size.Width})
	})
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
	s = &server{pictures: detection.Pictures{Images: b.Input("images", 1, size.Height, size.Width, 3), Sizes: b.Input("sizes", 1, 2)}}
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
