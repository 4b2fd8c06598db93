package graph

import (
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
)

// check compares the gradient of every parameter, inputs among them, with
// central differences of the loss sum(y*r) in several random directions. All
// values are float32, so the tolerance is wide; a wrong
// factor or a missing term is far outside.
func check(t *testing.T, training bool, build func(t *testing.T, b *Builder) *gorgonia.Node) {
	t.Helper()
	const (
		step       = 3e-4
		tolerance  = 5e-3 // of the gradient's length
		directions = 4
	)
	state := NewState()
	b := NewBuilder(state, Options{Training: training, Seed: 7})
	y := build(t, b)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	r := b.Input("r", max(y.Shape().TotalSize(), 1))
	fill(Floats(r), 3)
	loss, value := b.dot(y, r)
	b.Gradients(loss)
	m := compile(t, b)
	for _, s := range state.Tensors() { // batch norm's would start at 1 and 0
		if s.Layout == Plain && len(s.Shape()) == 1 {
			rng := stream(11, s.Name)
			for i := range s.Data() {
				s.Data()[i] = float32(0.6 + rng.Float64())
			}
		}
	}
	run(t, m)
	grads := make([][]float32, len(b.params))
	for i, p := range b.params {
		grads[i] = gradient(t, p)
	}
	run(t, m)
	for i, p := range b.params {
		sameBits(t, "gradient of "+p.Name()+" in a second run", gradient(t, p), grads[i])
	}
	rng := rand.New(rand.NewPCG(5, 5))
	for i, p := range b.params {
		data := state.Get(p.Name()).Data()
		saved := append([]float32(nil), data...)
		var norm float64
		for _, g := range grads[i] {
			norm += float64(g) * float64(g)
		}
		norm = math.Sqrt(norm)
		for range directions {
			direction := make([]float32, len(data))
			for j := range direction {
				direction[j] = float32(rng.NormFloat64())
			}
			var at [2]float64
			var want float64
			for k, sign := range []float32{1, -1} {
				for j := range data {
					data[j] = saved[j] + sign*step*direction[j]
				}
				run(t, m)
				at[k] = *value
			}
			for j, g := range grads[i] { // along the step as it was after rounding
				up, down := saved[j]+step*direction[j], saved[j]-step*direction[j]
				want += float64(g) * (float64(up) - float64(down)) / (2 * step)
			}
			copy(data, saved)
			if got := (at[0] - at[1]) / (2 * step); !(math.Abs(got-want) <= tolerance*norm+1e-4) || norm == 0 {
				t.Errorf("%s: the slope is %v, by the gradient %v (length %v)", p.Name(), got, want, norm)
			}
		}
	}
}

// apart spreads the values of a parameter such that none is near another or
// near zero, where maxima and ReLU have kinks.
func apart(b *Builder, n *gorgonia.Node) *gorgonia.Node {
	data := Floats(n)
	for i, at := range rand.New(rand.NewPCG(2, 2)).Perm(len(data)) {
		data[i] = (float32(at)+0.5)/float32(len(data))*4 - 2
	}
	return n
}

// filled is an input of random values.
func filled(b *Builder, name string, shape ...int) *gorgonia.Node {
	n := b.Input(name, shape...)
	fill(Floats(n), 17)
	return n
}

// must passes a node of the test's own Gorgonia operations on.
func must(t *testing.T) func(*gorgonia.Node, error) *gorgonia.Node {
	return func(n *gorgonia.Node, err error) *gorgonia.Node {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
}

func TestGradients(t *testing.T) {
	type node = gorgonia.Node
	images := func(b *Builder) *node { return b.variable("x", 3, 5, 6, 4) }
	both := []bool{true, false}
	training := []bool{true}
	for _, test := range []struct {
		name  string
		modes []bool
		build func(t *testing.T, b *Builder) *node
	}{
		{"conv", training, func(_ *testing.T, b *Builder) *node {
			return b.Conv("l", images(b), Conv{Out: 5, Kernel: 3, Pad: 1})
		}},
		{"conv with stride", training, func(_ *testing.T, b *Builder) *node {
			return b.Conv("l", images(b), Conv{Out: 3, Kernel: 3, Stride: 2, Pad: 2})
		}},
		{"conv in groups", training, func(_ *testing.T, b *Builder) *node {
			return b.Conv("l", images(b), Conv{Out: 6, Kernel: 3, Pad: 1, Groups: 2})
		}},
		{"conv, depthwise", training, func(_ *testing.T, b *Builder) *node {
			return b.Conv("l", images(b), Conv{Out: 4, Kernel: 3, Stride: 2, Pad: 1, Groups: 4})
		}},
		{"conv with taps apart", training, func(_ *testing.T, b *Builder) *node {
			return b.Conv("l", images(b), Conv{Out: 5, Kernel: 3, Width: 2, Pads: [4]int{2, 1, 0, 3}, Dilation: 2})
		}},
		{"conv with bias", training, func(_ *testing.T, b *Builder) *node {
			return b.Conv("l", images(b), Conv{Out: 5, Kernel: 3, Bias: true})
		}},
		{"conv of single pixels", training, func(_ *testing.T, b *Builder) *node {
			return b.Conv("l", b.variable("x", 3, 4), Conv{Out: 5, Kernel: 1, Bias: true})
		}},
		{"batch norm", both, func(_ *testing.T, b *Builder) *node { return b.Norm("l", images(b), Norm{}) }},
		{"batch norm of one channel", both, func(_ *testing.T, b *Builder) *node {
			return b.Norm("l", b.variable("x", 3, 2, 2, 1), Norm{})
		}},
		{"batch norm, relu", both, func(_ *testing.T, b *Builder) *node { return b.Norm("l", images(b), Norm{Activation: ReLU}) }},
		{"batch norm, add, relu", both, func(_ *testing.T, b *Builder) *node {
			return b.Norm("l", images(b), Norm{Shortcut: b.variable("s", 3, 5, 6, 4), Activation: ReLU})
		}},
		{"batch norm, add itself, relu", both, func(_ *testing.T, b *Builder) *node {
			x := images(b)
			return b.Norm("l", x, Norm{Shortcut: x, Activation: ReLU})
		}},
		{"batch norm, add a constant, relu", both, func(_ *testing.T, b *Builder) *node {
			s := b.Input("s", 3, 5, 6, 4)
			fill(Floats(s), 9)
			return b.Norm("l", images(b), Norm{Shortcut: s, Activation: ReLU})
		}},
		{"batch norm of a constant", both, func(_ *testing.T, b *Builder) *node {
			x := b.Input("x", 3, 5, 6, 4)
			fill(Floats(x), 9)
			return b.Norm("l", x, Norm{Shortcut: b.variable("s", 3, 5, 6, 4), Activation: ReLU})
		}},
		{"relu", training, func(_ *testing.T, b *Builder) *node { return b.Activate("l", apart(b, images(b)), ReLU) }},
		{"add", training, func(_ *testing.T, b *Builder) *node {
			return b.Add("l", images(b), b.variable("s", 3, 5, 6, 4), Identity)
		}},
		{"sigmoid", training, func(_ *testing.T, b *Builder) *node { return b.Activate("l", images(b), Sigmoid) }},
		{"add, relu", training, func(_ *testing.T, b *Builder) *node {
			return b.Add("l", apart(b, images(b)), b.Input("s", 3, 5, 6, 4), ReLU)
		}},
		{"scale channels", training, func(_ *testing.T, b *Builder) *node {
			return b.ScaleChannels("l", images(b), b.variable("s", 3, 4))
		}},
		{"squeeze and excitation", training, func(_ *testing.T, b *Builder) *node {
			x := images(b)
			return b.Add("add", b.ScaleChannels("l", x, b.Activate("s", b.Linear("fc", b.GlobalAvgPool("pool", x), 4), Sigmoid)), x, ReLU)
		}},
		{"add itself", training, func(_ *testing.T, b *Builder) *node {
			x := images(b)
			return b.Add("l", x, x, Identity)
		}},
		{"add a constant", training, func(_ *testing.T, b *Builder) *node {
			return b.Add("l", b.Input("s", 3, 5, 6, 4), images(b), Identity)
		}},
		{"max pool", training, func(_ *testing.T, b *Builder) *node { return b.MaxPool("l", apart(b, images(b)), 3, 2, 1) }},
		{"average pool", training, func(_ *testing.T, b *Builder) *node { return b.AvgPool("l", images(b), 3, 2) }},
		{"linear of pixels", training, func(_ *testing.T, b *Builder) *node { return b.Linear("l", images(b), 3) }},
		{"global average pool", training, func(_ *testing.T, b *Builder) *node { return b.GlobalAvgPool("l", images(b)) }},
		{"subsample", training, func(_ *testing.T, b *Builder) *node { return b.Subsample("l", images(b), 9, 2) }},
		{"linear", training, func(_ *testing.T, b *Builder) *node { return b.Linear("l", b.variable("x", 4, 6), 5) }},
		{"linear of one value", training, func(_ *testing.T, b *Builder) *node { return b.Linear("l", b.variable("x", 1, 1), 1) }},
		{"cross entropy", training, func(_ *testing.T, b *Builder) *node {
			labels := b.Labels("labels", 4)
			copy(Ints(labels), []int32{2, 0, -1, 4})
			loss, _ := b.CrossEntropy("l", b.variable("x", 4, 5), labels)
			return loss
		}},
		{"soft cross entropy", training, func(_ *testing.T, b *Builder) *node {
			targets := b.Input("targets", 3, 4)
			copy(Floats(targets), []float32{0.1, 0.2, 0, 0.7, 0, 0, 0, 0, 0, 1, 0, 0})
			return b.SoftCrossEntropy("l", b.variable("x", 3, 4), targets)
		}},
		{"cross entropy with everything", training, func(_ *testing.T, b *Builder) *node {
			labels := b.Labels("labels", 6)
			copy(Ints(labels), []int32{2, 0, -1, 4, 255, 1})
			loss, _ := b.CrossEntropyWith("l", b.variable("x", 2, 3, 5), labels,
				CrossEntropyOptions{Weights: []float32{1, 0.5, 2, 0, 3}, Smoothing: 0.2, Ignored: []int32{255}})
			return loss
		}},
		{"cross entropy of pixels with everything", training, func(_ *testing.T, b *Builder) *node {
			labels := b.Labels("labels", 12)
			copy(Ints(labels), []int32{2, 0, -1, 4, 255, 1, 1, 1, 3, 2, 255, 0})
			x := b.Resize("up", b.variable("x", 1, 2, 2, 5), 3, 4, Bilinear)
			loss, _ := b.PixelCrossEntropy("l", x, labels,
				CrossEntropyOptions{Weights: []float32{1, 0.5, 2, 0, 3}, Smoothing: 0.2, Ignored: []int32{255}})
			return loss
		}},
		{"soft cross entropy with everything", training, func(_ *testing.T, b *Builder) *node {
			targets := b.Input("targets", 3, 4)
			copy(Floats(targets), []float32{0.1, 0.2, 0, 0.7, 0, 0, 0, 0, 0, 1, 0, 0})
			return b.SoftCrossEntropyWith("l", b.variable("x", 3, 4), targets, CrossEntropyOptions{Weights: []float32{1, 0.5, 2, 0}, Smoothing: 0.2})
		}},
		{"squared error", training, func(_ *testing.T, b *Builder) *node {
			return b.SquaredError("l", b.variable("x", 3, 4), filled(b, "t", 3, 4), nil)
		}},
		{"squared error by weights, of what is used elsewhere", training, func(_ *testing.T, b *Builder) *node {
			x := b.Activate("silu", b.variable("x", 3, 4), SiLU)
			loss := b.SquaredError("l", x, filled(b, "t", 3, 4), filled(b, "w", 3, 4))
			return b.Add("sum", loss, b.SquaredError("l2", x, filled(b, "t2", 3, 4), nil), Identity)
		}},
		{"smooth L1", training, func(_ *testing.T, b *Builder) *node {
			return b.SmoothL1("l", apart(b, b.variable("x", 3, 4)), filled(b, "t", 3, 4), filled(b, "w", 3), 0.7)
		}},
		{"binary cross entropy", training, func(_ *testing.T, b *Builder) *node {
			t := b.Input("t", 3, 2)
			copy(Floats(t), []float32{0, 1, 0.3, 1, 0, 0})
			return b.BinaryCrossEntropy("l", b.variable("x", 3, 2), t, filled(b, "w", 3), []float32{3, 0.5})
		}},
		{"three ways", both, func(_ *testing.T, b *Builder) *node {
			x := b.Conv("conv1", images(b), Conv{Out: 4, Kernel: 3, Pad: 1})
			y := b.Norm("bn1", b.Conv("conv2", x, Conv{Out: 4, Kernel: 1}), Norm{Shortcut: x, Activation: ReLU})
			return b.Add("add", b.Add("add2", y, x, Identity), b.Norm("bn3", x, Norm{}), Identity)
		}},
		{"residual unit", both, func(_ *testing.T, b *Builder) *node {
			x := images(b)
			y := b.Norm("bn1", b.Conv("conv1", x, Conv{Out: 6, Kernel: 3, Stride: 2, Pad: 1}), Norm{Activation: ReLU})
			y = b.Conv("conv2", y, Conv{Out: 6, Kernel: 3, Pad: 1})
			y = b.Norm("bn2", y, Norm{Shortcut: b.Subsample("shortcut", x, 6, 2), Activation: ReLU})
			return b.Linear("fc", b.GlobalAvgPool("avgpool", y), 3)
		}},
		{"Gorgonia's operations between ours", both, func(t *testing.T, b *Builder) *node {
			y := b.Norm("bn1", b.Conv("conv1", images(b), Conv{Out: 4, Kernel: 3, Pad: 1}), Norm{})
			z := must(t)(gorgonia.HadamardProd(must(t)(gorgonia.Tanh(y)), y))
			return b.Conv("conv2", z, Conv{Out: 3, Kernel: 3, Pad: 1})
		}},
		{"Gorgonia's operations after ours", training, func(t *testing.T, b *Builder) *node {
			return must(t)(gorgonia.Tanh(b.Norm("l", images(b), Norm{Activation: ReLU})))
		}},
		{"a weight shared with Gorgonia's operations", training, func(t *testing.T, b *Builder) *node {
			y := b.Linear("l", b.variable("x", 4, 3), 3)
			return b.Add("sum", y, must(t)(gorgonia.Mul(y, b.params[1])), Identity) // y*W
		}},
		{"loss with an L2 term", training, func(t *testing.T, b *Builder) *node {
			x := b.Norm("bn", b.Conv("conv", images(b), Conv{Out: 4, Kernel: 3, Pad: 1}), Norm{Activation: ReLU})
			labels := b.Labels("labels", 3)
			copy(Ints(labels), []int32{2, 0, 1})
			loss, _ := b.CrossEntropy("loss", b.Linear("fc", b.GlobalAvgPool("avgpool", x), 3), labels)
			half := gorgonia.NewConstant(float32(0.05))
			for _, p := range b.params[1:] {
				l2 := must(t)(gorgonia.Sum(must(t)(gorgonia.Square(p))))
				loss = must(t)(gorgonia.Add(loss, must(t)(gorgonia.Mul(half, l2))))
			}
			return loss
		}},
	} {
		for _, mode := range test.modes {
			name := test.name
			if !mode {
				name += ", inference"
			}
			t.Run(name, func(t *testing.T) { check(t, mode, test.build) })
		}
	}
}

// TestGradientOfScaledLoss wants the loss's own gradient to reach the logits.
func TestGradientOfScaledLoss(t *testing.T) {
	var grads [2][]float32
	for i, scale := range []float32{1, 3} {
		b := NewBuilder(NewState(), Options{Seed: 1})
		x := b.variable("x", 2, 3)
		loss, _ := b.CrossEntropy("loss", x, b.Labels("labels", 2))
		loss, _ = b.dot(loss, b.Input("scale", 1))
		b.Gradients(loss)
		m := compile(t, b)
		for _, n := range b.Graph().AllNodes() {
			if n.Name() == "scale" {
				Floats(n)[0] = scale
			}
		}
		run(t, m)
		grads[i] = gradient(t, x)
	}
	for i, g := range grads[0] {
		if math.Abs(float64(3*g-grads[1][i])) > 1e-6 || g == 0 {
			t.Errorf("gradient %v of the loss and %v of three times the loss", g, grads[1][i])
		}
	}
}
