package experiment

import (
	"math"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training"
	"gorgonia.org/gorgonia"
)

// trainedState is the state of a network after a few steps, when no scale and no
// shift has the value it began with.
func trainedState(t *testing.T, n Network) *graph.State {
	t.Helper()
	tr, err := training.New(training.Config{Name: n.Name(), Model: n.config(), Train: blobs{96, 0}, Batch: 16, Iterations: 6,
		Schedule: training.Constant{Base: 0.05}, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return tr.State()
}

func network(t *testing.T, kind Kind, depth int) Network {
	t.Helper()
	c := small()
	if err := c.settle(); err != nil {
		t.Fatal(err)
	}
	return c.network(kind, depth, 1)
}

func runProbe(t *testing.T, n Network, state *graph.State) *probe {
	t.Helper()
	p, err := newProbe(t.Context(), n, blobs{96, 0})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.run(state); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestResponses computes the responses from the probe's convolutions value by
// value, and checks that batch norm answered the same where a ReLU follows it.
func TestResponses(t *testing.T) {
	for _, kind := range []Kind{Plain, Residual} {
		n := network(t, kind, 8)
		state := trainedState(t, n)
		p := runProbe(t, n, state)
		if len(p.responses) != 7 {
			t.Fatalf("%s: %d layers have responses, want 7: conv1 and two in each of three units", n.Name(), len(p.responses))
		}

		// The same forward pass with every output in memory of its own.
		copied := graph.NewState()
		b := graph.NewBuilder(copied, graph.Options{Training: true, Memory: graph.SeparateMemory})
		x := b.Input("images", p.images.Shape()...)
		n.config().Build(b, x)
		m, err := b.Compile()
		if err != nil {
			t.Fatal(err)
		}
		if err := copyState(copied, state); err != nil {
			t.Fatal(err)
		}
		copy(graph.Floats(x), graph.Floats(p.images))
		if err := m.Run(); err != nil {
			t.Fatal(err)
		}
		outputs := map[string][]float32{}
		for _, o := range b.Operations() {
			outputs[o.Layer] = graph.Floats(o.Node)
		}

		for _, r := range p.responses {
			conv := outputs[r.layer]
			y := naiveNorm(conv, r.weight, r.bias)
			var sum, squares float64
			for _, v := range y {
				sum += v / float64(len(y))
			}
			for _, v := range y {
				squares += (v - sum) * (v - sum) / float64(len(y))
			}
			if got, want := r.deviation(), math.Sqrt(squares); math.Abs(got-want) > 1e-6*want {
				t.Errorf("%s %s: deviation %v, want %v", n.Name(), r.layer, got, want)
			}
			if r.layer != "conv1" && r.layer != "layer1.0.conv1" {
				continue
			}
			norm := map[string]string{"conv1": "bn1", "layer1.0.conv1": "layer1.0.bn1"}[r.layer]
			for i, v := range outputs[norm] {
				if want := max(y[i], 0); math.Abs(float64(v)-want) > 1e-4 {
					t.Fatalf("%s %s: batch norm and ReLU gave %v, the response is %v", n.Name(), norm, v, y[i])
				}
			}
		}
	}
}

// naiveNorm is batch norm of x [rows C] by the batch's statistics.
func naiveNorm(x, weight, bias []float32) []float64 {
	c := len(weight)
	y := make([]float64, len(x))
	for j := range c {
		var sum, squares, n float64
		for i := j; i < len(x); i += c {
			sum += float64(x[i])
			n++
		}
		for i := j; i < len(x); i += c {
			squares += (float64(x[i]) - sum/n) * (float64(x[i]) - sum/n)
		}
		for i := j; i < len(x); i += c {
			y[i] = float64(weight[j])*(float64(x[i])-sum/n)/math.Sqrt(squares/n+1e-5) + float64(bias[j])
		}
	}
	return y
}

// TestShares differentiates the loss along the gradient that the probe found, by
// small steps of a unit's input and of its shortcut's input alone.
func TestShares(t *testing.T) {
	for _, shortcut := range []blocks.Shortcut{blocks.ShortcutA, blocks.ShortcutB} {
		n := network(t, Residual, 14)
		n.Shortcut = shortcut
		state := trainedState(t, n)
		p := runProbe(t, n, state)
		if len(p.shares) != 2 {
			t.Fatalf("%d units with shares, want 2", len(p.shares))
		}
		for i, s := range p.shares {
			f := fork(t, n, state, p, i)
			total := graph.Floats(s.total)
			length := dot(total, total)
			h := 0.05 / math.Sqrt(length)
			whole := (f(h, h, total) - f(-h, -h, total)) / (2 * h)
			through := (f(0, h, total) - f(0, -h, total)) / (2 * h)
			if math.Abs(whole/length-1) > 0.01 {
				t.Errorf("shortcut %s, %s: the loss changes by %v along the gradient, want its squared length %v", shortcut, s.unit, whole, length)
			}
			if got, want := s.value(), through/whole; math.Abs(got-want) > 0.005 {
				t.Errorf("shortcut %s, %s: a share of %v, finite differences say %v", shortcut, s.unit, got, want)
			}
		}
	}
	for _, n := range []Network{network(t, Plain, 8), {Experiment: "degradation", Kind: Residual, Depth: 8, Shortcut: blocks.ShortcutC, Classes: 4, Picture: [3]int{8, 8, 3}}} {
		if p := runProbe(t, n, trainedState(t, n)); len(p.shares) != 0 {
			t.Errorf("%s with shortcuts %s has shares", n.Name(), n.Shortcut)
		}
	}
}

// fork returns the probe's loss as a function of how far the inputs of the
// branch and of the shortcut of unit at of the first stage move along a direction.
func fork(t *testing.T, n Network, state *graph.State, p *probe, at int) func(branch, shortcut float64, direction []float32) float64 {
	t.Helper()
	c := n.config()
	unit := p.shares[at].unit
	copied := graph.NewState()
	b := graph.NewBuilder(copied, graph.Options{Training: true, Memory: graph.SeparateMemory})
	shape := p.shares[at].total.Shape()
	x := b.Input("branch", shape...)
	side := b.Input("shortcut", shape...)

	// What comes before the unit, to learn its input.
	before := graph.NewState()
	bb := graph.NewBuilder(before, graph.Options{Training: true, Memory: graph.SeparateMemory})
	images := bb.Input("images", p.images.Shape()...)
	var input *gorgonia.Node
	block := c.Block
	c.Block = func(b *graph.Builder, name string, x *gorgonia.Node, u blocks.Unit) *gorgonia.Node {
		if name == unit {
			input = x
		}
		return block(b, name, x, u)
	}
	c.Build(bb, images)
	m, err := bb.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if err := copyState(before, state); err != nil {
		t.Fatal(err)
	}
	copy(graph.Floats(images), graph.Floats(p.images))
	if err := m.Run(); err != nil {
		t.Fatal(err)
	}
	origin := append([]float32(nil), graph.Floats(input)...)

	// The rest, with the unit's input split in two.
	y := b.Conv(unit+".conv1", x, graph.Conv{Out: 16, Kernel: 3, Pad: 1})
	y = b.Conv(unit+".conv2", b.Norm(unit+".bn1", y, graph.Norm{Activation: graph.ReLU}), graph.Conv{Out: 16, Kernel: 3, Pad: 1})
	y = b.Norm(unit+".bn2", y, graph.Norm{Shortcut: side, Activation: graph.ReLU})
	rest := n.config()
	rest.Block = func(b *graph.Builder, name string, z *gorgonia.Node, u blocks.Unit) *gorgonia.Node {
		switch {
		case name == unit:
			return y
		case name < unit:
			return z
		}
		return block(b, name, z, u)
	}
	unused := b.Input("images", p.images.Shape()...)
	labels := b.Labels("labels", p.images.Shape()[0])
	loss, _ := b.CrossEntropy("loss", rest.Build(b, unused), labels)
	machine, err := b.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if err := copyState(copied, state); err != nil {
		t.Fatal(err)
	}
	copy(graph.Ints(labels), graph.Ints(p.labels))
	return func(branch, shortcut float64, direction []float32) float64 {
		a, s := graph.Floats(x), graph.Floats(side)
		for i, v := range origin {
			a[i] = v + float32(branch*float64(direction[i]))
			s[i] = v + float32(shortcut*float64(direction[i]))
		}
		if err := machine.Run(); err != nil {
			t.Fatal(err)
		}
		return float64(graph.Scalar(loss))
	}
}

// TestGradientNorms compares the norms at the start with the gradients of a
// graph of the test's own.
func TestGradientNorms(t *testing.T) {
	n := network(t, Residual, 8)
	state := trainedState(t, n)
	p := runProbe(t, n, state)
	copied := graph.NewState()
	b := graph.NewBuilder(copied, graph.Options{Training: true})
	x, labels := b.Input("images", p.images.Shape()...), b.Labels("labels", p.images.Shape()[0])
	loss, _ := b.CrossEntropy("loss", n.config().Build(b, x), labels)
	grads := b.Gradients(loss)
	m, err := b.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if err := copyState(copied, state); err != nil {
		t.Fatal(err)
	}
	copy(graph.Floats(x), graph.Floats(p.images))
	copy(graph.Ints(labels), graph.Ints(p.labels))
	if err := m.Run(); err != nil {
		t.Fatal(err)
	}
	found := 0
	for i, param := range b.Params() {
		for _, g := range p.gradients {
			if g.layer+".weight" != param.Name() {
				continue
			}
			found++
			var sum float64
			for _, v := range graph.Floats(grads[i]) {
				sum += float64(v) * float64(v)
			}
			if g.norm() != math.Sqrt(sum) {
				t.Errorf("%s: norm %v, want %v", g.layer, g.norm(), math.Sqrt(sum))
			}
		}
	}
	if found != 8 || len(p.gradients) != 8 {
		t.Errorf("%d gradients, %d of them checked, want 8: 7 convolutions and fc", len(p.gradients), found)
	}
}
