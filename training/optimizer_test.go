package training_test

import (
	"encoding/json"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// optimizers are all, with settings that use all of their slots.
func optimizers() map[string]training.Optimizer {
	return map[string]training.Optimizer{
		"SGD":        training.SGD{Momentum: 0.9, Decay: 0.01, Nesterov: true},
		"AdamW":      training.NewAdamW(),
		"Adam":       training.Adam{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Decay: 0.01},
		"RMSProp":    training.RMSProp{Alpha: 0.9, Epsilon: 1e-3, Momentum: 0.9, Decay: 0.01, Centered: true},
		"TensorFlow": training.RMSProp{Alpha: 0.9, Epsilon: 1e-3, Momentum: 0.9, Decay: 0.01, TensorFlow: true},
		"LAMB":       training.NewLAMB(),
		"own":        &signs{},
	}
}

// signs is an optimizer of one's own, with a slot of a short name and what cannot be
// written down (Bernstein et al. 2018, Algorithm 2).
type signs struct{ Beta func() float64 }

func (*signs) Slots() []string { return []string{"v"} }
func (*signs) Check() error    { return nil }
func (s *signs) Update(p *training.Parameter, step int, rate float64) error {
	for i, g := range p.Gradient {
		v := 0.9*p.Slots[0][i] + 0.1*g
		p.Slots[0][i] = v
		if v != 0 {
			p.Weights[i] -= float32(rate) * v / float32(math.Abs(float64(v)))
		}
	}
	return nil
}

// values are exact in float32; of step 0 they are weights.
func values(into []float32, step int) {
	for i := range into {
		into[i] = float32((i*7+step*13)%17-8) / 8
	}
}

// pair are a matrix and a bias.
func pair(matrix tensor.Shape, bias int) (a, b parameter) {
	n := matrix.TotalSize()
	a = parameter{"w", dense(matrix, make([]float32, n)...), dense(matrix, make([]float32, n)...)}
	b = parameter{"b", dense(tensor.Shape{bias}, make([]float32, bias)...), dense(tensor.Shape{bias}, make([]float32, bias)...)}
	values(a.value.Float32s(), 0)
	values(b.value.Float32s(), 0)
	return a, b
}

// halved leaves the bias out of the decay and gives it half the rate.
var halved = training.Groups{WeightsOnly: true, Factors: func(name string, _ []int) (rate, decay float64) {
	return map[string]float64{"w": 1, "b": 0.5}[name], 1
}}

func near(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - w); !(d <= 4e-6*max(1, math.Abs(w))) {
			t.Errorf("%s[%d] is %v, want %v", what, i, got[i], w)
			return
		}
	}
}

// TestOptimizersAgainstPyTorch wants what torch.optim makes of the same gradients, see
// testdata/optimizers.py.
func TestOptimizersAgainstPyTorch(t *testing.T) {
	text, err := os.ReadFile("testdata/optimizers.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases map[string]struct {
		Rate  float64
		Rates []float64
		Shown []struct {
			Step         int
			Matrix, Bias []float64
		}
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	ours := map[string]training.Optimizer{
		"sgd":               training.SGD{Decay: 0.05},
		"sgd, momentum":     &training.SGD{Momentum: 0.9, Decay: 0.05},
		"sgd, nesterov":     training.SGD{Momentum: 0.9, Decay: 0.05, Nesterov: true},
		"adamw":             training.NewAdamW(),
		"adamw, settings":   training.AdamW{Beta1: 0.7, Beta2: 0.95, Epsilon: 1e-3, Decay: 0.3},
		"adam":              training.NewAdam(),
		"adam, settings":    training.Adam{Beta1: 0.7, Beta2: 0.95, Epsilon: 1e-3, Decay: 0.3},
		"rmsprop":           training.NewRMSProp(),
		"rmsprop, momentum": training.RMSProp{Alpha: 0.9, Epsilon: 0.0316, Momentum: 0.9, Decay: 0.05},
		"rmsprop, centered": training.RMSProp{Alpha: 0.8, Epsilon: 1e-3, Centered: true},
		"rmsprop, all":      training.RMSProp{Alpha: 0.8, Epsilon: 1e-3, Centered: true, Momentum: 0.7, Decay: 0.05},
	}
	if len(ours) != len(cases) {
		t.Fatalf("%d cases, %d of PyTorch", len(ours), len(cases))
	}
	for name, o := range ours {
		t.Run(name, func(t *testing.T) {
			c, s := cases[name], training.Solver{Optimizer: o, Groups: halved}
			matrix, bias := pair(tensor.Shape{5, 3}, 4)
			for i, part := range c.Rates {
				s.Rate = c.Rate * part
				values(matrix.grad.Float32s(), i+1)
				values(bias.grad.Float32s(), i+1)
				if err := s.Step([]gorgonia.ValueGrad{matrix, bias}); err != nil {
					t.Fatal(err)
				}
				if len(c.Shown) > 0 && c.Shown[0].Step == i+1 {
					near(t, "matrix", matrix.value.Float32s(), c.Shown[0].Matrix)
					near(t, "bias", bias.value.Float32s(), c.Shown[0].Bias)
					c.Shown = c.Shown[1:]
				}
			}
			if len(c.Shown) > 0 {
				t.Errorf("step %d was not seen", c.Shown[0].Step)
			}
		})
	}
}

// TestLAMB follows Algorithm 2 of You et al. 2020 in float64, with a matrix of several
// pieces. The bias, which has no decay, keeps the length of Adam's step.
func TestLAMB(t *testing.T) {
	l := training.LAMB{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-4, Decay: 0.1}
	formula := func(w, m, v []float64, g []float32, step int, rate, decay float64, adapted bool) {
		way := make([]float64, len(w))
		var norm, length float64
		for i := range w {
			m[i] = l.Beta1*m[i] + (1-l.Beta1)*float64(g[i])
			v[i] = l.Beta2*v[i] + (1-l.Beta2)*float64(g[i])*float64(g[i])
			mean, square := m[i]/(1-math.Pow(l.Beta1, float64(step))), v[i]/(1-math.Pow(l.Beta2, float64(step)))
			way[i] = mean/(math.Sqrt(square)+l.Epsilon) + decay*w[i]
			norm += w[i] * w[i]
			length += way[i] * way[i]
		}
		ratio := 1.0
		if adapted && norm > 0 && length > 0 {
			ratio = math.Sqrt(norm / length)
		}
		for i := range w {
			w[i] -= rate * ratio * way[i]
		}
	}
	for _, test := range []struct {
		name   string
		groups training.Groups
		zero   bool // weights
		bias   float64
	}{{"halved", halved, false, 0.5}, {"all alike", training.Groups{}, false, 1}, {"from zero", training.Groups{}, true, 1}} {
		matrix, bias := pair(tensor.Shape{2*graph.Grain/100 + 7, 100}, 4)
		if test.zero {
			matrix.value.Zero()
			bias.value.Zero()
		}
		var want, m, v [2][]float64
		for i, p := range []parameter{matrix, bias} {
			for _, w := range p.value.Float32s() {
				want[i] = append(want[i], float64(w))
			}
			m[i], v[i] = make([]float64, len(want[i])), make([]float64, len(want[i]))
		}
		s := training.Solver{Optimizer: l, Groups: test.groups}
		for step := 1; step <= 50; step++ {
			s.Rate = 0.02 / float64(1+step/20)
			values(matrix.grad.Float32s(), step)
			values(bias.grad.Float32s(), step)
			formula(want[0], m[0], v[0], matrix.grad.Float32s(), step, s.Rate, l.Decay, true)
			decayed := !test.groups.WeightsOnly
			formula(want[1], m[1], v[1], bias.grad.Float32s(), step, s.Rate*test.bias, map[bool]float64{true: l.Decay}[decayed], decayed)
			if err := s.Step([]gorgonia.ValueGrad{matrix, bias}); err != nil {
				t.Fatal(err)
			}
		}
		near(t, test.name+": matrix", matrix.value.Float32s(), want[0])
		near(t, test.name+": bias", bias.value.Float32s(), want[1])
	}
}

// TestRMSPropOfTensorFlow follows the rule of TensorFlow's first version in float64.
func TestRMSPropOfTensorFlow(t *testing.T) {
	for _, r := range []training.RMSProp{
		{Alpha: 0.9, Epsilon: 1e-3, TensorFlow: true},
		{Alpha: 0.9, Epsilon: 1e-3, Momentum: 0.9, Decay: 0.05, TensorFlow: true},
		{Alpha: 0.9, Epsilon: 0.1, Momentum: 0.9, Centered: true, TensorFlow: true},
	} {
		s := training.Solver{Optimizer: r}
		matrix, bias := pair(tensor.Shape{5, 3}, 4)
		want, square, mean, momentum := make([]float64, 15), make([]float64, 15), make([]float64, 15), make([]float64, 15)
		for i, w := range matrix.value.Float32s() {
			want[i], square[i] = float64(w), 1
		}
		for step := 1; step <= 50; step++ {
			s.Rate = 0.01 / float64(1+step/20)
			values(matrix.grad.Float32s(), step)
			for i, g := range matrix.grad.Float32s() {
				g := float64(g) + r.Decay*want[i]
				square[i] += (1 - r.Alpha) * (g*g - square[i])
				measure := square[i]
				if r.Centered {
					mean[i] += (1 - r.Alpha) * (g - mean[i])
					measure -= mean[i] * mean[i]
				}
				momentum[i] = r.Momentum*momentum[i] + s.Rate*g/math.Sqrt(measure+r.Epsilon)
				want[i] -= momentum[i]
			}
			if err := s.Step([]gorgonia.ValueGrad{matrix, bias}); err != nil {
				t.Fatal(err)
			}
			if step == 1 || step == 50 {
				near(t, "matrix", matrix.value.Float32s(), want)
			}
		}
	}
}

// TestOptimizersOnAnyProcessors wants the same bits, and nothing allocated by a
// step but the first.
func TestOptimizersOnAnyProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for name, o := range optimizers() {
		t.Run(name, func(t *testing.T) {
			var want []float32
			for _, processors := range []int{1, 2, 5} {
				runtime.GOMAXPROCS(processors)
				matrix, bias := pair(tensor.Shape{3*graph.Grain + 7, 2}, 5)
				s := training.Solver{Optimizer: o, Rate: 0.01, Groups: halved}
				model := []gorgonia.ValueGrad{matrix, bias}
				least := uint64(math.MaxUint64)
				for i := range 8 {
					values(matrix.grad.Float32s(), i)
					values(bias.grad.Float32s(), i)
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					if err := s.Step(model); err != nil {
						t.Fatal(err)
					}
					runtime.ReadMemStats(&after)
					least = min(least, after.Mallocs-before.Mallocs)
				}
				if least > 0 {
					t.Errorf("a step allocates %d times with %d processors", least, processors)
				}
				got := append(matrix.value.Float32s(), bias.value.Float32s()...)
				if want == nil {
					want = got
				} else if !slices.Equal(got, want) {
					t.Errorf("other weights with %d processors", processors)
				}
			}
		})
	}
}

// TestOptimizerMisuse wants every wrong setting refused, with what is wrong.
func TestOptimizerMisuse(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, test := range []struct {
		o    training.Optimizer
		want string
	}{
		{training.SGD{Momentum: -0.9}, "SGD: want a momentum of 0 to below 1, got -0.9"},
		{training.SGD{Momentum: 1}, "SGD: want a momentum of 0 to below 1, got 1"},
		{training.SGD{Momentum: nan}, "SGD: want a momentum of 0 to below 1, got NaN"},
		{training.SGD{Decay: -1e-4}, "SGD: want a weight decay of 0 or more, got -0.0001"},
		{training.SGD{Decay: nan}, "SGD: want a weight decay of 0 or more, got NaN"},
		{training.SGD{Decay: inf}, "SGD: want a weight decay of 0 or more, got +Inf"},
		{training.SGD{Nesterov: true}, "SGD: Nesterov's momentum needs a momentum"},
		{(*training.SGD)(nil), "the optimizer is a nil *training.SGD"},
		{training.AdamW{}, "AdamW: want an epsilon above 0, got 0; NewAdamW has the usual settings"},
		{training.AdamW{Beta1: 1, Epsilon: 1}, "AdamW: want a beta1 of 0 to below 1, got 1"},
		{training.AdamW{Beta2: -1, Epsilon: 1}, "AdamW: want a beta2 of 0 to below 1, got -1"},
		{training.AdamW{Epsilon: 1e-60}, "AdamW: want an epsilon above 0, got 1e-60"},
		{training.AdamW{Epsilon: inf}, "AdamW: want an epsilon above 0, got +Inf"},
		{training.AdamW{Epsilon: 1, Decay: nan}, "AdamW: want a weight decay of 0 or more, got NaN"},
		{training.Adam{Beta2: nan, Epsilon: 1}, "Adam: want a beta2 of 0 to below 1, got NaN"},
		{training.Adam{Epsilon: -1}, "Adam: want an epsilon above 0, got -1"},
		{training.RMSProp{}, "RMSProp: want an epsilon above 0, got 0"},
		{training.RMSProp{Epsilon: nan}, "RMSProp: want an epsilon above 0, got NaN"},
		{training.RMSProp{Alpha: 2, Epsilon: 1}, "RMSProp: want an alpha of 0 to below 1, got 2"},
		{training.RMSProp{Momentum: 1, Epsilon: 1}, "RMSProp: want a momentum of 0 to below 1, got 1"},
		{training.LAMB{Epsilon: 1, Decay: -1}, "LAMB: want a weight decay of 0 or more, got -1"},
		{slotted{}, `a slot cannot be called ""`},
		{slotted{"raw"}, `a slot cannot be called "raw"`},
		{slotted{"a.b"}, `a slot cannot be called "a.b"`},
		{slotted{"a", "b", "a"}, `a slot cannot be called "a"`},
		{slotted{"conv1"}, "conv1.weight is called as a slot of"},
	} {
		c := config()
		c.Optimizer = test.o
		if _, err := training.New(c); err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%#v: want one line with %q, got %v", test.o, test.want, err)
		}
		if !strings.Contains(test.want, "conv1") {
			a, _ := pair(tensor.Shape{2, 2}, 1)
			if err := (&training.Solver{Optimizer: test.o}).Step([]gorgonia.ValueGrad{a}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%#v: want %q of a Solver, got %v", test.o, test.want, err)
			}
		}
	}
	for name, o := range optimizers() {
		if name == "own" {
			continue
		}
		if err := o.Update(&training.Parameter{Name: "w", Weights: make([]float32, 3), Gradient: make([]float32, 3)}, 1, 0.1); err == nil || !strings.Contains(err.Error(), "slots of its 3 values") {
			t.Errorf("%s without slots: %v", name, err)
		}
	}
}

// slotted is an optimizer with slots of any names.
type slotted []string

func (n slotted) Slots() []string {
	if len(n) == 0 {
		return []string{""}
	}
	return n
}
func (slotted) Check() error                                   { return nil }
func (slotted) Update(*training.Parameter, int, float64) error { return nil }
