package training_test

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// normless is a network without batch norm.
type normless struct{}

func (normless) Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	x = b.Activate("relu1", b.Conv("conv1", x, graph.Conv{Out: 6, Kernel: 3, Pad: 1, Bias: true}), graph.ReLU)
	x = b.Activate("relu2", b.Conv("conv2", x, graph.Conv{Out: 6, Kernel: 3, Stride: 2, Pad: 1, Bias: true}), graph.ReLU)
	return b.Linear("fc", b.GlobalAvgPool("pool", x), 4)
}

// step makes one step and returns the gradients, end to end.
func step(t *testing.T, c training.Config) (grads []float32, tr *training.Trainer) {
	t.Helper()
	c.Iterations, c.Test = 1, nil
	tr = newTrainer(t, c)
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, p := range tr.Parameters() {
		grads = append(grads, p.Gradient...)
	}
	return grads, tr
}

func norm(v []float32) (sum float64) {
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}

func difference(a, b []float32) []float32 {
	d := slices.Clone(a)
	for i := range d {
		d[i] -= b[i]
	}
	return d
}

// TestAccumulate computes a batch of 32 at once and in 4 parts of 8. Without batch
// norm the gradients are the same up to rounding; with it every part is normalised
// by its own 8 examples, and they are not.
func TestAccumulate(t *testing.T) {
	for _, test := range []struct {
		model       training.Model
		least, most float64
	}{{normless{}, 0, 1e-6}, {tiny("tiny", 4), 1e-2, 1}} {
		c := config()
		c.Model, c.Batch = test.model, 32
		whole, _ := step(t, c)
		c.Accumulate = 4
		parts, _ := step(t, c)
		if d := norm(difference(parts, whole)) / norm(whole); d < test.least || d > test.most {
			t.Errorf("%T: the gradients differ by %.2g of their length, want %g to %g", test.model, d, test.least, test.most)
		}
	}
}

func TestClip(t *testing.T) {
	free, _ := step(t, config())
	c := config()
	c.Clip = norm(free) / 2
	clipped, _ := step(t, c)
	if got := norm(clipped); math.Abs(got-c.Clip) > 1e-5*c.Clip {
		t.Errorf("a gradient of norm %g is clipped to %g, want %g", norm(free), got, c.Clip)
	}
	for i := range clipped {
		if math.Abs(float64(2*clipped[i]-free[i])) > 1e-5*norm(free) {
			t.Fatalf("value %d went from %g to %g", i, free[i], clipped[i])
		}
	}
	c.Clip = norm(free) * 2
	if same, _ := step(t, c); !slices.Equal(same, free) {
		t.Error("a gradient within the limit is changed")
	}
}

// TestOptionsResume stops and resumes a run that uses every option, and wants the
// bits of one left alone, those of the average and of the evaluations too.
func TestOptionsResume(t *testing.T) {
	all := func() training.Config {
		c := config()
		c.Accumulate, c.Smoothing, c.Clip, c.Average = 4, 0.1, 0.5, 0.9
		c.Mix = training.Mix{Mixup: 0.2, CutMix: 1}
		c.Freeze = []string{"conv1", "bn1"}
		c.Schedule = training.Plateau{Base: 0.05, Patience: 1}
		c.Optimizer = training.SGD{Momentum: 0.9}
		c.Groups.Factors = func(name string, _ []int) (rate, decay float64) {
			if strings.HasPrefix(name, "fc.") {
				return 1, 1
			}
			return 0.5, 1
		}
		return c
	}
	run := func(c training.Config, tr *training.Trainer) (out []uint64) {
		t.Helper()
		if err := tr.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		score, err := tr.Evaluate(t.Context(), c.Test)
		if err != nil {
			t.Fatal(err)
		}
		return append(bits(t, tr, nil), math.Float64bits(score.Loss), math.Float64bits(tr.Last().TrainLoss))
	}
	c := all()
	alone := newTrainer(t, c)
	want := run(c, alone)

	path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c = all()
	c.OnStep = func(s training.Step) {
		if s.Iteration == 9 {
			cancel()
		}
	}
	first := newTrainer(t, c)
	if err := first.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := first.Save(path); err != nil {
		t.Fatal(err)
	}
	c = all()
	second := newTrainer(t, c)
	if err := second.Load(path); err != nil {
		t.Fatal(err)
	}
	if got := run(c, second); !slices.Equal(got, want) {
		t.Error("the resumed run differs from the one left alone")
	}

	c = all()
	c.Average = 0
	if err := newTrainer(t, c).Load(path); err == nil || !strings.Contains(err.Error(), "average") {
		t.Errorf("a run without an average loads a checkpoint with one: %v", err)
	}
	// What others read from a checkpoint with an average is the average.
	state := graph.NewState()
	e, err := training.NewEvaluator(c.Model, state, c.Train.Shape(), c.Batch/4)
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
	b, err := first.Evaluate(t.Context(), c.Test)
	if err != nil {
		t.Fatal(err)
	}
	if a != b {
		t.Errorf("the weights of the file measure %+v, those of the trainer %+v", a, b)
	}
}

// TestAverage wants the average after two steps from the weights after each.
func TestAverage(t *testing.T) {
	after := func(c training.Config) (w [][]float32, average []weights.Array) {
		path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
		c.Test = nil
		for c.Iterations = 1; c.Iterations <= 2; c.Iterations++ {
			tr := newTrainer(t, c)
			if err := tr.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			w = append(w, slices.Clone(tr.State().Get("fc.weight").Torch()))
			if err := tr.Save(path); err != nil {
				t.Fatal(err)
			}
		}
		arrays, _, _, err := weights.ReadSafetensors(path)
		if err != nil {
			t.Fatal(err)
		}
		return w, arrays
	}
	c := config()
	c.Average = 0.9
	w, arrays := after(c)
	i := slices.IndexFunc(arrays, func(a weights.Array) bool { return a.Name == "fc.weight" })
	if i < 0 {
		t.Fatal("the checkpoint has no weights")
	}
	for j, got := range arrays[i].Data {
		want := w[0][j] + (1-1./11)*(w[1][j]-w[0][j])
		if math.Abs(float64(got-want)) > 1e-6 {
			t.Fatalf("value %d is %g, want %g of %g and %g", j, got, want, w[0][j], w[1][j])
		}
	}
}

func TestFreezeAndFactors(t *testing.T) {
	c := config()
	c.Freeze = []string{"conv1", "bn1"}
	c.Optimizer = training.SGD{}
	c.Groups.Factors = func(name string, _ []int) (rate, decay float64) {
		if strings.HasPrefix(name, "layer1.") {
			return 0, 1
		}
		return 1, 1
	}
	before := newTrainer(t, c).State().Arrays()
	_, tr := step(t, c)
	for i, x := range tr.State().Arrays() {
		still := strings.HasPrefix(x.Name, "conv1.") || strings.HasPrefix(x.Name, "bn1.") ||
			strings.HasPrefix(x.Name, "layer1.") && !strings.Contains(x.Name, "running")
		if same := slices.Equal(x.Data, before[i].Data); same != still {
			t.Errorf("%s: unchanged is %v", x.Name, same)
		}
	}
}

// TestFresh loads weights into a network that may have other classes than the file.
func TestFresh(t *testing.T) {
	c := config()
	_, tr := step(t, c)
	path := filepath.Join(t.TempDir(), "weights.safetensors")
	if err := weights.WriteSafetensors(path, tr.State().Arrays(), nil); err != nil {
		t.Fatal(err)
	}
	for classes, fresh := range map[int]bool{4: false, 7: true} {
		m := tiny("tiny", 4)
		m.About.Classes = classes
		c.Model, c.Seed = m, 99
		other := newTrainer(t, c)
		head := other.State().Get("fc.bias").Torch()
		copy(other.State().Get("fc.bias").Data(), []float32{1, 2, 3, 4})
		taken, err := other.State().LoadFile(path, weights.FitOptions{Fresh: other.State().Head()})
		if got := len(taken.Fresh) > 0; err != nil || got != fresh {
			t.Errorf("%d classes: fresh %v, %v", classes, got, err)
		}
		if !slices.Equal(other.State().Get("layer2.0.conv1.weight").Data(), tr.State().Get("layer2.0.conv1.weight").Data()) {
			t.Errorf("%d classes: the weights are not those of the file", classes)
		}
		if kept := other.State().Get("fc.bias").Data()[0] == 1; kept != fresh {
			t.Errorf("%d classes: the head of %v is kept: %v", classes, head, kept)
		}
	}
}

// TestNotFinite has finite losses and a gradient that is not, and wants to hear of the
// layer where that begins, looked for afterwards or from the first. The weights stay.
func TestNotFinite(t *testing.T) {
	for _, detect := range []bool{false, true} {
		c := config()
		c.Model, c.Test, c.DetectAnomaly = normless{}, nil, detect
		tr := newTrainer(t, c)
		for i, v := range tr.State().Get("fc.weight").Data() {
			tr.State().Get("fc.weight").Data()[i] = v * 1e20
		}
		for i, v := range tr.State().Get("conv2.weight").Data() {
			tr.State().Get("conv2.weight").Data()[i] = v * 1e19
		}
		before := bits(t, tr, nil)
		err := tr.Run(t.Context())
		if !errors.Is(err, training.ErrDiverged) || !strings.Contains(err.Error(), "iteration 0") || !strings.Contains(err.Error(), "is the first whose output is not finite") {
			t.Errorf("detecting %v: %v", detect, err)
		}
		if !slices.Equal(bits(t, tr, nil), before) {
			t.Error("the weights have changed")
		}
	}
}

func TestBalanced(t *testing.T) {
	if got, want := training.Balanced([]int{30, 10, 0, 40}), []float32{80. / 120, 2, 0, 0.5}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
