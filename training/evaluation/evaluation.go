package evaluation

import (
	"context"
	"runtime"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// Config says what is measured, on what, and how.
type Config struct {
	Networks []Network // of which the scores are averaged
	Average  Average   // "" means Logits
	Examples *imagenet.Examples
	Protocol imagenet.Protocol // how a picture is shown
	Together int               // pictures that go through the networks at once, the same when an evaluation goes on; 0 means 1

	Classes []string // what people call the classes, in label order; nil means Examples.Set.Classes
	Data    string   // what people call the pictures; "" means Examples.Set.Folder

	// OnSkip is called with why a picture could not be read; OnProgress whenever some
	// more are recorded. Nil means nobody wants to know.
	OnSkip     func(error)
	OnProgress func(Progress)
}

// Progress is how far an evaluation has come.
type Progress struct {
	Done, Pictures int
	Top1Error      float64 // so far, a fraction; NaN of none
}

// settle checks everything and fills in what was left open.
func (c *Config) settle() error {
	switch {
	case len(c.Networks) == 0:
		return errors.New("evaluation: want at least one network")
	case c.Examples == nil || c.Examples.Set == nil:
		return errors.New("evaluation: want pictures, got nil")
	case c.Protocol == nil:
		return errors.New("evaluation: want a protocol, such as imagenet.Preprocessing{}, got nil")
	case c.Together < 0:
		return errors.Errorf("evaluation: want at least one picture at once, got %d", c.Together)
	case c.Average != "" && c.Average != Logits && c.Average != Probabilities:
		return errors.Errorf("evaluation: the average is of %s or %s, not of %q", Logits, Probabilities, c.Average)
	}
	for i, n := range c.Networks {
		if n.Predictor == nil {
			return errors.Errorf("evaluation: network %d, %q, has no predictor", i, n.Name)
		}
	}
	set := c.Examples.Set
	if c.Classes == nil {
		c.Classes = set.Classes
	}
	if len(c.Classes) != len(set.Classes) {
		return errors.Errorf("evaluation: want names for the %d classes of the pictures, got %d", len(set.Classes), len(c.Classes))
	}
	if c.Data == "" {
		c.Data = set.Folder
	}
	if c.Average == "" {
		c.Average = Logits
	}
	c.Together = max(c.Together, 1)
	return nil
}

// Evaluation is the way of a set of pictures through networks to the records.
type Evaluation struct {
	config  Config
	records *records
}

// New prepares an evaluation whose records go to the directory, of
// training.CreateDirectory or, to go on with one, training.ResumeDirectory. Those of
// other pictures are refused by Run.
func New(dir *training.Directory, c Config) (*Evaluation, error) {
	if dir == nil {
		return nil, errors.New("evaluation: want a directory, got nil")
	}
	if err := c.settle(); err != nil {
		return nil, err
	}
	r, err := newRecords(dir, c.Examples.Set)
	if err != nil {
		return nil, err
	}
	return &Evaluation{c, r}, nil
}

// Done is how many pictures are recorded.
func (e *Evaluation) Done() int {
	if e == nil || e.records == nil {
		return 0
	}
	return e.records.len()
}

// tooMany is how many pictures in a row may be unusable before something else must
// be wrong.
const tooMany = 100

// Run evaluates the pictures that are not recorded yet, and writes what follows from
// all. What it has recorded stays when it ends early, as when ctx does, with ctx's error.
func (e *Evaluation) Run(ctx context.Context) (Result, error) {
	if e == nil || e.records == nil {
		return Result{}, errors.New("evaluation: want an evaluation of New, got one that is nil or empty")
	}
	if err := e.measure(ctx); err != nil {
		return Result{}, err
	}
	return e.finish()
}

func (e *Evaluation) measure(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done, err := e.records.restore(e.config.Together)
	if err != nil {
		return err
	}
	n, unread := e.config.Examples.Len(), 0
	e.progress()
	for queue := e.load(ctx, done); done < n; {
		size := min(e.config.Together, n-done)
		pictures, reasons := make([][]imagenet.View, size), make([]error, size)
		for i := range size {
			coming, ok := <-queue
			if !ok {
				return ctx.Err()
			}
			p := <-coming
			pictures[i], reasons[i] = p.views, p.err
			if unread++; reasons[i] == nil {
				unread = 0
			} else if unread == tooMany {
				return errors.WithMessagef(reasons[i], "evaluation: %d pictures in a row cannot be used; the last", tooMany)
			}
		}
		if err := e.group(ctx, done, pictures, reasons); err != nil {
			return err
		}
		done += size
		e.progress()
	}
	return nil
}

func (e *Evaluation) progress() {
	if e.config.OnProgress != nil {
		top1, _ := e.records.tally.Errors()
		e.config.OnProgress(Progress{e.records.len(), e.config.Examples.Len(), top1})
	}
}

// group scores pictures that follow each other, and records them.
func (e *Evaluation) group(ctx context.Context, from int, pictures [][]imagenet.View, reasons []error) error {
	var shown [][]imagenet.View
	for i, views := range pictures {
		if reasons[i] == nil {
			shown = append(shown, views)
		}
	}
	scores, err := e.scores(ctx, shown)
	if err != nil {
		return err
	}
	rows := make([]row, len(pictures))
	for i, reason := range reasons {
		var own []float32
		if reason == nil {
			own, scores = scores[0], scores[1:]
		} else if e.config.OnSkip != nil {
			e.config.OnSkip(reason)
		}
		if rows[i], err = e.records.row(from+i, own, reason); err != nil {
			return err
		}
	}
	return e.records.add(rows)
}

// picture is a picture as the networks see it, or why they do not.
type picture struct {
	views []imagenet.View
	err   error
}

// load reads the pictures from that one on, a few ahead, on all processors. It
// hands them on in order, and closes the queue after the last or when ctx ends.
func (e *Evaluation) load(ctx context.Context, from int) <-chan chan picture {
	queue := make(chan chan picture, runtime.GOMAXPROCS(0))
	go func() {
		defer close(queue)
		for i := from; i < e.config.Examples.Len(); i++ {
			p := make(chan picture, 1)
			select {
			case queue <- p:
			case <-ctx.Done():
				return
			}
			go func() {
				views, _, err := e.config.Examples.Views(i, e.config.Protocol)
				p <- picture{views, err}
			}()
		}
	}()
	return queue
}
