package graph

import (
	"runtime"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// double is an operation of one's own, 2x, that is wrong in ways that a test wants.
func double(b *Builder, layer string, x *gorgonia.Node, change func(*CustomOp)) *gorgonia.Node {
	c := CustomOp{
		Kind: "double", Attributes: 2, Shape: x.Shape(), InPlace: []int{0}, MultiplyAdds: int64(x.Shape().TotalSize()), Saved: 100,
		Forward: func(y []float32, in ...[]float32) {
			for i, v := range in[0] {
				y[i] = 2 * v
			}
		},
		Gradient: func(d Differentiation) gorgonia.Nodes {
			return gorgonia.Nodes{double(d.Builder, d.Layer, d.Gradient, func(c *CustomOp) { c.Role = Gradient })}
		},
	}
	if change != nil {
		change(&c)
	}
	return b.Apply(layer, c, x)
}

// TestCustomOp wants an operation of one's own to have gradients, to be planned with
// poisoned memory, and to be described, counted, timed and named.
func TestCustomOp(t *testing.T) {
	check(t, true, func(t *testing.T, b *Builder) *gorgonia.Node {
		x := b.variable("x", 3, 4, 4, 8)
		y := double(b.Scope("stem"), "twice", b.Conv("conv", x, Conv{Out: 8, Kernel: 3, Pad: 1}), nil)
		return b.Norm("bn", y, Norm{Activation: ReLU})
	})
	b := NewBuilder(NewState(), Options{Training: true, Memory: PoisonedMemory})
	x := b.variable("x", 2, 8, 8, 16)
	y := double(b.Scope("stem"), "twice", b.Conv("conv", x, Conv{Out: 16, Kernel: 3, Pad: 1}), nil)
	loss, _ := b.CrossEntropy("loss", b.GlobalAvgPool("pool", y), b.Labels("labels", 2))
	forward := b.Operations()
	b.Gradients(loss)
	m := compile(t, b)
	m.Measure()
	run(t, m)
	if l := Scalar(loss); l != l {
		t.Error("the loss is not a number")
	}
	found := 0
	for _, o := range forward {
		if o.Kind == "double" {
			found++
			if o.Layer != "stem.twice" || o.Attributes != 2 || o.MultiplyAdds != 2*8*8*16 || o.Inputs[0].Operation.Kind != KindConv || o.String() != "double" {
				t.Errorf("described as %+v", o)
			}
		}
	}
	for _, o := range m.Times() {
		if o.Kind == "double" {
			found++
			if o.Runs != 1 {
				t.Errorf("%v ran %d times", o, o.Runs)
			}
		}
	}
	if found != 3 {
		t.Errorf("%d descriptions, want that of the forward one, and times of both", found)
	}
}

// TestCustomOpFaults wants what is wrong in an operation of one's own to be an error
// that names it, a panic included.
func TestCustomOpFaults(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*CustomOp)
		words  []string
	}{
		{"check", func(c *CustomOp) {
			c.Check = func(in ...[]float32) error { return errors.Errorf("%d values are too many", len(in[0])) }
		}, []string{"own (double)", "values are too many"}},
		{"panic", func(c *CustomOp) { c.Forward = func([]float32, ...[]float32) { panic("overheated") } }, []string{"own (double)", "overheated"}},
		{"no gradient", func(c *CustomOp) { c.Gradient = nil }, []string{"differentiating"}},
		{"too few gradients", func(c *CustomOp) { c.Gradient = func(Differentiation) gorgonia.Nodes { return nil } }, []string{"own (double)", "1 inputs, got 0"}},
		{"a missing gradient", func(c *CustomOp) {
			c.Gradient = func(Differentiation) gorgonia.Nodes { return gorgonia.Nodes{nil} }
		}, []string{"own (double)", "input 0", "missing"}},
		{"a gradient of another shape", func(c *CustomOp) {
			c.Gradient = func(d Differentiation) gorgonia.Nodes {
				return gorgonia.Nodes{d.GlobalAvgPool("wrong", d.Gradient)}
			}
		}, []string{"own (double)", "(2, 4, 4, 3)", "(2, 3)"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := NewBuilder(NewState(), Options{Training: true})
			y := double(b, "own", b.variable("x", 2, 4, 4, 3), test.change)
			loss, _ := b.CrossEntropy("loss", b.GlobalAvgPool("pool", y), b.Labels("labels", 2))
			b.Gradients(loss)
			m, err := b.Compile()
			if err == nil {
				err = m.Run()
			}
			wantError(t, "building or running", err, test.words...)
		})
	}
}

// TestUnknownLeaf wants a leaf that would silently not be trained to be refused.
func TestUnknownLeaf(t *testing.T) {
	b := NewBuilder(NewState(), Options{Training: true})
	stray := gorgonia.NewMatrix(b.Graph(), tensor.Float32, gorgonia.WithShape(2, 3), gorgonia.WithName("stray"))
	logits := b.Add("add", b.Linear("fc", b.Input("x", 2, 4), 3), stray, Identity)
	loss, _ := b.CrossEntropy("loss", logits, b.Labels("labels", 2))
	b.Gradients(loss)
	wantError(t, "Err", b.Err(), "stray", "Builder.Parameter")
}

// TestDropout wants values to be dropped as often as asked, the others scaled, the
// gradient to pass where the value did, and seed, step and layer to decide.
func TestDropout(t *testing.T) {
	type result struct{ y, dx []float32 }
	draw := func(seed, step uint64, layer string, p float64, whole bool) result {
		b := NewBuilder(NewState(), Options{Training: true, Seed: seed})
		x := b.Parameter("x", Constant(1), 64, 16, 16, 8)
		y := b.Dropout(layer, x, p)
		if whole {
			b = NewBuilder(NewState(), Options{Training: true, Seed: seed})
			x = b.Parameter("x", Constant(1), 64, 16, 16, 8)
			y = b.StochasticDepth(layer, x, p)
		}
		r := b.Input("r", 64, 16, 16, 8)
		Constant(3)(Floats(r), Fan{}, nil)
		loss, _ := b.dot(y, r)
		grads := b.Gradients(loss)
		m := compile(t, b, y)
		m.SetStep(step)
		run(t, m)
		return result{append([]float32(nil), Floats(y)...), append([]float32(nil), Floats(grads[0])...)}
	}
	const p = 0.25
	kept := 1 / (1 - float32(p))
	for _, whole := range []bool{false, true} {
		want := draw(1, 7, "drop", p, whole)
		drops := 0
		for i, v := range want.y {
			if v != 0 && v != kept || want.dx[i] != 3*v {
				t.Fatalf("value %d became %v with a gradient of %v", i, v, want.dx[i])
			}
			if v == 0 {
				drops++
			}
			if whole && v != want.y[i/(16*16*8)*16*16*8] {
				t.Fatalf("a part of example %d is dropped", i/(16*16*8))
			}
		}
		share := float64(drops) / float64(len(want.y))
		if tolerance := map[bool]float64{false: 0.01, true: 0.2}[whole]; share < p-tolerance || share > p+tolerance {
			t.Errorf("%.3f are dropped, want %v", share, p)
		}
		old := runtime.GOMAXPROCS(1)
		again := draw(1, 7, "drop", p, whole)
		runtime.GOMAXPROCS(old)
		sameBits(t, "output again, on one processor", again.y, want.y)
		for what, other := range map[string]result{
			"another seed": draw(2, 7, "drop", p, whole), "another step": draw(1, 8, "drop", p, whole), "another layer": draw(1, 7, "other", p, whole),
		} {
			same := 0
			for i, v := range other.y {
				if v == want.y[i] {
					same++
				}
			}
			if same == len(want.y) {
				t.Errorf("%s drops the same", what)
			}
		}
	}
	b := NewBuilder(NewState(), Options{})
	x := b.Input("x", 2, 3)
	if b.Dropout("d", x, 0.5) != x || b.StochasticDepth("s", x, 0.5) != x {
		t.Error("something is dropped in inference")
	}
}
