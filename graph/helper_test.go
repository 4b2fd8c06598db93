package graph

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// dot adds sum(y*r), a loss whose gradient with respect to y is r, and a place
// where its value is kept in float64.
func (b *Builder) dot(y, r *gorgonia.Node) (loss *gorgonia.Node, value *float64) {
	value = new(float64)
	loss = b.apply("loss", definition{
		kind: "dot",
		run: func(out []float32, in []operand) {
			*value = 0
			for i, v := range in[0].f {
				*value += float64(v) * float64(in[1].f[i])
			}
			out[0] = float32(*value)
		},
		diff: func(_ *op, in gorgonia.Nodes, _, dloss *gorgonia.Node) gorgonia.Nodes {
			return gorgonia.Nodes{b.apply("loss", definition{
				kind: "dot", role: Gradient, out: in[0].Shape().Clone(),
				run: func(dy []float32, in []operand) {
					for i, v := range in[0].f {
						dy[i] = v * in[1].f[0]
					}
				},
			}, in[1], dloss), nil}
		},
	}, y, r)
	return loss, value
}

// variable adds a parameter of normal values that stands for an input, so that
// gradients are computed for it.
func (b *Builder) variable(name string, shape ...int) *gorgonia.Node {
	return b.Parameter(name, Normal(1), shape...)
}

// shuffle gives every tensor of the state other values than it starts with.
func shuffle(s *State, seed uint64) {
	for _, t := range s.Tensors() {
		rng := stream(seed, t.Name)
		for i := range t.Data() {
			v := rng.NormFloat64()
			if strings.HasSuffix(t.Name, "running_var") {
				v = 0.5 + math.Abs(v)
			}
			t.Data()[i] = float32(v)
		}
	}
}

func fill(dst []float32, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0))
	for i := range dst {
		dst[i] = float32(rng.NormFloat64())
	}
}

// compile ends the test unless the graph compiles.
func compile(t testing.TB, b *Builder, keep ...*gorgonia.Node) *Machine {
	t.Helper()
	m, err := b.Compile(keep...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// run ends the test unless the machine runs.
func run(t testing.TB, m *Machine) {
	t.Helper()
	if err := m.Run(); err != nil {
		t.Fatal(err)
	}
}

// gradient returns a copy of a parameter's gradient after a run.
func gradient(t testing.TB, n *gorgonia.Node) []float32 {
	t.Helper()
	g, err := n.Grad()
	if err != nil {
		t.Fatalf("%s: %v", n.Name(), err)
	}
	return append([]float32(nil), g.(*tensor.Dense).Float32s()...)
}

// distance is the relative L2 error of got.
func distance(t testing.TB, what string, got, want []float32) float64 {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	var difference, norm float64
	for i, w := range want {
		d := float64(got[i]) - float64(w)
		difference += d * d
		norm += float64(w) * float64(w)
	}
	return math.Sqrt(difference) / math.Max(math.Sqrt(norm), 1e-30)
}

// sameBits ends the test unless the values are the same.
func sameBits(t testing.TB, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: value %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// wantError fails the test unless the error says all of the words.
func wantError(t testing.TB, what string, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want one that says %q", what, words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%s: error %q, want one that says %q", what, err, w)
		}
	}
}
