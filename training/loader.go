package training

import (
	"context"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/pkg/errors"
)

// Dataset is what the loop needs of a data set: a number of labelled examples
// of one shape, in any order. Its methods are called from several goroutines
// at once.
type Dataset interface {
	// Len is the number of examples, at least 1.
	Len() int

	// Shape is the shape of one example, [H W C].
	Shape() []int

	// Example writes example i, 0 <= i < Len(), to dst and returns its label,
	// 0 or more: another one is an error of the loader, and so is a value that is not
	// finite. dst has as many floats as Shape says and comes with what an earlier
	// example left there; it must not be kept. Augmentation draws from rng and from
	// nothing else; a nil rng asks for the plain example.
	Example(i int, rng *rand.Rand, dst []float32) (label int32, err error)
}

// Batch is a number of examples side by side.
type Batch struct {
	Images []float32 // [N H W C], N the loader's batch size
	Labels []int32   // [N]
	N      int       // examples that count; those after them are padding: labels -1, images zero
	Fields Fields    // those of the Loader's; of padding, numbers are zero and whole ones -1
}

// maxWorkers is where more goroutines by default would only cost memory.
const maxWorkers = 16

// Loader prepares the batches of a Dataset ahead of their use, in goroutines,
// and delivers them in order. What it delivers depends on the data set, the
// batch size and the seed alone, never on the number of goroutines. A Loader is
// for one goroutine at a time; Close releases it, and may be called from another.
type Loader struct {
	// Workers is the number of goroutines that read examples; 0 means
	// GOMAXPROCS, but at most 16. It is read by the first call of Next.
	Workers int

	// Fields are what is read of every example besides picture and label, from a data
	// set that is Fielded and has them. They are read by the first call of Next.
	Fields []Field

	// Ignore are labels of examples that do not count: they become -1.
	Ignore []int32

	data       Dataset
	shape      []int        // of an example
	batch      int          // examples a batch
	size       int          // floats an example
	length     int          // examples of the data set
	order      *permutation // nil for a pass, which has no random numbers at all
	begin, end int          // positions in the order

	tasks   chan task
	filling chan *slot // in order of delivery; closed after the last
	free    chan *slot
	quit    chan struct{} // closed by Close
	running sync.WaitGroup

	mu              sync.Mutex // of the next two, so that Close may come at any time
	started, closed bool

	next   *slot // taken from filling and not yet delivered
	held   *slot // delivered by the last Next
	err    error // what every further Next returns
	waited time.Duration
}

// NewStream returns an endless loader of full batches for training. The stream
// of examples is one seeded permutation of d after the other; batch k is the
// stream's positions [k*batch, (k+1)*batch), so a batch may cross epochs, even
// several of them. start is the first batch delivered: a stream from start is
// the stream from 0 without its first start batches. The random numbers of an
// example come from the seed, the epoch and the example's index.
//
// It is an error if d is empty or has a shape that is not positive, if batch is
// below 1 or start below 0, or if a batch would exceed 2^31-1 floats.
func NewStream(d Dataset, batch int, seed uint64, start int) (*Loader, error) {
	l, err := newLoader(d, batch)
	if err != nil {
		return nil, err
	}
	// Half of what fits leaves the stream room to go on from start.
	if start < 0 || start > math.MaxInt/2/batch {
		return nil, errors.Errorf("training: stream: want a start from 0 to %d, got %d", math.MaxInt/2/batch, start)
	}
	l.order = &permutation{seed: seed, epoch: -1, index: make([]int, l.length)}
	l.begin, l.end = start*batch, math.MaxInt
	return l, nil
}

// NewPass returns a loader of the examples 0 to Len-1 of d, once, in this
// order and without random numbers, for evaluation. The last batch is padded
// where Len is no multiple of batch. Errors are those of NewStream.
func NewPass(d Dataset, batch int) (*Loader, error) {
	l, err := newLoader(d, batch)
	if err != nil {
		return nil, err
	}
	l.end = l.length
	return l, nil
}

func newLoader(d Dataset, batch int) (*Loader, error) {
	n, shape, err := measure(d)
	if err != nil {
		return nil, errors.WithMessage(err, "training: loader")
	}
	if n < 1 {
		return nil, errors.Errorf("training: loader: want a data set of at least 1 example, got %d", n)
	}
	if batch < 1 {
		return nil, errors.Errorf("training: loader: want a batch of at least 1 example, got %d", batch)
	}
	size := 1
	if len(shape) == 0 || slices.Min(shape) < 1 {
		return nil, errors.Errorf("training: loader: want examples of a positive shape, got %v", shape)
	}
	for _, n := range shape {
		if n > math.MaxInt32/batch/size {
			return nil, errors.Errorf("training: loader: a batch of %d examples of shape %v exceeds %d floats", batch, shape, math.MaxInt32)
		}
		size *= n
	}
	return &Loader{data: d, shape: shape, batch: batch, size: size, length: n, quit: make(chan struct{})}, nil
}

// measure asks a data set for its length and shape. One that is nil, or that holds
// a nil where its pictures should be, is an error.
func measure(d Dataset) (n int, shape []int, err error) {
	if d == nil {
		return 0, nil, errors.New("want a data set, got nil")
	}
	defer func() {
		if r := recover(); r != nil {
			err = errors.Errorf("the data set, a %T, has no length or shape (is it nil, or a part of it?): panic: %v", d, r)
		}
	}()
	return d.Len(), slices.Clone(d.Shape()), nil
}

// Next returns the next batch. Its slices are the loader's: they are valid, and
// the caller may write to them, until the next call of Next.
//
// The end of a pass is io.EOF. An error or a panic of the data set comes in the
// place of the batch it is in, names the index of the example, and is the end
// of the loader. When ctx is done Next returns its error at once, without
// having skipped a batch: a later call goes on where this one left off.
func (l *Loader) Next(ctx context.Context) (Batch, error) {
	if l == nil {
		return Batch{}, errClosed
	}
	if l.err != nil {
		return Batch{}, l.err
	}
	if ctx == nil {
		return Batch{}, errors.New("training: next batch: want a context, got nil")
	}
	if err := ctx.Err(); err != nil {
		return Batch{}, errors.WithMessage(err, "training: next batch")
	}
	if err := l.start(); err != nil {
		return Batch{}, err
	}
	if l.held != nil {
		l.free <- l.held
		l.held = nil
	}
	begin := time.Now()
	defer func() { l.waited += time.Since(begin) }()
	if l.next == nil {
		select {
		case s, ok := <-l.filling:
			if !ok && l.isClosed() {
				return Batch{}, errClosed
			}
			if !ok {
				l.err = io.EOF
				return Batch{}, l.err
			}
			l.next = s
		case <-ctx.Done():
			return Batch{}, errors.WithMessage(ctx.Err(), "training: next batch")
		case <-l.quit:
			return Batch{}, errClosed
		}
	}
	select {
	case <-l.next.full:
	case <-l.quit:
		return Batch{}, errClosed
	case <-ctx.Done():
		return Batch{}, errors.WithMessage(ctx.Err(), "training: next batch")
	}
	s := l.next
	l.next = nil
	if s.err != nil {
		l.Close()
		l.err = s.err
		return Batch{}, l.err
	}
	l.held = s
	return s.Batch, nil
}

// Waited is how long calls of Next have waited for data so far, that for the
// first batch included. Where it is next to nothing of the time of a training
// run, data is not what the run waits for.
func (l *Loader) Waited() time.Duration {
	if l == nil {
		return 0
	}
	return l.waited
}

// errClosed is what Next returns once the loader is closed.
var errClosed = errors.New("training: next batch: the loader is closed")

// Close stops the loader's goroutines and waits for them; examples being read
// are read to their end. Next fails from then on, a call that is waiting too.
// Closing again does nothing.
func (l *Loader) Close() {
	if l == nil {
		return
	}
	l.mu.Lock()
	if !l.closed && l.quit != nil {
		close(l.quit)
	}
	l.closed = true
	l.mu.Unlock()
	l.running.Wait()
}

func (l *Loader) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// start starts the goroutines unless they run: one hands out the examples in order,
// the others read them.
func (l *Loader) start() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.data == nil:
		return errors.New("training: next batch: want a loader of NewStream or NewPass")
	case l.closed:
		return errClosed
	case l.started:
		return nil
	}
	if err := l.checkFields(); err != nil {
		return err
	}
	l.started = true
	workers := l.Workers
	if workers < 1 {
		workers = min(runtime.GOMAXPROCS(0), maxWorkers)
	}
	// One batch in the caller's hands, one complete, and as many being filled
	// as it takes to give every worker an example.
	slots := 2 + (workers-1)/l.batch + 1
	if batches := (l.end-l.begin-1)/l.batch + 1; batches < slots {
		slots = batches
	}
	l.tasks = make(chan task, workers)
	l.filling = make(chan *slot, slots)
	l.free = make(chan *slot, slots)
	for range slots {
		l.free <- &slot{
			Batch: Batch{Images: make([]float32, l.batch*l.size), Labels: make([]int32, l.batch), Fields: newFields(l.Fields, l.batch)},
			full:  make(chan struct{}, 1),
		}
	}
	l.running.Go(l.feed)
	for range workers {
		l.running.Go(l.work)
	}
	return nil
}

// feed hands out examples until the end of the pass or until quit is closed.
func (l *Loader) feed() {
	defer close(l.tasks)
	defer close(l.filling)
	for begin := l.begin; begin < l.end; begin += l.batch {
		var s *slot
		select {
		case s = <-l.free:
		case <-l.quit:
			return
		}
		s.reset(min(l.batch, l.end-begin), l.size)
		l.filling <- s // never blocks: it has room for every slot
		for i := range s.N {
			t := task{slot: s, at: i, index: begin + i}
			if l.order != nil {
				t.epoch, t.index = l.order.at(begin + i)
			}
			select {
			case l.tasks <- t:
			case <-l.quit:
				return
			}
		}
	}
}

// work reads examples until there are no more.
func (l *Loader) work() {
	var source rand.PCG
	var rng *rand.Rand
	if l.order != nil {
		rng = rand.New(&source)
	}
	fields := newFields(l.Fields, 0)
	for t := range l.tasks {
		if l.order != nil {
			reseed(&source, l.order.seed, t.epoch, t.index)
		}
		s := t.slot
		dst := s.Images[t.at*l.size : (t.at+1)*l.size : (t.at+1)*l.size]
		s.Fields.example(t.at, fields)
		label, err := l.example(t.index, rng, dst, fields)
		if err != nil {
			s.fail(t.at, errors.WithMessagef(err, "training: example %d", t.index))
		}
		s.Labels[t.at] = label
		if s.pending.Add(-1) == 0 {
			s.full <- struct{}{}
		}
	}
}

// example is the data set's Example, or ExampleFields, with a panic, a label below 0,
// and a pixel or a field that is not finite made errors.
func (l *Loader) example(i int, rng *rand.Rand, dst []float32, fields Fields) (label int32, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.Errorf("panic: %v", r)
		}
	}()
	if len(fields.fields) == 0 {
		label, err = l.data.Example(i, rng, dst)
	} else if label, err = l.data.(Fielded).ExampleFields(i, rng, dst, fields); err == nil {
		err = fields.check()
	}
	switch {
	case err != nil:
	case !allFinite(dst):
		err = errors.New("it has pixels that are not finite; look at the data, and at what they are divided by")
	case slices.Contains(l.Ignore, label):
		label = -1
	case label < 0:
		err = errors.Errorf("label %d: classes are numbered from 0", label)
	}
	return label, err
}

// checkFields refuses fields that the data set lacks, or that are too many.
func (l *Loader) checkFields() error {
	if len(l.Fields) == 0 {
		return nil
	}
	l.Fields = carried(l.Fields)
	err := checkFields(l.Fields)
	if err == nil {
		err = agree(l.data, l.Fields)
	}
	for _, f := range l.Fields {
		if err == nil && f.size() > math.MaxInt32/l.batch {
			err = errors.Errorf("field %v: a batch of %d examples exceeds %d values", f, l.batch, math.MaxInt32)
		}
	}
	return errors.WithMessage(err, "training: loader")
}
