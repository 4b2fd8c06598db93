package graph

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// classifier builds a small residual network of 8x8 pictures in 5 classes.
func classifier(b *Builder, size int) (x, logits *gorgonia.Node) {
	x = b.Input("x", size, 8, 8, 3)
	y := b.Norm("bn1", b.Conv("conv1", x, Conv{Out: 8, Kernel: 3, Pad: 1}), Norm{Activation: ReLU})
	z := b.Conv("conv2", y, Conv{Out: 12, Kernel: 3, Stride: 2, Pad: 1})
	z = b.Norm("bn2", z, Norm{Shortcut: b.Subsample("shortcut", y, 12, 2), Activation: ReLU})
	return x, b.Linear("fc", b.GlobalAvgPool("pool", z), 5)
}

// trainer is a compiled training graph of the classifier.
type trainer struct {
	b      *Builder
	m      *Machine
	x      *gorgonia.Node
	labels *gorgonia.Node
	loss   *gorgonia.Node
}

func newTrainer(t testing.TB, state *State, size int) trainer {
	t.Helper()
	b := NewBuilder(state, Options{Training: true, Seed: 1})
	x, logits := classifier(b, size)
	labels := b.Labels("labels", size)
	loss, _ := b.CrossEntropy("loss", logits, labels)
	b.Gradients(loss)
	for i := range Ints(labels) {
		Ints(labels)[i] = int32(i % 5)
	}
	fill(Floats(x), 1)
	return trainer{b, compile(t, b), x, labels, loss}
}

// gradients returns copies of all gradients.
func (s trainer) gradients(t testing.TB) (grads [][]float32) {
	for _, p := range s.b.params {
		grads = append(grads, gradient(t, p))
	}
	return grads
}

// TestRunErrors breaks a run in several ways, and wants an error that names the
// layer and the right results again once the cause is gone.
func TestRunErrors(t *testing.T) {
	s := newTrainer(t, NewState(), 4)
	broken := false
	for _, o := range s.b.ops {
		if o.kind == KindGlobalAvgPool {
			right := o.execute
			o.execute = func(out []float32, in []operand) {
				if broken {
					panic("the pool broke")
				}
				right(out, in)
			}
		}
	}
	run(t, s.m)
	loss, grads := Scalar(s.loss), s.gradients(t)
	x := s.x.Value()
	let := func(n *gorgonia.Node, v gorgonia.Value) func() {
		return func() {
			if err := gorgonia.Let(n, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	wide := tensor.New(tensor.WithShape(4, 8, 8, 6), tensor.Of(tensor.Float32))
	view, err := wide.Slice(nil, nil, nil, tensor.S(0, 3))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name            string
		destroy, repair func()
		words           []string
	}{
		{"label out of range", func() { Ints(s.labels)[2] = 5 }, func() { Ints(s.labels)[2] = 2 },
			[]string{"loss (cross entropy)", "label 5", "5 classes"}},
		{"panic in an operation", func() { broken = true }, func() { broken = false },
			[]string{"pool (global average pool)", "the pool broke"}},
		{"view with gaps", let(s.x, view), let(s.x, x), []string{"conv1 (conv)", "contiguous"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.destroy()
			for range 2 {
				err := s.m.Run()
				wantError(t, "Run", err, test.words...)
				if err != nil && !strings.HasPrefix(err.Error(), "graph: "+test.words[0]) {
					t.Errorf("error %q, want the layer first", err)
				}
			}
			test.repair()
			run(t, s.m)
			// Running statistics moved, but training does not read them.
			if got := Scalar(s.loss); got != loss {
				t.Errorf("loss %v after the error, want %v as before", got, loss)
			}
			for i, g := range s.gradients(t) {
				sameBits(t, "gradient of "+s.b.params[i].Name(), g, grads[i])
			}
		})
	}
}

// TestOperands gives an operation values that its graph was not built for, which
// Gorgonia's Let mostly refuses.
func TestOperands(t *testing.T) {
	floats := func(shape ...int) *tensor.Dense {
		return tensor.New(tensor.WithShape(shape...), tensor.Of(tensor.Float32))
	}
	b := NewBuilder(NewState(), Options{})
	b.CrossEntropy("loss", b.Input("x", 2, 3), b.Labels("labels", 2))
	compile(t, b)
	labels := tensor.New(tensor.WithShape(2), tensor.Of(tensor.Int32))
	for _, test := range []struct {
		name   string
		values []gorgonia.Value
		words  []string
	}{
		{"another size", []gorgonia.Value{floats(2, 4), labels}, []string{"input 0", "float32 (2, 3)", "float32 (2, 4)"}},
		{"another type", []gorgonia.Value{floats(2, 3), floats(2)}, []string{"input 1", "int32 (2)", "float32 (2)"}},
		{"a scalar", []gorgonia.Value{gorgonia.NewF32(1), labels}, []string{"input 0", "(2, 3)"}},
		{"nothing", []gorgonia.Value{floats(2, 3), nil}, []string{"input 1", "no value"}},
		{"too few", []gorgonia.Value{floats(2, 3)}, []string{"want 2 inputs, got 1"}},
	} {
		v, err := b.ops[0].Do(test.values...)
		wantError(t, test.name, err, append(test.words, "graph: loss (cross entropy)")...)
		if v != nil {
			t.Errorf("%s: a value %v came out", test.name, v)
		}
	}
	if _, err := b.ops[0].Do(floats(2, 3), labels); err != nil {
		t.Errorf("the right values: %v", err)
	}
}

// TestAddedAfterCompile wants a builder that has compiled to add no more, and an
// error, not a crash, from an operation that was not compiled.
func TestAddedAfterCompile(t *testing.T) {
	b := NewBuilder(NewState(), Options{})
	y := b.Activate("first", b.Input("x", 2, 3), ReLU)
	vm := gorgonia.NewTapeMachine(b.Graph())
	defer vm.Close()
	wantError(t, "RunAll", vm.RunAll(), "first", "Compile")
	run(t, compile(t, b))
	b.Activate("second", y, ReLU)
	wantError(t, "Err", b.Err(), "second", "compiled")
}

// TestOneState trains on one graph and wants inference graphs of other sizes
// over the same state to follow.
func TestOneState(t *testing.T) {
	state := NewState()
	s := newTrainer(t, state, 6)
	tensors := len(state.Tensors())
	images := make([]float32, 5*8*8*3)
	fill(images, 2)
	infer := map[int]func() []float32{}
	for _, size := range []int{1, 2, 5} {
		b := NewBuilder(state, Options{Seed: 99})
		x, logits := classifier(b, size)
		m := compile(t, b)
		infer[size] = func() []float32 {
			copy(Floats(x), images)
			run(t, m)
			return append([]float32(nil), Floats(logits)...)
		}
	}
	if got := len(state.Tensors()); got != tensors {
		t.Fatalf("the inference graphs made %d tensors of their own", got-tensors)
	}
	before := infer[5]()
	first := Scalar(s.loss)
	for step := range 10 {
		run(t, s.m)
		if step == 0 {
			first = Scalar(s.loss)
		}
		for _, p := range s.b.params {
			w := state.Get(p.Name()).Data()
			SGD(w, make([]float32, len(w)), gradient(t, p), 0.1, 0, 0, false)
		}
	}
	if last := Scalar(s.loss); !(last < first) {
		t.Errorf("the loss went from %v to %v in ten steps on one batch", first, last)
	}
	after := infer[5]()
	if d := distance(t, "logits", after, before); !(d > 1e-2) {
		t.Errorf("training changed the logits of an inference graph by %v only", d)
	}
	again := infer[5]()
	sameBits(t, "logits of a second run", again, after)
	sameBits(t, "logits of a batch of 1", infer[1](), after[:5])
	sameBits(t, "logits of a batch of 2", infer[2](), after[:10])
}

// TestConcurrentInference runs graphs over one state at the same time.
func TestConcurrentInference(t *testing.T) {
	state := NewState()
	type worker struct {
		m         *Machine
		x, logits *gorgonia.Node
	}
	var workers []worker
	for i := range 3 {
		b := NewBuilder(state, Options{Seed: 1})
		x, logits := classifier(b, 2)
		workers = append(workers, worker{compile(t, b), x, logits})
		fill(Floats(x), uint64(i))
	}
	var want [][]float32
	for _, w := range workers {
		run(t, w.m)
		want = append(want, append([]float32(nil), Floats(w.logits)...))
	}
	var wg sync.WaitGroup
	for i, w := range workers {
		wg.Go(func() {
			for range 20 {
				if err := w.m.Run(); err != nil {
					t.Error(err)
					return
				}
				for j, v := range Floats(w.logits) {
					if v != want[i][j] {
						t.Errorf("graph %d: logit %d is %v, alone it was %v", i, j, v, want[i][j])
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

// TestParamsOfMachine wants a Gorgonia solver to move the state's tensors.
func TestParamsOfMachine(t *testing.T) {
	state := NewState()
	s := newTrainer(t, state, 4)
	run(t, s.m)
	w := state.Get("fc.weight").Data()
	want := append([]float32(nil), w...)
	for i, g := range gradient(t, s.b.params[len(s.b.params)-2]) {
		want[i] -= 0.5 * g
	}
	if err := gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.5)).Step(s.m.Params()); err != nil {
		t.Fatal(err)
	}
	if d := distance(t, "fc.weight", w, want); !(d < 1e-6) {
		t.Errorf("a step of Gorgonia's solver is %v from plain descent", d)
	}
}

// TestValues wants the accessors to tell apart what a node holds.
func TestValues(t *testing.T) {
	b := NewBuilder(NewState(), Options{})
	x, labels := b.Input("x", 3, 4), b.Labels("labels", 3)
	loss, correct := b.CrossEntropy("loss", x, labels)
	double, err := gorgonia.Add(loss, loss)
	if err != nil {
		t.Fatal(err)
	}
	if Floats(loss) != nil {
		t.Error("an operation has memory before Compile")
	}
	m := compile(t, b)
	copy(Floats(x), []float32{9, 0, 0, 0, 0, 9, 0, 0, 0, 0, 9, 0})
	copy(Ints(labels), []int32{0, 1, 3})
	run(t, m)
	if Ints(x) != nil || Floats(labels) != nil {
		t.Error("images count as labels, or labels as images")
	}
	if Scalar(correct) != 2 {
		t.Errorf("%v correct, want 2", Scalar(correct))
	}
	want := 3 + math.Log(1+3*math.Exp(-9)) // one of three is 9 off
	if got := float64(Scalar(loss)); math.Abs(got-want) > 1e-6 {
		t.Errorf("loss %v, want %v", got, want)
	}
	if got := Scalar(double); got != 2*Scalar(loss) {
		t.Errorf("a Gorgonia scalar is %v, want %v", got, 2*Scalar(loss))
	}
}

// TestDeepGraph wants no two nodes of a deep network to share a hash.
func TestDeepGraph(t *testing.T) {
	b := NewBuilder(NewState(), Options{Training: true})
	x := b.variable("x", 2, 4, 4, 2)
	y := x
	for i := range 60 {
		name := fmt.Sprintf("layer%d", i)
		y = b.Norm(name+".bn", b.Conv(name, y, Conv{Out: 2, Kernel: 3, Pad: 1}), Norm{Shortcut: y, Activation: ReLU})
	}
	loss, _ := b.CrossEntropy("loss", b.Linear("fc", b.GlobalAvgPool("pool", y), 2), b.Labels("labels", 2))
	b.Gradients(loss)
	seen := map[uint32]*gorgonia.Node{}
	for _, n := range b.Graph().AllNodes() {
		if other := seen[n.Hashcode()]; other != nil {
			t.Errorf("%v and %v share a hash", n, other)
		}
		seen[n.Hashcode()] = n
		if o, ok := n.Op().(*op); ok && o.nodeHash() != n.Hashcode() {
			t.Errorf("%v: hash %08x, Gorgonia's is %08x", o, o.nodeHash(), n.Hashcode())
		}
	}
	run(t, compile(t, b))
}
