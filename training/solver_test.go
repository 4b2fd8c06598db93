package training_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// parameter is a named value with a gradient.
type parameter struct {
	name        string
	value, grad *tensor.Dense
}

func (p parameter) Name() string                  { return p.name }
func (p parameter) Value() gorgonia.Value         { return p.value }
func (p parameter) Grad() (gorgonia.Value, error) { return p.grad, nil }

// ungraded is a parameter of a graph that has not run.
type ungraded struct{ parameter }

func (ungraded) Grad() (gorgonia.Value, error) { return nil, nil }

func dense(shape tensor.Shape, values ...float32) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}

// TestSGD follows the rule by hand in float64 (PyTorch's SGD: weight decay added
// to the gradient, velocity without damping).
func TestSGD(t *testing.T) {
	for _, test := range []struct {
		name     string
		solver   training.SGD
		nesterov bool
	}{
		{"plain", training.SGD{}, false},
		{"momentum", training.SGD{Momentum: 0.9}, false},
		{"decay", training.SGD{Momentum: 0.9, Decay: 0.01}, false},
		{"weights only", training.SGD{Momentum: 0.9, Decay: 0.01, DecayWeightsOnly: true}, false},
		{"nesterov", training.SGD{Momentum: 0.9, Decay: 0.01, Nesterov: true}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &test.solver
			matrix := parameter{"w", dense(tensor.Shape{2, 2}, 1, -2, 3, 4), dense(tensor.Shape{2, 2}, 0, 0, 0, 0)}
			vector := parameter{"b", dense(tensor.Shape{2}, 5, -6), dense(tensor.Shape{2}, 0, 0)}
			want := map[string][]float64{"w": {1, -2, 3, 4}, "b": {5, -6}}
			v := map[string][]float64{"w": make([]float64, 4), "b": make([]float64, 2)}
			for step := range 5 {
				s.Rate = 0.1 / float64(step+1)
				for _, p := range []parameter{matrix, vector} {
					for i, w := range want[p.name] {
						g := float64(i+1) * math.Sin(float64(step+i))
						p.grad.Float32s()[i] = float32(g)
						if !s.DecayWeightsOnly || p.name == "w" {
							g += s.Decay * w
						}
						v[p.name][i] = s.Momentum*v[p.name][i] + g
						if test.nesterov {
							want[p.name][i] -= s.Rate * (g + s.Momentum*v[p.name][i])
						} else {
							want[p.name][i] -= s.Rate * v[p.name][i]
						}
					}
				}
				if err := s.Step([]gorgonia.ValueGrad{matrix, vector}); err != nil {
					t.Fatal(err)
				}
			}
			for _, p := range []parameter{matrix, vector} {
				for i, w := range want[p.name] {
					if got := float64(p.value.Float32s()[i]); math.Abs(got-w) > 1e-5*math.Abs(w) {
						t.Errorf("%s[%d] is %v, want %v", p.name, i, got, w)
					}
				}
			}
		})
	}
}

func TestSGDErrors(t *testing.T) {
	w := dense(tensor.Shape{2}, 1, 2)
	double := tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{1, 2}))
	for _, test := range []struct {
		name string
		p    gorgonia.ValueGrad
		want string
	}{
		{"other size", parameter{"w", w, dense(tensor.Shape{3}, 1, 2, 3)}, "w: want a float32 tensor and a gradient of its size"},
		{"other type", parameter{"w", double, w}, "w: want a float32 tensor"},
		{"no gradient", ungraded{parameter{"w", w, nil}}, "w: want a float32 tensor and a gradient of its size, got *tensor.Dense and <nil>"},
		{"no name", struct{ gorgonia.ValueGrad }{parameter{"w", w, w}}, "has no name"},
	} {
		err := training.NewSGD().Step([]gorgonia.ValueGrad{test.p})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: want an error with %q, got %v", test.name, test.want, err)
		}
	}
}
