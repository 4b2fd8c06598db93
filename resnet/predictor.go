package resnet

import (
	"context"
	"math/bits"
	"runtime"
	"slices"
	"sync"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
)

// ErrClosed is the error of asking a predictor that is closed.
var ErrClosed = errors.New("resnet: this predictor is closed")

// Predictor answers pictures with logits, for many goroutines at once, by inference
// graphs over one State with batch norm folded into the weights.
//
// It keeps a graph for each size of batch that is a power of two up to
// PredictorOptions.Batch, once asked for, and for those named to Prepare; other numbers
// of pictures are answered in parts of these sizes, and so are batches that there is no
// memory for. The graphs that answer one request
// share their memory, so that of the largest is what counts, and there are as many
// sets of them as PredictorOptions.Parallel allows requests at once.
//
// Weights that change in the State (see graph.State.Version) are taken in before the
// next answer, all of them; they must not be written to during one. A predictor that
// nobody holds any more is freed, closed or not.
type Predictor struct {
	network Network
	state   *graph.State
	packed  *graph.PackedWeights
	shape   []int // [H W C] of a picture

	turns  chan struct{} // one for each set at work
	closed chan struct{}
	close  sync.Once

	mu    sync.Mutex
	most  int    // pictures through a graph at once
	idle  []*set // the one used last is at the end
	sizes []int  // named to Prepare
}

// PredictorOptions say what a Predictor may take. The zero value is right for most.
type PredictorOptions struct {
	// Batch is the most pictures that go through a graph at once; more are answered in
	// parts. Memory grows with it: 32 pictures of 224x224 take 170 MB in a ResNet-18.
	// 0 means 64.
	Batch int
	// Parallel is how many requests are worked on at once, each with memory of its own;
	// others wait. An operation uses all processors by itself, so more than a few only
	// fill gaps. 0 means as many as there are processors, but at most 4.
	Parallel int
}

func (o PredictorOptions) settle() (PredictorOptions, error) {
	if o.Batch < 0 || o.Parallel < 0 {
		return o, errors.Errorf("resnet: the batch and the requests at once of a predictor cannot be negative, got %d and %d", o.Batch, o.Parallel)
	}
	if o.Batch == 0 {
		o.Batch = 64
	}
	if o.Parallel == 0 {
		o.Parallel = min(runtime.GOMAXPROCS(0), 4)
	}
	return o, nil
}

// NewPredictor prepares to answer pictures of height h and width w, in RGB. Parameters
// that the state lacks are made; weights may be loaded into it at any time but during an
// answer. They are there twice, in the state and in the form that answers: see
// OpenPredictor.
func NewPredictor(n Network, state *graph.State, h, w int, o PredictorOptions) (*Predictor, error) {
	if state == nil {
		return nil, errors.New("resnet: a predictor needs a State, got nil")
	}
	p, err := newPredictor(n, state, h, w, o)
	if err != nil {
		return nil, err
	}
	// Makes what the state lacks, so that Predict only reads it.
	s := &set{of: map[int]*server{}}
	if _, err := p.server(s, 1); err != nil {
		return nil, err
	}
	p.idle = append(p.idle, s)
	return p, nil
}

func newPredictor(n Network, state *graph.State, h, w int, o PredictorOptions) (*Predictor, error) {
	if n == nil {
		return nil, errors.New("resnet: a predictor needs a network, got nil")
	}
	o, err := o.settle()
	if err != nil {
		return nil, err
	}
	return &Predictor{
		network: n, state: state, packed: &graph.PackedWeights{}, shape: []int{h, w, 3}, most: o.Batch,
		turns: make(chan struct{}, o.Parallel), closed: make(chan struct{}),
	}, nil
}

// OpenPredictor is NewPredictor for who only predicts: load sets the weights, such as
// by training.LoadWeights, in a state that nobody else has, and the predictor keeps them
// in the form that it answers with alone. Random weights are not drawn before.
func OpenPredictor(n Network, h, w int, o PredictorOptions, load func(*graph.State) error) (*Predictor, error) {
	if load == nil {
		return nil, errors.New("resnet: OpenPredictor needs a function that loads the weights, got nil")
	}
	p, err := newPredictor(n, graph.NewState(), h, w, o)
	if err != nil {
		return nil, err
	}
	// Which form that is depends on the batch: that for the smallest is right up to some
	// size, that for the largest from there on.
	smallest, err := p.builder(1)
	if err != nil {
		return nil, err
	}
	if err := load(p.state); err != nil {
		return nil, err
	}
	if err := smallest.Pack(); err != nil {
		return nil, errors.Wrapf(err, "resnet: %s", n.Info().Name)
	}
	largest, err := p.builder(p.most)
	if err != nil {
		return nil, err
	}
	if err := largest.Pack(); err != nil {
		return nil, errors.Wrapf(err, "resnet: %s", n.Info().Name)
	}
	p.packed.Detach()
	return p, nil
}

// builder emits the network for batches of n, in no memory, to take in weights.
func (p *Predictor) builder(n int) (*graph.Builder, error) {
	b := graph.NewBuilder(p.state, graph.Options{Packed: p.packed, Arena: &graph.Arena{}})
	p.network.Build(b, b.Input("images", append([]int{n}, p.shape...)...))
	return b, errors.Wrapf(b.Err(), "resnet: %s", p.network.Info().Name)
}

// set is the graphs that answer one request at a time, by their size of batch.
type set struct {
	arena graph.Arena
	of    map[int]*server
}

// take waits until there is a set to use.
func (p *Predictor) take(ctx context.Context) (*set, error) {
	if err := wait(ctx, p.turns, p.closed); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.idle) - 1
	if last < 0 {
		return &set{of: map[int]*server{}}, nil
	}
	s := p.idle[last]
	p.idle = p.idle[:last]
	return s, nil
}

// give ends the use of a set.
func (p *Predictor) give(s *set) {
	p.mu.Lock()
	p.idle = append(p.idle, s)
	p.mu.Unlock()
	<-p.turns
}

// server is the set's graph for batches of n, built if it is not there.
func (p *Predictor) server(s *set, n int) (*server, error) {
	if s.of[n] != nil {
		return s.of[n], nil
	}
	v, err := serve(p.network.Info(), p.network.Build, p.state, graph.Options{Packed: p.packed, Arena: &s.arena}, append([]int{n}, p.shape...))
	if err == nil {
		s.of[n] = v
	}
	return v, err
}

// part is the server for as many of n pictures as are answered at once. Where there is
// no memory for a graph of so many, it is fewer from then on.
func (p *Predictor) part(s *set, n int) (*server, int, error) {
	for {
		size := p.size(n)
		v, err := p.server(s, size)
		fits, smaller := smaller(err, size)
		if !smaller {
			return v, size, err
		}
		p.mu.Lock()
		p.most = min(p.most, fits)
		p.sizes = slices.DeleteFunc(p.sizes, func(n int) bool { return n > fits })
		p.mu.Unlock()
	}
}

// size is how many of n pictures are answered at once.
func (p *Predictor) size(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n >= p.most {
		return p.most
	}
	most := 1 << (bits.Len(uint(n)) - 1)
	for _, size := range p.sizes {
		if size <= n {
			most = max(most, size)
		}
	}
	return most
}

// smaller is the batch that there is memory for, if there is none for one of n.
func smaller(err error, n int) (fits int, ok bool) {
	var refused *graph.MemoryError
	if !errors.As(err, &refused) || refused.Fits < 1 || refused.Fits >= n {
		return 0, false
	}
	return refused.Fits, true
}

// Prepare makes ready for batches of these sizes, none larger than
// PredictorOptions.Batch: it builds and runs their graphs once, so that the first answer
// takes no longer than others, and such batches are answered in one part. It makes ready
// for one request at a time, with the weights that are there.
func (p *Predictor) Prepare(ctx context.Context, batches ...int) error {
	if ctx == nil {
		return errors.New("resnet: Prepare needs a context, got nil")
	}
	if p == nil || p.closed == nil {
		return ErrClosed
	}
	p.mu.Lock()
	most := p.most
	p.mu.Unlock()
	for _, n := range batches {
		if n < 1 || n > most {
			return errors.Errorf("resnet: %s: a batch of %d is not from 1 to %d, the predictor's largest", p.network.Info().Name, n, most)
		}
	}
	s, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer p.give(s)
	for _, n := range batches {
		if err := ctx.Err(); err != nil {
			return err
		}
		v, err := p.server(s, n)
		if err == nil {
			err = v.machine.Run()
		}
		if err != nil {
			return err
		}
		p.mu.Lock()
		if !slices.Contains(p.sizes, n) {
			p.sizes = append(p.sizes, n)
		}
		p.mu.Unlock()
	}
	return nil
}

// Predict returns the logits [N Classes] of preprocessed images [N H W 3]: rows of
// pixels, the three colours of a pixel beside each other. It may be called by many
// goroutines; where PredictorOptions.Parallel requests are worked on it waits. Once ctx
// is done it returns ctx's error, at the latest when the part of the pictures that is
// being worked on is answered.
func (p *Predictor) Predict(ctx context.Context, images []float32) ([]float32, error) {
	if p == nil || p.closed == nil { // of nobody's making
		return nil, ErrClosed
	}
	size := p.shape[0] * p.shape[1] * p.shape[2]
	if ctx == nil {
		return nil, errors.New("resnet: Predict needs a context, got nil")
	}
	if len(images) == 0 || len(images)%size != 0 {
		return nil, errors.Errorf("resnet: %s: want pictures of %v, %d values each, got %d values", p.network.Info().Name, p.shape, size, len(images))
	}
	s, err := p.take(ctx)
	if err != nil {
		return nil, err
	}
	defer p.give(s)
	var logits []float32
	for len(images) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		v, n, err := p.part(s, len(images)/size)
		if err != nil {
			return nil, err
		}
		answer, err := v.answer(images[:n*size])
		if err != nil {
			return nil, err
		}
		logits = append(logits, answer...)
		images = images[n*size:]
	}
	return logits, nil
}

// Close ends answering: who waits gets ErrClosed, and so does who asks later. It returns
// when all that was being answered is, and may be called again.
func (p *Predictor) Close() error {
	if p == nil || p.closed == nil {
		return nil
	}
	p.close.Do(func() {
		close(p.closed)
		for range cap(p.turns) {
			p.turns <- struct{}{} // and nobody takes a turn any more
		}
		p.idle = nil
	})
	return nil
}
