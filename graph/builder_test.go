package graph

import (
	"errors"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// TestBuilderErrors wants every mistake to be reported by Compile, with the
// layer's name and the shapes concerned, and no node to come out.
func TestBuilderErrors(t *testing.T) {
	type node = gorgonia.Node
	images := func(b *Builder) *node { return b.Input("x", 2, 5, 7, 3) }
	matrix := func(b *Builder) *node { return b.Input("y", 4, 6) }
	for _, test := range []struct {
		name  string
		build func(b *Builder) *node
		words []string
	}{
		{"input without dimensions", func(b *Builder) *node { return b.Input("x") }, []string{"x", "()"}},
		{"input of no rows", func(b *Builder) *node { return b.Input("x", 0, 3) }, []string{"x", "(0, 3)"}},
		{"input of negative size", func(b *Builder) *node { return b.Input("x", 2, -3) }, []string{"x", "-3"}},
		{"no labels", func(b *Builder) *node { return b.Labels("labels", 0) }, []string{"labels"}},
		{"input twice", func(b *Builder) *node { images(b); return b.Input("x", 1) }, []string{"x", "once"}},
		{"layer twice", func(b *Builder) *node {
			return b.Conv("l", b.Conv("l", images(b), Conv{Out: 3, Kernel: 1}), Conv{Out: 3, Kernel: 1})
		}, []string{"l.weight", "once"}},
		{"parameter of an input's name", func(b *Builder) *node {
			return b.Linear("l", b.Input("l.weight", 6, 6), 6)
		}, []string{"l.weight", "once"}},
		{"nil input", func(b *Builder) *node { return b.Activate("l", nil, ReLU) }, []string{"l:", "nil"}},
		{"shortcut of another graph", func(b *Builder) *node {
			return b.Norm("l", images(b), Norm{Shortcut: images(NewBuilder(NewState(), Options{}))})
		}, []string{"l:", "another graph"}},
		{"norm of no kind", func(b *Builder) *node { return b.Norm("l", images(b), Norm{Kind: 9}) }, []string{"l:", "kind 9"}},
		{"norm of a huge epsilon", func(b *Builder) *node { return b.Norm("l", images(b), Norm{Epsilon: 2}) }, []string{"l:", "epsilon", "2"}},
		{"norm of a negative momentum", func(b *Builder) *node { return b.Norm("l", images(b), Norm{Momentum: -1}) }, []string{"l:", "momentum", "-1"}},
		{"unknown activation", func(b *Builder) *node { return b.Activate("l", images(b), 99) }, []string{"l:", "unknown activation"}},
		{"dropout of everything", func(b *Builder) *node { return b.Dropout("l", images(b), 1) }, []string{"l:", "probability", "1"}},
		{"parameter without a shape", func(b *Builder) *node { return b.Parameter("p", Constant(0)) }, []string{"p:", "dimension"}},
		{"parameter without an initializer", func(b *Builder) *node { return b.Parameter("p", nil, 3) }, []string{"p:", "initializer"}},
		{"operation without a function", func(b *Builder) *node {
			return b.Apply("l", CustomOp{Kind: "mine", Shape: []int{3}}, images(b))
		}, []string{"l:", "forward function"}},
		{"operation in place of another shape", func(b *Builder) *node {
			return b.Apply("l", CustomOp{Kind: "mine", Shape: []int{3}, Forward: func([]float32, ...[]float32) {}, InPlace: []int{0}}, images(b))
		}, []string{"l", "mine", "memory of input 0"}},
		{"another graph", func(b *Builder) *node {
			return b.Add("l", images(b), images(NewBuilder(NewState(), Options{})), Identity)
		}, []string{"l:", "another graph"}},
		{"conv of a matrix", func(b *Builder) *node { return b.Conv("l", matrix(b), Conv{Out: 3, Kernel: 3, Pad: 1}) }, []string{"l:", "[N H W C]", "(4, 6)"}},
		{"conv without channels", func(b *Builder) *node { return b.Conv("l", images(b), Conv{Kernel: 1}) }, []string{"l:", "Out:0"}},
		{"conv without a kernel", func(b *Builder) *node { return b.Conv("l", images(b), Conv{Out: 3}) }, []string{"l:", "Kernel:0"}},
		{"conv of negative padding", func(b *Builder) *node { return b.Conv("l", images(b), Conv{Out: 3, Kernel: 3, Pad: -1}) }, []string{"l:", "Pad:-1"}},
		{"conv in groups that do not divide", func(b *Builder) *node {
			return b.Conv("l", images(b), Conv{Out: 4, Kernel: 3, Groups: 2})
		}, []string{"l:", "3 input", "4 output", "2 groups"}},
		{"conv in groups that do not divide the output", func(b *Builder) *node {
			return b.Conv("l", images(b), Conv{Out: 4, Kernel: 3, Groups: 3})
		}, []string{"l:", "4 output", "3 groups"}},
		{"conv of negative stride", func(b *Builder) *node { return b.Conv("l", images(b), Conv{Out: 3, Kernel: 3, Stride: -1}) }, []string{"l:", "cannot be negative", "-1"}},
		{"conv to more channels than there can be", func(b *Builder) *node { return b.Conv("l", images(b), Conv{Out: 1 << 60, Kernel: 3}) }, []string{"l.weight", "too large"}},
		{"conv of endless padding", func(b *Builder) *node { return b.Conv("l", images(b), Conv{Out: 3, Kernel: 3, Pad: 1 << 60}) }, []string{"output of l", "too large"}},
		{"kernel too large", func(b *Builder) *node { return b.Conv("l", images(b), Conv{Out: 3, Kernel: 7}) }, []string{"l:", "kernel of 7", "5x7"}},
		{"batch norm of a matrix", func(b *Builder) *node { return b.Norm("l", matrix(b), Norm{}) }, []string{"l:", "[N H W C]", "(4, 6)"}},
		{"batch norm of one value", func(b *Builder) *node { return b.Norm("l", b.Input("x", 1, 1, 1, 8), Norm{}) }, []string{"l:", "more than one value", "(1, 1, 1, 8)"}},
		{"shortcut of another shape", func(b *Builder) *node {
			return b.Norm("l", images(b), Norm{Shortcut: b.Input("s", 2, 5, 7, 4), Activation: ReLU})
		}, []string{"l:", "(2, 5, 7, 3)", "(2, 5, 7, 4)"}},
		{"add other shapes", func(b *Builder) *node { return b.Add("l", images(b), matrix(b), Identity) }, []string{"l:", "(2, 5, 7, 3)", "(4, 6)"}},
		{"add other shapes, relu", func(b *Builder) *node { return b.Add("l", images(b), matrix(b), ReLU) }, []string{"l:", "(2, 5, 7, 3)", "(4, 6)"}},
		{"factors of other channels", func(b *Builder) *node {
			return b.ScaleChannels("l", images(b), b.Input("s", 2, 4))
		}, []string{"l:", "(2, 5, 7, 3)", "(2, 4)"}},
		{"sigmoid of labels", func(b *Builder) *node { return b.Activate("l", b.Labels("labels", 4), Sigmoid) }, []string{"l:", "float32", "int32"}},
		{"nothing to initialise", func(b *Builder) *node { b.Initialize("l.weight", 0); return nil }, []string{"l.weight"}},
		{"max pool of a matrix", func(b *Builder) *node { return b.MaxPool("l", matrix(b), 2, 2, 0) }, []string{"l:", "[N H W C]", "(4, 6)"}},
		{"max pool without size", func(b *Builder) *node { return b.MaxPool("l", images(b), 0, 2, 0) }, []string{"l:", "0, 2, 0"}},
		{"max pool without stride", func(b *Builder) *node { return b.MaxPool("l", images(b), 2, 0, 0) }, []string{"l:", "2, 0, 0"}},
		{"max pool of wide padding", func(b *Builder) *node { return b.MaxPool("l", images(b), 3, 2, 2) }, []string{"l:", "3, 2, 2"}},
		{"max pool too large", func(b *Builder) *node { return b.MaxPool("l", images(b), 6, 1, 0) }, []string{"l:", "window of 6", "5x7"}},
		{"average pool too large", func(b *Builder) *node { return b.AvgPool("l", images(b), 6, 1) }, []string{"l:", "window of 6", "5x7"}},
		{"average of a matrix", func(b *Builder) *node { return b.GlobalAvgPool("l", matrix(b)) }, []string{"l:", "[N H W C]", "(4, 6)"}},
		{"subsample of a matrix", func(b *Builder) *node { return b.Subsample("l", matrix(b), 6, 2) }, []string{"l:", "(4, 6)"}},
		{"subsample to fewer channels", func(b *Builder) *node { return b.Subsample("l", images(b), 2, 2) }, []string{"l:", "(2, 5, 7, 3)", "2, 2"}},
		{"subsample without stride", func(b *Builder) *node { return b.Subsample("l", images(b), 3, 0) }, []string{"l:", "stride"}},
		{"linear of a vector", func(b *Builder) *node { return b.Linear("l", b.Input("v", 4), 3) }, []string{"l:", "[N C]", "(4)"}},
		{"linear without outputs", func(b *Builder) *node { return b.Linear("l", matrix(b), 0) }, []string{"l:", "output"}},
		{"more labels than logits", func(b *Builder) *node {
			loss, _ := b.CrossEntropy("l", matrix(b), b.Labels("labels", 5))
			return loss
		}, []string{"l:", "(4, 6)", "(5)"}},
		{"labels that are not integers", func(b *Builder) *node {
			loss, _ := b.CrossEntropy("l", matrix(b), b.Input("labels", 4))
			return loss
		}, []string{"l:", "int32", "float32"}},
		{"logits that are integers", func(b *Builder) *node {
			logits := gorgonia.NewMatrix(b.Graph(), tensor.Int32, gorgonia.WithShape(4, 6), gorgonia.WithName("x"))
			loss, _ := b.CrossEntropy("l", logits, b.Labels("labels", 4))
			return loss
		}, []string{"l:", "float32", "int32"}},
		{"weights of too few classes", func(b *Builder) *node {
			loss, _ := b.CrossEntropyWith("l", matrix(b), b.Labels("labels", 4), CrossEntropyOptions{Weights: []float32{1, 2}})
			return loss
		}, []string{"l:", "6 classes, got 2"}},
		{"a weight of a class below 0", func(b *Builder) *node {
			return b.SoftCrossEntropyWith("l", matrix(b), b.Input("t", 4, 6), CrossEntropyOptions{Weights: []float32{1, 2, -1, 1, 1, 1}})
		}, []string{"l:", "class 2", "-1"}},
		{"all smoothed away", func(b *Builder) *node {
			return b.SoftCrossEntropyWith("l", matrix(b), b.Input("t", 4, 6), CrossEntropyOptions{Smoothing: 1})
		}, []string{"l:", "smoothing", "1"}},
		{"targets with labels to ignore", func(b *Builder) *node {
			return b.SoftCrossEntropyWith("l", matrix(b), b.Input("t", 4, 6), CrossEntropyOptions{Ignored: []int32{255}})
		}, []string{"l:", "row of zeros"}},
		{"targets of another shape", func(b *Builder) *node { return b.SquaredError("l", matrix(b), b.Input("t", 6, 4), nil) }, []string{"l:", "(6, 4)", "(4, 6)"}},
		{"weights of another shape", func(b *Builder) *node {
			return b.SquaredError("l", matrix(b), b.Input("t", 4, 6), b.Input("w", 6))
		}, []string{"l:", "weights", "(6)"}},
		{"a negative beta", func(b *Builder) *node { return b.SmoothL1("l", matrix(b), b.Input("t", 4, 6), nil, -1) }, []string{"l:", "beta", "-1"}},
		{"a delta of 0", func(b *Builder) *node { return b.Huber("l", matrix(b), b.Input("t", 4, 6), nil, 0) }, []string{"l:", "delta", "0"}},
		{"positives of too few classes", func(b *Builder) *node {
			return b.BinaryCrossEntropy("l", matrix(b), b.Input("t", 4, 6), nil, []float32{1})
		}, []string{"l:", "(4, 6)", "got 1"}},
		{"positives below 0", func(b *Builder) *node {
			return b.BinaryCrossEntropy("l", b.Input("x2", 2, 1), b.Input("t", 2, 1), nil, []float32{-1})
		}, []string{"l:", "0 or more", "-1"}},
		{"labels as images", func(b *Builder) *node { return b.Activate("l", b.Labels("labels", 4), ReLU) }, []string{"l:", "float32", "int32"}},
		{"images in float64", func(b *Builder) *node {
			x := gorgonia.NewTensor(b.Graph(), tensor.Float64, 4, gorgonia.WithShape(2, 5, 7, 3), gorgonia.WithName("x"))
			return b.Conv("l", x, Conv{Out: 3, Kernel: 1})
		}, []string{"l:", "float32", "float64"}},
		{"gradients of images", func(b *Builder) *node {
			b.Gradients(b.Conv("l", images(b), Conv{Out: 3, Kernel: 1}))
			return nil
		}, []string{"graph: differentiating"}},
		{"gradients without a loss", func(b *Builder) *node { b.Gradients(nil); return nil }, []string{"gradients", "nil"}},
		{"gradients twice", func(b *Builder) *node {
			loss, _ := b.CrossEntropy("loss", b.Linear("fc", matrix(b), 3), b.Labels("labels", 4))
			b.Gradients(loss)
			if b.Err() != nil {
				return loss
			}
			b.Gradients(loss)
			return nil
		}, []string{"graph: differentiating"}},
		{"a parameter beside the loss", func(b *Builder) *node {
			x := matrix(b)
			b.Linear("aside", x, 3)
			loss, _ := b.CrossEntropy("loss", b.Linear("fc", x, 3), b.Labels("labels", 4))
			b.Gradients(loss)
			return nil
		}, []string{"graph: differentiating"}},
		{"the state holds another shape", func(b *Builder) *node {
			other := NewBuilder(b.State(), Options{})
			other.Linear("fc", other.Input("x", 4, 8), 10)
			return b.Linear("fc", matrix(b), 10)
		}, []string{"fc.weight", "(6, 10)", "[8 10]"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := NewBuilder(NewState(), Options{Training: true})
			n := test.build(b)
			m, err := b.Compile()
			wantError(t, "Compile", err, append(test.words, "graph: ")...)
			if n != nil || m != nil {
				t.Errorf("a node %v and a machine %v came out", n, m)
			}
		})
	}
}

// TestFirstErrorIsKept wants later calls to do nothing and the first mistake to
// be the one reported.
func TestFirstErrorIsKept(t *testing.T) {
	b := NewBuilder(NewState(), Options{})
	x := b.Input("x", 1, 4, 4, 3)
	b.Conv("first", x, Conv{Out: 3, Kernel: 9})
	first := b.Err()
	wantError(t, "Err", first, "first")
	nodes := len(b.Graph().AllNodes())
	y := b.Conv("second", nil, Conv{})
	loss, correct := b.CrossEntropy("loss", b.Linear("fc", b.GlobalAvgPool("pool", x), 2), b.Labels("labels", 1))
	b.Fail(errors.New("third"))
	if y != nil || loss != nil || correct != nil || b.Input("z", 1) != nil || b.Gradients(x) != nil {
		t.Error("a node came out after an error")
	}
	if len(b.Graph().AllNodes()) != nodes || len(b.State().Tensors()) != 0 {
		t.Errorf("the graph went on after an error: %d nodes, were %d; tensors %v", len(b.Graph().AllNodes()), nodes, b.State().Tensors())
	}
	if _, err := b.Compile(); err != first || b.Err() != first {
		t.Errorf("Compile reports %v, want the first error, %v", err, first)
	}
}

func TestParams(t *testing.T) {
	b := NewBuilder(NewState(), Options{Training: true})
	y := b.Norm("bn", b.Conv("conv", b.Input("x", 2, 4, 4, 3), Conv{Out: 5, Kernel: 3}), Norm{})
	b.Linear("fc", b.GlobalAvgPool("pool", y), 2)
	var names []string
	for _, p := range b.Params() {
		names = append(names, p.Name())
	}
	want := []string{"conv.weight", "bn.weight", "bn.bias", "fc.weight", "fc.bias"}
	if len(names) != len(want) {
		t.Fatalf("parameters %v, want %v", names, want)
	}
	for i := range want {
		if names[i] != want[i] {
			t.Errorf("parameter %d is %s, want %s", i, names[i], want[i])
		}
	}
	if got := b.State().Parameters(); got != 3*3*3*5+5+5+5*2+2 {
		t.Errorf("%d trainable values, want %d", got, 3*3*3*5+5+5+5*2+2)
	}
	if got := len(b.State().Tensors()); got != len(want)+2 {
		t.Errorf("%d tensors, want %d with the running statistics", got, len(want)+2)
	}
}

// TestNodeHash wants the hash computed ahead to be Gorgonia's, for every number
// and kind of inputs: without it collisions would go unseen.
func TestNodeHash(t *testing.T) {
	b := NewBuilder(NewState(), Options{Salt: 3})
	scalar := gorgonia.NewScalar(b.Graph(), tensor.Float32, gorgonia.WithName("scalar"))
	x, v, labels := b.Input("x", 2, 3, 4, 5), b.Input("v", 7), b.Labels("labels", 4)
	for _, out := range []tensor.Shape{{}, {1}, {9}, {2, 3}, {2, 3, 4}, {2, 1, 4, 5}} {
		for _, inputs := range []gorgonia.Nodes{{scalar}, {x}, {x, x}, {x, v, labels}, {labels, scalar, v, x, x}} {
			n := b.apply("l", definition{kind: "test", out: out}, inputs...)
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			if got, want := opOf(n).nodeHash(), n.Hashcode(); got != want {
				t.Errorf("output %v of %d inputs: hash %08x, Gorgonia's is %08x", out, len(inputs), got, want)
			}
		}
	}
}

// TestHashCollision takes the hash of the second layer's node away beforehand,
// and wants the layer to get another number and the right result.
func TestHashCollision(t *testing.T) {
	build := func(taken map[uint32]bool) (y *gorgonia.Node, b *Builder) {
		b = NewBuilder(NewState(), Options{})
		x := b.Input("x", 1, 3)
		x = b.Activate("first", x, ReLU)
		for h := range taken {
			b.hashes.nodes[h] = x
		}
		return b.Activate("second", x, ReLU), b
	}
	plain, _ := build(nil)
	taken := map[uint32]bool{plain.Hashcode(): true}
	other, _ := build(taken)
	taken[other.Hashcode()] = true
	y, b := build(taken)
	if len(taken) != 2 || taken[y.Hashcode()] {
		t.Fatalf("hash %08x is among those taken, %v", y.Hashcode(), taken)
	}
	m := compile(t, b)
	for _, n := range b.Graph().AllNodes() {
		if n.Name() == "x" {
			copy(Floats(n), []float32{1, -2, 3})
		}
	}
	run(t, m)
	sameBits(t, "output", Floats(y), []float32{1, 0, 3})
}

// TestMerge hides the nodes of the graph from the guard, so that Gorgonia merges
// two operations, and wants an error instead of one node for both.
func TestMerge(t *testing.T) {
	b := NewBuilder(NewState(), Options{})
	x := b.Input("x", 1, 3)
	b.Activate("first", x, ReLU)
	b.ops, b.hashes = nil, hashes{map[uint32]*gorgonia.Node{}, len(b.Graph().AllNodes())}
	if n := b.Activate("second", x, ReLU); n != nil {
		t.Errorf("a node %v came out", n)
	}
	wantError(t, "Err", b.Err(), "second (relu)", "first (relu)", "Salt")
}

// TestSalt wants another salt to number every operation anew and change nothing
// else.
func TestSalt(t *testing.T) {
	var hashes [2]uint32
	var outputs [2][]float32
	for i := range hashes {
		b := NewBuilder(NewState(), Options{Seed: 1, Salt: uint32(i)})
		x := b.Input("x", 1, 4, 4, 2)
		fill(Floats(x), 1)
		y := b.Conv("conv", x, Conv{Out: 3, Kernel: 3})
		run(t, compile(t, b))
		hashes[i], outputs[i] = y.Hashcode(), Floats(y)
	}
	if hashes[0] == hashes[1] {
		t.Error("the hash is the same with another salt")
	}
	sameBits(t, "output with another salt", outputs[1], outputs[0])
}

// TestInit compares the moments of fresh parameters with those of their
// distributions.
func TestInit(t *testing.T) {
	for _, test := range []struct {
		name  string
		init  Initializer
		build func(b *Builder, x *gorgonia.Node)
		std   float64
		bound float64
	}{
		{"fan in", HeFanIn, func(b *Builder, x *gorgonia.Node) { b.Conv("l", x, Conv{Out: 256, Kernel: 3}) }, math.Sqrt(2. / (9 * 32)), 1},
		{"fan out", HeFanOut, func(b *Builder, x *gorgonia.Node) { b.Conv("l", x, Conv{Out: 256, Kernel: 3}) }, math.Sqrt(2. / (9 * 256)), 1},
		{"fan in of groups", HeFanIn, func(b *Builder, x *gorgonia.Node) { b.Conv("l", x, Conv{Out: 512, Kernel: 3, Groups: 2}) }, math.Sqrt(2. / (9 * 16)), 2},
		{"linear", HeFanIn, func(b *Builder, x *gorgonia.Node) { b.Linear("l", b.GlobalAvgPool("pool", x), 2000) }, 1 / math.Sqrt(32*3), 1 / math.Sqrt(32)},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := NewBuilder(NewState(), Options{Init: test.init, Seed: 3})
			test.build(b, b.Input("x", 1, 3, 3, 32))
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			w := b.State().Get("l.weight").Data()
			var sum, squares, largest float64
			for _, v := range w {
				sum += float64(v)
				squares += float64(v) * float64(v)
				largest = max(largest, math.Abs(float64(v)))
			}
			mean, std := sum/float64(len(w)), math.Sqrt(squares/float64(len(w)))
			if e := test.std / math.Sqrt(float64(len(w))); math.Abs(mean) > 4*e || math.Abs(std-test.std) > 4*e {
				t.Errorf("mean %v and deviation %v, want 0 and %v", mean, std, test.std)
			}
			if largest > test.bound || test.name == "linear" && largest < 0.99*test.bound || test.name != "linear" && largest < 3*test.std {
				t.Errorf("the largest is %v, with a bound of %v and a deviation of %v", largest, test.bound, test.std)
			}
		})
	}
}

// TestInitStreams wants a tensor's first values to depend on the seed and its
// own name alone.
func TestInitStreams(t *testing.T) {
	weights := func(seed uint64, layers ...string) map[string][]float32 {
		b := NewBuilder(NewState(), Options{Seed: seed})
		x := b.Input("x", 1, 8, 8, 4)
		for _, layer := range layers {
			x = b.Norm(layer+".bn", b.Conv(layer, x, Conv{Out: 4, Kernel: 3, Pad: 1}), Norm{})
		}
		out := map[string][]float32{}
		for _, s := range b.State().Tensors() {
			out[s.Name] = s.Data()
		}
		return out
	}
	one, two := weights(1, "a", "b"), weights(1, "c", "b", "a")
	sameBits(t, "a among other layers", two["a.weight"], one["a.weight"])
	sameBits(t, "b among other layers", two["b.weight"], one["b.weight"])
	for what, other := range map[string][]float32{
		"another layer": one["b.weight"], "another seed": weights(2, "a")["a.weight"],
	} {
		equal := 0
		for i, v := range one["a.weight"] {
			if v == other[i] {
				equal++
			}
		}
		if equal > 0 {
			t.Errorf("%d of %d values are those of %s", equal, len(other), what)
		}
	}
	for name, want := range map[string]float32{"a.bn.weight": 1, "a.bn.bias": 0, "a.bn.running_mean": 0, "a.bn.running_var": 1} {
		for _, v := range one[name] {
			if v != want {
				t.Errorf("%s starts at %v, want %v", name, v, want)
			}
		}
	}
}
