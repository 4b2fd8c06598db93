package graph

import (
	"errors"
	"math"
	"slices"
	"testing"
)

// scale multiplies a tensor of the state.
func scale(s *State, name string, factor float32) {
	for i := range s.Get(name).Data() {
		s.Get(name).Data()[i] *= factor
	}
}

// set gives all values of a tensor of the state one value.
func set(s *State, name string, value float32) {
	Constant(value)(s.Get(name).Data(), Fan{}, nil)
}

var (
	nan      = float32(math.NaN())
	infinite = float32(math.Inf(1))
)

// wantAnomaly checks a run and ends the test unless it ends where wanted.
func wantAnomaly(t *testing.T, m *Machine, layer, op string, backward bool, words ...string) *Anomaly {
	t.Helper()
	err := m.RunChecked()
	wantError(t, "RunChecked", err, append(words, layer, op)...)
	var a *Anomaly
	if !errors.As(err, &a) {
		t.Fatalf("%v is not an anomaly", err)
	}
	t.Log(err)
	if a.Layer != layer || a.Op != op || a.Backward != backward || a.Value.Finite() {
		t.Errorf("anomaly %+v, want one of %s (%s), backward %v", a, layer, op, backward)
	}
	for _, in := range a.Inputs {
		if !in.Value.Finite() {
			t.Errorf("the input %s of the first anomaly is %v", in.Name, in.Value)
		}
	}
	return a
}

// TestAnomalies breaks training at several places, and wants each found where it
// was made, after a run that noticed nothing, and the right results once mended.
func TestAnomalies(t *testing.T) {
	for _, test := range []struct {
		name      string
		destroy   func(s trainer, state *State)
		layer, op string
		backward  bool
		words     []string
	}{
		{"input", func(s trainer, _ *State) { Floats(s.x)[7] = nan }, "x", "input", false, []string{"1 NaN and 0 infinite of 768"}},
		{"weight", func(_ trainer, state *State) { state.Get("conv2.weight").Data()[3] = infinite },
			"conv2.weight", "parameter", false, []string{"1 infinite"}},
		{"convolution overflows", func(_ trainer, state *State) { scale(state, "conv2.weight", 1e38); scale(state, "bn1.weight", 100) },
			"conv2", "conv", false, []string{"forward", "conv2.weight", "bn1 (batch norm)"}},
		{"batch norm overflows", func(_ trainer, state *State) { set(state, "bn1.weight", 3e38) },
			"bn1", "batch norm", false, []string{"conv1 (conv)", "bn1.bias"}},
		{"variance overflows", func(_ trainer, state *State) { scale(state, "conv1.weight", 1e25) },
			"bn1.running_var", "running statistic", false, []string{"8 infinite of 8"}},
		{"linear overflows", func(_ trainer, state *State) { scale(state, "fc.weight", 1e38); scale(state, "bn2.weight", 100) },
			"fc", "linear", false, []string{"pool (global average pool)"}},
		// A convolution that answers 0 makes a batch norm's gradient as large as it
		// gets: 316 times its weight and what comes from behind.
		{"backward alone", func(_ trainer, state *State) {
			set(state, "conv2.weight", 0)
			set(state, "bn2.weight", 1e36)
			scale(state, "fc.weight", 1e3)
		}, "bn2", "batch norm input gradient", true, []string{"backward", "bn2 (relu gradient)"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			state := NewState()
			s := newTrainer(t, state, 4)
			run(t, s.m)
			loss, grads := Scalar(s.loss), s.gradients(t)
			norm, worst := s.m.GradientNorm()
			if norm-norm != 0 || worst != "" {
				t.Errorf("gradients are of norm %v, %q not finite, before anything happened", norm, worst)
			}
			var kept [][]float32
			for _, x := range state.Tensors() {
				kept = append(kept, slices.Clone(x.Data()))
			}
			test.destroy(s, state)
			run(t, s.m) // without a look
			wantAnomaly(t, s.m, test.layer, test.op, test.backward, test.words...)
			wantAnomaly(t, s.m, test.layer, test.op, test.backward)

			for i, x := range state.Tensors() {
				copy(x.Data(), kept[i])
			}
			fill(Floats(s.x), 1)
			if err := s.m.RunChecked(); err != nil {
				t.Fatal(err)
			}
			if Scalar(s.loss) != loss {
				t.Errorf("a checked run's loss is %v, want %v", Scalar(s.loss), loss)
			}
			for i, g := range s.gradients(t) {
				sameBits(t, "gradient of "+s.b.params[i].Name(), g, grads[i])
			}
		})
	}
}

// TestAnomalyOfInference wants a batch norm that runs its convolution to be called
// by the convolution's name, and bad running statistics to be seen.
func TestAnomalyOfInference(t *testing.T) {
	state := NewState()
	b := NewBuilder(state, Options{Seed: 1})
	x, _ := classifier(b, 2)
	m := compile(t, b)
	fill(Floats(x), 1)
	if err := m.RunChecked(); err != nil {
		t.Fatal(err)
	}
	scale(state, "conv2.weight", 1e38)
	scale(state, "bn1.weight", 100)
	a := wantAnomaly(t, m, "conv2", "conv with batch norm", false, "bn1 (batch norm)", "shortcut (subsample)")
	var names []string
	for _, in := range a.Inputs {
		names = append(names, in.Name)
	}
	want := []string{"bn1 (batch norm)", "conv2.weight", "bn2.weight", "bn2.bias", "shortcut (subsample)"}
	if !slices.Equal(names, want) {
		t.Errorf("inputs %q, want %q", names, want)
	}
	state.Get("bn1.running_var").Data()[0] = nan
	wantAnomaly(t, m, "bn1.running_var", "running statistic", false)
}

// TestAnomalyOfGorgonia overflows in the sum of two gradients, which Gorgonia
// itself computes.
func TestAnomalyOfGorgonia(t *testing.T) {
	b := NewBuilder(NewState(), Options{Training: true})
	h := b.Activate("h", b.variable("x", 4, 3), ReLU)
	r := b.Input("r", 4, 3)
	loss, _ := b.dot(b.Add("sum", h, h, Identity), r)
	b.Gradients(loss)
	m := compile(t, b)
	Constant(1e30)(Floats(r), Fan{}, nil)
	if err := m.RunChecked(); err != nil {
		t.Fatal(err)
	}
	Constant(3e38)(Floats(r), Fan{}, nil)
	set(b.State(), "x", 1e-3)
	a := wantAnomaly(t, m, "h", "gorgonia's + before relu gradient", true, "12 infinite of 12")
	if len(a.Inputs) == 0 || a.Inputs[0].Value.Max != 3e38 {
		t.Errorf("inputs %v, want the gradients that were added", a.Inputs)
	}
	run(t, m)
	if norm, worst := m.GradientNorm(); !math.IsInf(norm, 1) || worst != "x" {
		t.Errorf("gradient norm %v of %q, want +Inf of x", norm, worst)
	}
}

// TestGradientNorm compares with the sum over the gradients, and wants the last of
// several parameters with bad gradients.
func TestGradientNorm(t *testing.T) {
	state := NewState()
	s := newTrainer(t, state, 4)
	run(t, s.m)
	var all []float32
	for _, g := range s.gradients(t) {
		all = append(all, g...)
	}
	want := distance(t, "gradients", all, make([]float32, len(all))) * 1e-30 // from nothing
	if norm, worst := s.m.GradientNorm(); math.Abs(norm/want-1) > 1e-9 || worst != "" {
		t.Errorf("norm %v (worst %q), want %v", norm, worst, want)
	}
	set(state, "conv2.weight", 0)
	set(state, "bn2.weight", 1e36)
	scale(state, "fc.weight", 1e3)
	run(t, s.m)
	if norm, worst := s.m.GradientNorm(); norm-norm == 0 || worst != "conv2.weight" {
		t.Errorf("norm %v of %q, want one that is not finite, of conv2.weight", norm, worst)
	}
}

// TestRange counts and measures by hand.
func TestRange(t *testing.T) {
	long := make([]float32, 200_000)
	long[150_000], long[70_000], long[199_999] = -3, 5, nan
	for _, test := range []struct {
		x    []float32
		want Range
		text string
	}{
		{[]float32{1, -2, 0.5}, Range{Min: -2, Max: 1, N: 3}, "-2 to 1"},
		{[]float32{nan, 4, -infinite, infinite}, Range{Min: 4, Max: 4, NaN: 1, Inf: 2, N: 4}, "1 NaN and 2 infinite of 4, the others 4 to 4"},
		{[]float32{nan, nan}, Range{NaN: 2, N: 2}, "2 NaN and 0 infinite of 2"},
		{long, Range{Min: -3, Max: 5, NaN: 1, N: 200_000}, "1 NaN and 0 infinite of 200000, the others -3 to 5"},
		{nil, Range{}, "0 to 0"},
	} {
		if got := rangeOf(test.x); got != test.want || got.String() != test.text {
			t.Errorf("%+v (%v), want %+v (%s)", got, got, test.want, test.text)
		}
	}
}
