package training_test

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

func TestTrainingLearns(t *testing.T) {
	c := config()
	c.Train, c.Iterations = blobs{400}, 100
	tr := newTrainer(t, c)
	before, err := tr.Evaluate(t.Context(), c.Test)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := tr.Last().Test
	if after.Error > 0.2 || after.Error >= before.Error {
		t.Errorf("test error went from %.3f to %.3f; want at most 0.2", before.Error, after.Error)
	}
	if tr.BestTestError() > after.Error {
		t.Errorf("best test error %.3f is above the last, %.3f", tr.BestTestError(), after.Error)
	}
}

func TestSameBitsOnAnyNumberOfProcessors(t *testing.T) {
	var want []uint64
	for _, procs := range []int{1, 2, 5} {
		old := runtime.GOMAXPROCS(procs)
		var records []training.Record
		c := config()
		c.OnEpoch = func(r training.Record) error { records = append(records, r); return nil }
		tr := newTrainer(t, c)
		err := tr.Run(t.Context())
		runtime.GOMAXPROCS(old)
		if err != nil {
			t.Fatal(err)
		}
		if got := bits(t, tr, records); want == nil {
			want = got
		} else if !slices.Equal(got, want) {
			t.Errorf("GOMAXPROCS=%d gives other bits than 1", procs)
		}
	}
}

// TestResumeEqualsUninterrupted stops a run after every possible step, and in
// the middle of an evaluation, and goes on in a new trainer from the checkpoint.
func TestResumeEqualsUninterrupted(t *testing.T) {
	run := func(path string, stop func(training.Step) bool, stopEpoch int, records *[]training.Record) *training.Trainer {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c := config()
		c.OnStep = func(s training.Step) {
			if stop(s) {
				cancel()
			}
		}
		if stopEpoch > 0 {
			c.Test = cancelling{blobs{50}, cancel}
		}
		c.OnEpoch = func(r training.Record) error { *records = append(*records, r); return nil }
		tr := newTrainer(t, c)
		if _, err := os.Stat(path); err == nil {
			if err := tr.Load(path); err != nil {
				t.Fatal(err)
			}
		}
		if err := tr.Run(ctx); err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if err := tr.Save(path); err != nil {
				t.Fatal(err)
			}
		}
		return tr
	}
	never := func(training.Step) bool { return false }
	var records []training.Record
	want := bits(t, run("", never, 0, &records), records)
	for k := 1; k <= 20; k++ {
		path := filepath.Join(t.TempDir(), "latest.safetensors")
		var records []training.Record
		run(path, func(s training.Step) bool { return s.Iteration == k }, 0, &records)
		tr := run(path, never, 0, &records)
		if got := bits(t, tr, records); !slices.Equal(got, want) {
			t.Errorf("stopped after step %d: other bits than a run left alone", k)
		}
	}
	path := filepath.Join(t.TempDir(), "latest.safetensors")
	records = nil
	first := run(path, never, 1, &records)
	if first.Iteration() != 4 || len(records) != 0 {
		t.Fatalf("the evaluation did not stop the run: %d steps, %d records", first.Iteration(), len(records))
	}
	if got := bits(t, run(path, never, 0, &records), records); !slices.Equal(got, want) {
		t.Error("stopped in an evaluation: other bits than a run left alone")
	}
}

// TestRecordAgain lets OnEpoch fail once, as where it was interrupted, and goes on
// from a checkpoint made then: the record comes again, and the same.
func TestRecordAgain(t *testing.T) {
	var all []training.Record
	c := config()
	c.Every = 8
	c.OnEpoch = func(r training.Record) error { all = append(all, r); return nil }
	whole := newTrainer(t, c)
	if err := whole.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var at []int
	for _, r := range all {
		at = append(at, r.Iteration)
	}
	if !slices.Equal(at, []int{8, 16, 20}) {
		t.Fatalf("records at %v, want 8, 16 and 20", at)
	}
	var records []training.Record
	stop := errors.New("stop")
	c.OnEpoch = func(r training.Record) error {
		if r.Iteration == 16 {
			return stop
		}
		records = append(records, r)
		return nil
	}
	first := newTrainer(t, c)
	if err := first.Run(t.Context()); err != stop {
		t.Fatalf("want OnEpoch's error, got %v", err)
	}
	path := filepath.Join(t.TempDir(), "latest.safetensors")
	if err := first.Save(path); err != nil {
		t.Fatal(err)
	}
	c.OnEpoch = func(r training.Record) error { records = append(records, r); return nil }
	second := newTrainer(t, c)
	if err := second.Load(path); err != nil {
		t.Fatal(err)
	}
	if err := second.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(bits(t, second, records), bits(t, whole, all)) {
		t.Error("other bits than those of a run left alone")
	}
}

// TestScoreThatOverflows writes and reads a test loss that is not finite.
func TestScoreThatOverflows(t *testing.T) {
	for _, loss := range []float64{0.25, math.NaN(), math.Inf(1)} {
		text, err := json.Marshal(training.Record{Test: &training.Score{Loss: loss, Error: 0.5, Correct: 3, N: 6}})
		if err != nil {
			t.Fatal(err)
		}
		var r training.Record
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatal(err)
		}
		if got := r.Test.Loss; got != loss && !(math.IsNaN(got) && loss != 0.25) || r.Test.Error != 0.5 || r.Test.Correct != 3 || r.Test.N != 6 {
			t.Errorf("a loss of %v comes back in %+v", loss, *r.Test)
		}
	}
}

// cancelling ends the context as soon as it is read.
type cancelling struct {
	blobs
	cancel context.CancelFunc
}

func (d cancelling) Example(i int, rng *rand.Rand, dst []float32) (int32, error) {
	d.cancel()
	return d.blobs.Example(i, rng, dst)
}

func TestDivergenceKeepsTheLastGoodCheckpoint(t *testing.T) {
	c := config()
	dir, err := training.CreateDirectory(filepath.Join(t.TempDir(), "run"), c.Name)
	if err != nil {
		t.Fatal(err)
	}
	c.Schedule = jump{at: 10}
	var tr *training.Trainer
	c.OnEpoch = func(r training.Record) error { return dir.Record(tr, r) }
	tr = newTrainer(t, c)
	err = tr.Run(t.Context())
	if !errors.Is(err, training.ErrDiverged) {
		t.Fatalf("want ErrDiverged, got %v", err)
	}
	if err := tr.Save(filepath.Join(dir.Path(), "latest.safetensors")); !errors.Is(err, training.ErrDiverged) {
		t.Errorf("weights that are not finite were saved: %v", err)
	}
	c.Schedule = training.Constant{Base: 0.05}
	again := newTrainer(t, c)
	if err := dir.Restore(again); err != nil {
		t.Fatal(err)
	}
	if again.Iteration() != 8 {
		t.Errorf("the last good checkpoint is of step %d, want 8", again.Iteration())
	}
}

// jump is a learning rate that becomes absurd.
type jump struct{ at int }

func (s jump) Rate(p training.Progress) float64 {
	if p.Iteration >= s.at {
		return 1e30
	}
	return 0.05
}

func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.safetensors")
	tr := newTrainer(t, config())
	if err := tr.Save(good); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	flipped := slices.Clone(content)
	flipped[len(flipped)/2] ^= 1
	plain := filepath.Join(dir, "weights.safetensors")
	if err := weights.WriteSafetensors(plain, tr.State().Arrays(), nil); err != nil {
		t.Fatal(err)
	}
	other := config()
	other.Name, other.Model = "wide", tiny("wide", 8)
	otherInside := config()
	otherInside.Model = tiny("wide", 8)
	adam := config()
	adam.Solver = gorgonia.NewAdamSolver()
	for _, test := range []struct {
		name   string
		path   string
		config training.Config
		want   string
	}{
		{"missing", filepath.Join(dir, "none"), config(), "none"},
		{"empty", write("empty", nil), config(), "not a safetensors file"},
		{"cut short", write("short", content[:len(content)-100]), config(), "cut short"},
		{"flipped byte", write("flipped", flipped), config(), "damaged"},
		{"weights alone", plain, config(), "no checkpoint"},
		{"another model", good, other, "checkpoint of tiny, not of wide"},
		{"another width", good, otherInside, "conv1.weight has shape [4 3 3 3], want [8 3 3 3]"},
		{"another solver", good, adam, "AdamSolver cannot be resumed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tr := newTrainer(t, test.config)
			before := bits(t, tr, nil)
			err := tr.Load(test.path)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("want one line with %q, got %v", test.want, err)
			}
			if !slices.Equal(before, bits(t, tr, nil)) || tr.Iteration() != 0 {
				t.Error("a refused checkpoint changed the trainer")
			}
		})
	}
}

func TestLimits(t *testing.T) {
	for _, test := range []struct {
		name              string
		train, test       int
		batch, iterations int
		records           int
	}{
		{"batch larger than the data set", 10, 7, 32, 3, 3},
		{"batch of one", 5, 3, 1, 7, 2},
		{"run shorter than an epoch", 100, 5, 8, 2, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := config()
			c.Train, c.Test, c.Batch, c.Iterations = blobs{test.train}, blobs{test.test}, test.batch, test.iterations
			n := 0
			c.OnEpoch = func(r training.Record) error {
				n++
				if r.Test.N != test.test {
					t.Errorf("measured %d test examples, want %d", r.Test.N, test.test)
				}
				return nil
			}
			if err := newTrainer(t, c).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n != test.records {
				t.Errorf("%d records, want %d", n, test.records)
			}
		})
	}
}

func TestEvaluationDoesNotDependOnTheBatch(t *testing.T) {
	tr := newTrainer(t, config())
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want, err := tr.Evaluate(t.Context(), blobs{50})
	if err != nil {
		t.Fatal(err)
	}
	for _, batch := range []int{1, 7, 50, 64} {
		e, err := training.NewEvaluator(config().Model, tr.State(), []int{8, 8, 3}, batch)
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Evaluate(t.Context(), blobs{50})
		if err != nil {
			t.Fatal(err)
		}
		if got.Correct != want.Correct || math.Abs(got.Loss-want.Loss) > 1e-6 {
			t.Errorf("batch %d: %+v, want %+v", batch, got, want)
		}
	}
}
