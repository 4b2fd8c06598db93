package resnet

import (
	"context"
	"slices"
	"sync"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
)

// FullyConvolutionalPredictor answers pictures of any size with logits, by a network's fully
// convolutional form. Many goroutines may ask it; one is answered at a time.
//
// Every shape of a batch needs a graph of its own. Those of the shapes asked for last
// are kept, all over one State, in the memory of the largest that there was. Weights
// that change are taken in as by a Predictor.
type FullyConvolutionalPredictor struct {
	network FullyConvolutional
	state   *graph.State
	packed  *graph.PackedWeights
	arena   *graph.Arena
	turn    chan struct{} // held by who is answered, for good once closed
	closed  chan struct{}
	close   sync.Once
	servers []*server // the one used last is at the end
}

// keptShapes is how many graphs a FullyConvolutionalPredictor keeps: those of five sizes of
// pictures upright and across, and two more.
const keptShapes = 12

// NewFullyConvolutionalPredictor prepares to answer. Parameters that the state lacks are made;
// weights may be loaded into it at any time but during an answer.
func NewFullyConvolutionalPredictor(n FullyConvolutional, state *graph.State) (*FullyConvolutionalPredictor, error) {
	if n == nil || state == nil {
		return nil, errors.New("resnet: a predictor needs a network and a State, got nil")
	}
	side := n.Info().Input
	p := &FullyConvolutionalPredictor{network: n, state: state, packed: &graph.PackedWeights{}, arena: &graph.Arena{},
		turn: make(chan struct{}, 1), closed: make(chan struct{})}
	if _, err := p.server([]int{1, side, side, 3}); err != nil { // makes what the state lacks
		return nil, err
	}
	return p, nil
}

// Predict returns the logits [N Classes] of preprocessed images [N H W 3] of the
// given height and width, averaged over all places. While another goroutine is answered
// it waits, until ctx is done.
func (p *FullyConvolutionalPredictor) Predict(ctx context.Context, images []float32, h, w int) ([]float32, error) {
	if p == nil || p.closed == nil { // of nobody's making
		return nil, ErrClosed
	}
	if ctx == nil {
		return nil, errors.New("resnet: Predict needs a context, got nil")
	}
	size := 3
	for _, side := range []int{h, w} {
		if size *= max(side, 0); side < 1 || side > len(images) || size > len(images) {
			size = 0 // there are not as many values, and their product may be none
			break
		}
	}
	if size == 0 || len(images)%size != 0 {
		return nil, errors.Errorf("resnet: %s: want pictures of height %d and width %d in three colours, got %d values", p.network.Info().Name, h, w, len(images))
	}
	if err := wait(ctx, p.turn, p.closed); err != nil {
		return nil, err
	}
	defer func() { <-p.turn }()
	var logits []float32
	most := len(images) / size
	for len(images) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := min(len(images)/size, most)
		s, err := p.server([]int{n, h, w, 3})
		if fits, ok := smaller(err, n); ok {
			most = fits // pictures that there is memory for, part by part
			continue
		}
		if err != nil {
			return nil, err
		}
		answer, err := s.answer(images[:n*size])
		if err != nil {
			return nil, err
		}
		logits = append(logits, answer...)
		images = images[n*size:]
	}
	return logits, nil
}

// Close ends answering, as Predictor.Close does.
func (p *FullyConvolutionalPredictor) Close() error {
	if p == nil || p.closed == nil {
		return nil
	}
	p.close.Do(func() {
		close(p.closed)
		p.turn <- struct{}{}
		p.servers, p.arena, p.packed = nil, nil, nil
	})
	return nil
}

// wait takes a turn.
func wait(ctx context.Context, turns chan<- struct{}, closed <-chan struct{}) error {
	select { // if it is so already, whatever else is
	case <-closed:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	default:
	}
	select {
	case <-closed:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	case turns <- struct{}{}:
		return nil
	}
}

// server finds the graph for a shape, or makes it in place of the one that was not
// used for longest.
func (p *FullyConvolutionalPredictor) server(shape []int) (s *server, err error) {
	at := slices.IndexFunc(p.servers, func(s *server) bool { return slices.Equal(s.images.Shape(), shape) })
	if at >= 0 {
		s = p.servers[at]
		p.servers = slices.Delete(p.servers, at, at+1)
	} else {
		if len(p.servers) == keptShapes {
			p.servers[0].machine.Close()
			p.servers = slices.Delete(p.servers, 0, 1)
		}
		o := graph.Options{Packed: p.packed, Arena: p.arena}
		if s, err = serve(p.network.Info(), p.network.BuildFullyConvolutional, p.state, o, shape); err != nil {
			return nil, err
		}
	}
	p.servers = append(p.servers, s)
	return s, nil
}
