package experiment

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/pkg/errors"
)

// TestResume interrupts an experiment again and again, in steps and in
// evaluations, and trains networks side by side: the files must be those of one
// left alone.
func TestResume(t *testing.T) {
	alone := t.TempDir()
	if err := newExperiment(t, alone, small()).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := contents(t, alone)
	if len(want) != 5*12 {
		t.Errorf("%d files, want 12 of each network, construction.json in place of one", len(want))
	}

	t.Run("in steps", func(t *testing.T) {
		path, sessions, length, crash := t.TempDir(), 0, 3, 1
		if testing.Short() {
			length, crash = 7, 0
		}
		for again := true; again; sessions++ {
			ctx, cancel := context.WithCancel(t.Context())
			c, steps := small(), 0
			c.OnProgress = func(Progress) {
				if steps++; steps == length {
					cancel()
				}
			}
			err := newExperiment(t, path, c).Run(ctx)
			if again = err != nil; again && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if sessions == crash {
				leaveRows(t, path)
			}
		}
		if sessions < 4 {
			t.Errorf("%d sessions, want at least 4", sessions)
		}
		compareContents(t, "interrupted", contents(t, path), want)
	})
	t.Run("in evaluations", func(t *testing.T) {
		if testing.Short() {
			t.Skip("interruptions in steps must do")
		}
		path := t.TempDir()
		for session, again := 1, true; again; session++ {
			ctx, cancel := context.WithCancel(t.Context())
			c := small()
			var seen atomic.Int64
			c.Train, c.Test = plainly{c.Train, &seen, 61 * session, cancel}, plainly{c.Test, &seen, 61 * session, cancel}
			err := newExperiment(t, path, c).Run(ctx)
			if again = err != nil; again && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			cancel()
		}
		compareContents(t, "interrupted", contents(t, path), want)
	})
	t.Run("in parallel", func(t *testing.T) {
		c := small()
		c.Parallel = 3
		path := t.TempDir()
		e := newExperiment(t, path, c)
		if left, err := e.Estimate(t.Context()); err != nil || left <= 0 {
			t.Errorf("an estimate of %v, %v", left, err)
		}
		if err := e.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if p := e.progress; p.Done != p.Total {
			t.Errorf("at the end %v of %v are done", p.Done, p.Total)
		}
		compareContents(t, "in parallel", contents(t, path), want)
		if left, err := newExperiment(t, path, c).Estimate(t.Context()); err != nil || left != 0 {
			t.Errorf("an ended experiment has %v left, %v", left, err)
		}
	})
}

// leaveRows appends rows to the tables of the first network as a crash leaves
// them: newer than the checkpoint, and one cut short.
func leaveRows(t *testing.T, path string) {
	t.Helper()
	for name, text := range map[string]string{"scores.csv": "8,1,1\n12,", "gradients.csv": "8,conv1,1\n", "log.csv": "8,1,1,1,1,1,1,1,1\n"} {
		file := filepath.Join(path, "plain8-seed1", name)
		old, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(old, text...), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// plainly ends the context when so many examples have been read without
// augmentation.
type plainly struct {
	data interface {
		Len() int
		Shape() []int
		Example(int, *rand.Rand, []float32) (int32, error)
	}
	seen   *atomic.Int64
	limit  int
	cancel context.CancelFunc
}

func (d plainly) Len() int     { return d.data.Len() }
func (d plainly) Shape() []int { return d.data.Shape() }
func (d plainly) Example(i int, rng *rand.Rand, dst []float32) (int32, error) {
	if rng == nil && d.seen.Add(1) == int64(d.limit) {
		d.cancel()
	}
	return d.data.Example(i, rng, dst)
}

// TestConstruction checks that what was constructed answers with the same bits,
// in inference and in the forward pass of training, and that it learns.
func TestConstruction(t *testing.T) {
	shallow := network(t, Residual, 8)
	trained := trainedState(t, shallow)
	deep := network(t, Residual, 14)
	deep.From = 8
	forward := func(n Network, state *graph.State, training bool) []float32 {
		b := graph.NewBuilder(graph.NewState(), graph.Options{Training: training})
		x := b.Input("images", 16, 8, 8, 3)
		logits := n.config().Build(b, x)
		m, err := b.Compile(logits)
		if err != nil {
			t.Fatal(err)
		}
		if err := copyState(b.State(), state); err != nil {
			t.Fatal(err)
		}
		for i := range 16 {
			if _, err := (blobs{16, 500}).Example(i, nil, graph.Floats(x)[i*192:(i+1)*192]); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.Run(); err != nil {
			t.Fatal(err)
		}
		return append([]float32(nil), graph.Floats(logits)...)
	}
	made := graph.NewBuilder(graph.NewState(), graph.Options{Seed: 3})
	deep.config().Build(made, made.Input("images", 1, 8, 8, 3))
	if err := construct(made.State(), trained); err != nil {
		t.Fatal(err)
	}
	for _, training := range []bool{false, true} {
		a, b := forward(shallow, trained, training), forward(deep, made.State(), training)
		if !reflect.DeepEqual(a, b) {
			t.Errorf("training graph %v: logits differ:\n%v\n%v", training, a, b)
		}
	}
	c, err := compare(t.Context(), shallow, deep, trained, made.State(), blobs{40, 1000})
	if err != nil || !c.Equal || c.Largest != 0 || c.Pictures != 40 {
		t.Errorf("%+v, %v", c, err)
	}
	made.State().Get("layer1.1.bn2.weight").Data()[0] = 1
	if c, err = compare(t.Context(), shallow, deep, trained, made.State(), blobs{40, 1000}); err != nil || c.Equal || c.Largest == 0 {
		t.Errorf("an appended unit that is not the identity: %+v, %v", c, err)
	}
}

// TestUnravel drops units by hand: a residual one whose branch gives nothing.
func TestUnravel(t *testing.T) {
	n := network(t, Residual, 14)
	state := trainedState(t, n)
	rows, err := unravel(t.Context(), n, state, 6, blobs{40, 1000})
	if err != nil {
		t.Fatal(err)
	}
	var units []string
	for _, row := range rows {
		units = append(units, row[1])
	}
	if want := []string{"none", "layer1.0", "layer1.1", "layer2.1", "layer3.1"}; !reflect.DeepEqual(units, want) {
		t.Fatalf("units %v, want %v", units, want)
	}
	for _, unit := range units[1:] {
		copied := trainedState(t, n) // the same bits
		clear(copied.Get(unit + ".bn2.weight").Data())
		clear(copied.Get(unit + ".bn2.bias").Data())
		again, err := unravel(t.Context(), n, copied, 6, blobs{40, 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if row[1] == unit && !reflect.DeepEqual(row[2:], again[0][2:]) {
				t.Errorf("%s dropped: %v; with a branch of zeros %v", unit, row, again[0])
			}
		}
	}
}

func TestRefuses(t *testing.T) {
	path := t.TempDir()
	c := small()
	c.Depths, c.Kinds = []int{8}, []Kind{Plain}
	c.Iterations = 2
	if err := newExperiment(t, path, c).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := contents(t, path)
	for _, test := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"no data", func(c *Config) { c.Train = nil }, "a training and a test set are needed"},
		{"empty data", func(c *Config) { c.Test = blobs{} }, "the test set: training: loader: want a data set of at least 1 example, got 0"},
		{"training data that are a nil pointer", func(c *Config) { c.Train = (*cifar.Examples)(nil) }, "the training set: training: loader: the data set, a *cifar.Examples, has no length or shape"},
		{"test data that are a nil pointer", func(c *Config) { c.Test = (*imagenet.Examples)(nil) }, "the test set: training: loader: the data set, a *imagenet.Examples, has no length or shape"},
		{"no depth", func(c *Config) { c.Depths = nil }, "at least one depth"},
		{"no network of this depth", func(c *Config) { c.Depths = []int{21} }, "6n+2 layers"},
		{"unknown kind", func(c *Config) { c.Kinds = []Kind{"dense"} }, `unknown kind "dense"`},
		{"a seed twice", func(c *Config) { c.Seeds = []uint64{1, 1} }, "every depth, kind and seed once"},
		{"unknown shortcut", func(c *Config) { c.Shortcut = "D" }, `A, B or C, not "D"`},
		{"no shortcut", func(c *Config) { c.Shortcut = blocks.ShortcutNone }, `A, B or C, not "none"`},
		{"negative steps", func(c *Config) { c.Iterations = -1 }, "cannot be negative"},
		{"too many steps", func(c *Config) { c.Iterations = 1 << 40 }, "at most"},
		{"other settings", func(c *Config) { c.Iterations = 3 }, "holds a run with other settings (iterations 2, not 3; schedule steps:1,1:0.1@0.1, not steps:1,2:0.1@0.1)"},
	} {
		c := c
		test.change(&c)
		if _, err := New(path, c); err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: want one line with %q, got %v", test.name, test.want, err)
		}
	}
	compareContents(t, "refused", contents(t, path), before)
}
