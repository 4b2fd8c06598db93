package training_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/training"
	"gorgonia.org/gorgonia"
)

// interrupted runs for some steps and saves.
func interrupted(t *testing.T, c training.Config, steps int) (path string, tr *training.Trainer) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c.OnStep = func(s training.Step) {
		if s.Iteration == steps {
			cancel()
		}
	}
	tr = newTrainer(t, c)
	if err := tr.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "checkpoint.safetensors")
	if err := tr.Save(path); err != nil {
		t.Fatal(err)
	}
	return path, tr
}

// saved is all that a run comes to, slots and averages too: the arrays of its
// checkpoint, but for times.
func saved(t *testing.T, tr *training.Trainer) map[string][]float32 {
	t.Helper()
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "end.safetensors")
	if err := tr.Save(path); err != nil {
		t.Fatal(err)
	}
	arrays, _, _, err := weights.ReadSafetensors(path)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]float32{}
	for _, a := range arrays {
		out[a.Name] = a.Data
	}
	return out
}

func same(t *testing.T, got, want map[string][]float32) {
	t.Helper()
	if !maps.EqualFunc(got, want, slices.Equal[[]float32]) {
		t.Error("the resumed run differs from the one left alone")
	}
}

// TestOptimizersResume stops and resumes runs with every optimizer, with an average of
// the weights, groups and a frozen layer, and wants the bits of one left alone. What
// others read from the checkpoint are the network's tensors alone.
func TestOptimizersResume(t *testing.T) {
	for name, o := range optimizers() {
		t.Run(name, func(t *testing.T) {
			c := config()
			c.Optimizer, c.Average, c.Freeze, c.Groups = o, 0.9, []string{"conv1"}, training.Groups{WeightsOnly: true, LayerDecay: 0.5}
			c.Schedule = training.Cosine{Base: 0.01}
			path, tr := interrupted(t, c, 9)
			resumed := newTrainer(t, c)
			for range 2 { // the second time back from the end
				if err := resumed.Load(path); err != nil {
					t.Fatal(err)
				}
				same(t, saved(t, resumed), saved(t, newTrainer(t, c)))
			}

			arrays, metadata, _, err := weights.ReadSafetensors(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, slot := range o.Slots() {
				if !slices.ContainsFunc(arrays, func(a weights.Array) bool { return a.Name == slot+".fc.weight" }) {
					t.Errorf("the checkpoint has no %s of fc.weight", slot)
				}
			}
			var about struct {
				Kind  string
				Slots []string
				Step  int
			}
			if err := json.Unmarshal([]byte(metadata["optimizer"]), &about); err != nil || about.Step != 9 || !slices.Equal(about.Slots, o.Slots()) {
				t.Errorf("the checkpoint says of its optimizer %s, %v", metadata["optimizer"], err)
			}

			state := graph.NewState()
			e, err := training.NewEvaluator(c.Model, state, c.Train.Shape(), c.Batch)
			if err != nil {
				t.Fatal(err)
			}
			if err := training.LoadWeights(state, path); err != nil {
				t.Fatal(err)
			}
			a, err := e.Evaluate(t.Context(), c.Test)
			if err != nil {
				t.Fatal(err)
			}
			b, err := tr.Evaluate(t.Context(), c.Test)
			if err != nil || a != b {
				t.Errorf("the weights of the file measure %+v, those of the trainer %+v, %v", a, b, err)
			}
		})
	}
}

// TestOneOptimizerInManyTrainers shares a value, whose slots are the trainers' own.
func TestOneOptimizerInManyTrainers(t *testing.T) {
	for name, o := range optimizers() {
		c := config()
		c.Optimizer, c.Iterations, c.Test = o, 3, nil
		want := saved(t, newTrainer(t, c))
		if got := saved(t, newTrainer(t, c)); !maps.EqualFunc(got, want, slices.Equal[[]float32]) {
			t.Errorf("%s: the second run differs from the first", name)
		}
	}
}

// own is a solver of one's own: momentum, whose state goes into checkpoints.
type own struct {
	rate     float64
	velocity map[string][]float32
	steps    int
	refuse   bool // to take its state back
}

func (s *own) SetRate(rate float64) { s.rate = rate }

func (s *own) Step(model []gorgonia.ValueGrad) error {
	if s.velocity == nil {
		s.velocity = map[string][]float32{}
	}
	s.steps++
	for _, p := range model {
		g, err := p.Grad()
		if err != nil {
			return err
		}
		name, w, grad := p.(gorgonia.Namer).Name(), p.Value().Data().([]float32), g.Data().([]float32)
		if s.velocity[name] == nil {
			s.velocity[name] = make([]float32, len(w))
		}
		for i, v := range s.velocity[name] {
			v = 0.9*v + grad[i]
			s.velocity[name][i] = v
			w[i] -= float32(s.rate) / float32(1+s.steps) * v
		}
	}
	return nil
}

func (s *own) Arrays() []weights.Array {
	out := []weights.Array{{Name: "steps", Shape: []int{1}, Data: []float32{float32(s.steps)}}}
	for _, name := range slices.Sorted(maps.Keys(s.velocity)) {
		out = append(out, weights.Array{Name: "velocity." + name, Shape: []int{len(s.velocity[name])}, Data: s.velocity[name]})
	}
	return out
}

func (s *own) SetArrays(arrays []weights.Array) error {
	if s.refuse || len(arrays) == 0 {
		return errors.New("there is nothing to go on from")
	}
	s.velocity = map[string][]float32{}
	for _, a := range arrays {
		if name, ok := strings.CutPrefix(a.Name, "velocity."); ok {
			s.velocity[name] = slices.Clone(a.Data)
		} else {
			s.steps = int(a.Data[0])
		}
	}
	return nil
}

// TestResumable resumes a run with a solver of one's own.
func TestResumable(t *testing.T) {
	for _, average := range []float64{0, 0.9} {
		with := func(s gorgonia.Solver) training.Config {
			c := config()
			c.Solver, c.Average, c.Schedule = s, average, training.Cosine{Base: 0.05}
			return c
		}
		path, _ := interrupted(t, with(&own{}), 9)
		resumed := newTrainer(t, with(&own{}))
		if err := resumed.Load(path); err != nil {
			t.Fatal(err)
		}
		same(t, saved(t, resumed), saved(t, newTrainer(t, with(&own{}))))
		if err := training.LoadWeights(resumed.State(), path); err != nil {
			t.Error(err)
		}
		count := 3
		c := with(&own{refuse: true})
		c.Carry = map[string]any{"count": &count}
		if err := newTrainer(t, c).Load(path); err == nil || !strings.Contains(err.Error(), "the state of the training_test.own: there is nothing") || count != 3 {
			t.Errorf("a state that is refused: %v, carrying %d", err, count)
		}
	}
}

// TestOtherOptimizer resumes with what the checkpoint is not of, and wants one line that
// says so, and nothing changed.
func TestOtherOptimizer(t *testing.T) {
	with := func(change func(*training.Config)) training.Config {
		c := config()
		c.Iterations, c.Test = 3, nil
		change(&c)
		return c
	}
	sgd := with(func(c *training.Config) {})
	adamw := with(func(c *training.Config) { c.Optimizer = training.NewAdamW() })
	rmsprop := with(func(c *training.Config) { c.Optimizer = training.NewRMSProp() })
	centered := with(func(c *training.Config) {
		c.Optimizer = training.RMSProp{Alpha: 0.9, Epsilon: 1, Momentum: 0.5, Centered: true}
	})
	decayed := with(func(c *training.Config) {
		c.Optimizer = training.AdamW{Beta1: 0.5, Beta2: 0.5, Epsilon: 1, Decay: 1}
	})
	solver := with(func(c *training.Config) { c.Solver = &own{} })
	gorgonias := with(func(c *training.Config) { c.Solver = gorgonia.NewAdamSolver() })
	for _, test := range []struct {
		name     string
		from, to training.Config
		want     string // "" for no error
	}{
		{"another", sgd, adamw, "it is of a run with SGD, which cannot be resumed with AdamW; its weights can be trained on with LoadWeights"},
		{"and back", adamw, sgd, "it is of a run with AdamW, which cannot be resumed with SGD"},
		{"other slots", rmsprop, centered, "RMSProp kept square_avg there, and with other settings keeps square_avg, grad_avg, momentum_buffer now"},
		{"other settings", adamw, decayed, ""},
		{"one's own", sgd, solver, "it is of a run with SGD, which cannot be resumed with training_test.own"},
		{"from one's own", solver, sgd, "it is of a run with training_test.own, which cannot be resumed with SGD"},
		{"Gorgonia's", gorgonias, gorgonias, "a run with a gorgonia.AdamSolver cannot be resumed: the solver does not give its state away"},
		{"from Gorgonia's", gorgonias, sgd, "it is of a run with gorgonia.AdamSolver, which cannot be resumed with SGD"},
	} {
		path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
		tr := newTrainer(t, test.from)
		if err := tr.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := tr.Save(path); err != nil {
			t.Fatal(err)
		}
		tr = newTrainer(t, test.to)
		before := bits(t, tr, nil)
		err := tr.Load(path)
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.want == "":
		case err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n"):
			t.Errorf("%s: want one line with %q, got %v", test.name, test.want, err)
		case !slices.Equal(before, bits(t, tr, nil)) || tr.Iteration() != 0:
			t.Errorf("%s: a refused checkpoint changed the trainer", test.name)
		}
	}
}

// TestCarry saves a value of the run's own and has it back, also where the file lacks
// another, and wants what cannot be set refused from the first.
func TestCarry(t *testing.T) {
	type count struct {
		Best     float64
		Bad      int
		patience int // a setting, which stays
	}
	c := config()
	c.Iterations, c.Test = 2, nil
	value := &count{Best: 0.25, Bad: 3}
	c.Carry = map[string]any{"stopper": value}
	path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
	if err := newTrainer(t, c).Save(path); err != nil {
		t.Fatal(err)
	}
	back, other := &count{patience: 7}, 5
	c.Carry = map[string]any{"stopper": back, "other": &other}
	if err := newTrainer(t, c).Load(path); err != nil {
		t.Fatal(err)
	}
	if *back != (count{0.25, 3, 7}) || other != 5 {
		t.Errorf("carried %+v and %d", *back, other)
	}
	alone := count{patience: 2}
	if known, err := training.ReadCarried(path, "stopper", &alone); !known || err != nil || alone != (count{0.25, 3, 2}) {
		t.Errorf("read alone: %+v, %v, %v", alone, known, err)
	}
	if known, err := training.ReadCarried(path, "other", &other); known || err != nil || other != 5 {
		t.Errorf("what is not carried: %d, %v, %v", other, known, err)
	}
	if _, err := training.ReadCarried(path, "stopper", &other); err == nil || !strings.Contains(err.Error(), path+" is damaged: carrying stopper") {
		t.Errorf("read as another kind: %v", err)
	}
	text := "hello"
	c.Carry = map[string]any{"a": &other, "stopper": &text}
	if err := newTrainer(t, c).Load(path); err == nil || !strings.Contains(err.Error(), "carrying stopper: json") || text != "hello" {
		t.Errorf("a value of another kind: %v", err)
	}
	for name, v := range map[string]any{"a value": 3, "nothing": nil, "a nil pointer": (*int)(nil), "a function": new(func())} {
		c.Carry = map[string]any{"x": v}
		if _, err := training.New(c); err == nil || !strings.Contains(err.Error(), "carrying x: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMemoryOfSlots has no memory for a run, and wants each slot to count, and its copy
// while a checkpoint is written.
func TestMemoryOfSlots(t *testing.T) {
	t.Setenv("GORGONET_MEMORY", "1KiB")
	needs := func(o training.Optimizer) int {
		c := config()
		c.Optimizer = o
		_, err := training.New(c)
		var e *graph.MemoryError
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		return int(e.Needed)
	}
	if err := os.Setenv("GORGONET_MEMORY", "off"); err != nil {
		t.Fatal(err)
	}
	parameters := 4 * newTrainer(t, config()).State().Parameters()
	if err := os.Setenv("GORGONET_MEMORY", "1KiB"); err != nil {
		t.Fatal(err)
	}
	none := needs(slotted{"a"}) - 2*parameters
	for _, o := range optimizers() {
		if got, want := needs(o)-none, 2*len(o.Slots())*parameters; got != want {
			t.Errorf("%T with %d slots takes %d bytes, want %d", o, len(o.Slots()), got, want)
		}
	}
}
