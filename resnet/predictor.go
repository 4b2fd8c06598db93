package resnet

import (
	"slices"
	"sync"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Predictor answers pictures with logits, for many goroutines at once. It keeps a
// compiled inference graph for every batch size and goroutine that needs one at
// the same time, all over one State, with batch norm folded into the weights.
type Predictor struct {
	network Network
	state   *graph.State
	folds   graph.FoldedWeights
	shape   []int // [H W C] of a picture

	mu   sync.Mutex
	idle map[int][]*server // by batch size
}

// server is one compiled graph, used by one goroutine at a time.
type server struct {
	machine        *graph.Machine
	images, logits *gorgonia.Node
}

// maxServed is the most pictures that go through a graph at once.
const maxServed = 64

// NewPredictor prepares to answer pictures of height h and width w, in RGB. Load
// the weights into the state before the first call of Predict, and do not change
// them after; parameters that the state lacks are made.
func NewPredictor(n Network, state *graph.State, h, w int) (*Predictor, error) {
	p := &Predictor{network: n, state: state, shape: []int{h, w, 3}, idle: map[int][]*server{}}
	s, err := p.build(1) // makes what the state lacks, so that Predict only reads it
	if err != nil {
		return nil, err
	}
	p.give(1, s)
	return p, nil
}

// serve compiles what build emits for images of a shape [N H W C].
func serve(about Info, build func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node, state *graph.State, folds *graph.FoldedWeights, shape []int) (s *server, err error) {
	b := graph.NewBuilder(state, graph.Options{Constant: true, Folded: folds})
	s = &server{images: b.Input("images", shape...)}
	s.logits = build(b, s.images)
	s.machine, err = b.Compile(s.logits)
	return s, errors.Wrapf(err, "resnet: %s", about.Name)
}

// answer returns the logits of as many images as the graph is for.
func (s *server) answer(images []float32) ([]float32, error) {
	copy(graph.Floats(s.images), images)
	if err := s.machine.Run(); err != nil {
		return nil, err
	}
	return slices.Clone(graph.Floats(s.logits)), nil
}

func (p *Predictor) build(n int) (*server, error) {
	return serve(p.network.Info(), p.network.Build, p.state, &p.folds, append([]int{n}, p.shape...))
}

func (p *Predictor) take(n int) (*server, error) {
	p.mu.Lock()
	if last := len(p.idle[n]) - 1; last >= 0 {
		s := p.idle[n][last]
		p.idle[n] = p.idle[n][:last]
		p.mu.Unlock()
		return s, nil
	}
	p.mu.Unlock()
	return p.build(n)
}

func (p *Predictor) give(n int, s *server) {
	p.mu.Lock()
	p.idle[n] = append(p.idle[n], s)
	p.mu.Unlock()
}

// Predict returns the logits [N Classes] of preprocessed images [N H W 3]. It may
// be called by many goroutines.
func (p *Predictor) Predict(images []float32) ([]float32, error) {
	size := p.shape[0] * p.shape[1] * p.shape[2]
	if len(images) == 0 || len(images)%size != 0 {
		return nil, errors.Errorf("resnet: %s: want pictures of %v, %d values each, got %d values", p.network.Info().Name, p.shape, size, len(images))
	}
	var logits []float32
	for len(images) > 0 {
		n := min(len(images)/size, maxServed)
		s, err := p.take(n)
		if err != nil {
			return nil, err
		}
		answer, err := s.answer(images[:n*size])
		if err != nil {
			return nil, err
		}
		logits = append(logits, answer...)
		p.give(n, s)
		images = images[n*size:]
	}
	return logits, nil
}
