package graph

import (
	"hash"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// TestMisuse wants an error that says what is wrong, nil or NaN of every wrong use.
func TestMisuse(t *testing.T) {
	nan := func(v float32) bool { return v != v }
	for _, test := range []struct {
		name string
		try  func(t *testing.T) error // nil where the wrong use itself is told by nil or NaN
		want string
	}{
		{"a graph without a state", func(t *testing.T) error {
			b := NewBuilder(nil, Options{})
			b.Activate("y", b.Input("x", 1, 2), ReLU)
			_, err := b.Compile()
			return err
		}, "want a State, got nil"},
		{"a state of nobody's making", func(t *testing.T) error {
			b := NewBuilder(&State{}, Options{})
			run(t, compile(t, b, b.Linear("fc", b.Input("x", 1, 2), 3)))
			w := b.State().Get("fc.weight")
			if w.ToTorch([]float32{1}) != nil || len(w.ToTorch(make([]float32, 6))) != 6 {
				t.Error("too few values have PyTorch's layout")
			}
			(*Machine)(nil).Measure()
			return nil
		}, ""},
		{"nil nodes", func(t *testing.T) error {
			if Floats(nil) != nil || Ints(nil) != nil || !nan(Scalar(nil)) {
				t.Error("a node that is nil has a value")
			}
			return nil
		}, ""},
		{"the scalar of a vector", func(t *testing.T) error {
			s := newTrainer(t, NewState(), 4)
			if !nan(Scalar(s.loss)) {
				t.Error("a loss before the first run")
			}
			run(t, s.m)
			if nan(Scalar(s.loss)) || !nan(Scalar(s.x)) || !nan(Scalar(s.labels)) {
				t.Errorf("scalars %v, %v and %v, want one and NaN for images and labels", Scalar(s.loss), Scalar(s.x), Scalar(s.labels))
			}
			Ints(s.labels)[0] = 9
			err := s.m.Run()
			if !nan(Scalar(s.loss)) {
				t.Error("a loss after a run that did not reach it")
			}
			return err
		}, "label 9 in a network of 5 classes"},
		{"a target that is no probability", func(t *testing.T) error {
			b := NewBuilder(NewState(), Options{})
			targets := b.Input("targets", 2, 2)
			b.BinaryCrossEntropy("loss", b.Input("x", 2, 2), targets, nil, nil)
			Floats(targets)[3] = 255
			return compile(t, b).Run()
		}, "target 3 is 255; want 0 to 1"},
		{"a second Compile", func(t *testing.T) error {
			b := NewBuilder(NewState(), Options{})
			_, logits := classifier(b, 2)
			compile(t, b, logits)
			f, err := b.Footprint()
			if err != nil || f.Packed == 0 {
				t.Errorf("the footprint of a compiled graph is %+v, %v", f, err)
			}
			_, err = b.Compile(b.Operations()[0].Node)
			return err
		}, "compiled already"},
		{"keeping a node of another graph", func(t *testing.T) error {
			_, other := classifier(NewBuilder(NewState(), Options{}), 2)
			b := NewBuilder(NewState(), Options{})
			classifier(b, 2)
			_, err := b.Compile(other)
			return err
		}, "nil or of another graph"},
		{"keeping what Gorgonia overwrites", func(t *testing.T) error {
			b := NewBuilder(NewState(), Options{})
			square := gorgonia.Must(gorgonia.Square(b.Activate("y", b.Input("x", 4, 100), ReLU)))
			gorgonia.Must(gorgonia.Neg(square))
			_, err := b.Compile(square)
			return err
		}, "work in place"},
		{"running no machine", func(*testing.T) error { return (*Machine)(nil).Run() }, "machine is closed"},
		{"running a closed machine", func(t *testing.T) error {
			s := newTrainer(t, NewState(), 2)
			run(t, s.m)
			loss := Scalar(s.loss)
			for range 2 {
				if err := s.m.Close(); err != nil {
					t.Error(err)
				}
			}
			if err := s.m.RunChecked(); err != ErrClosed {
				t.Errorf("a checked run: %v", err)
			}
			err := s.m.Run()
			if Scalar(s.loss) != loss {
				t.Error("the loss cannot be read any more")
			}
			return err
		}, ErrClosed.Error()},
		{"running a machine that runs", func(t *testing.T) error {
			var m *Machine
			var err error
			m = withBrought(t, func() { err = m.Run() })
			if err := m.Run(); err != nil {
				t.Error(err)
			}
			return err
		}, ErrBusy.Error()},
		{"a panic in an operation of the user's own", func(t *testing.T) error {
			broken := true
			m := withBrought(t, func() {
				if broken {
					panic("it broke")
				}
			})
			err := m.Run()
			broken = false
			if err := m.Run(); err != nil {
				t.Errorf("after it is mended: %v", err)
			}
			return err
		}, "*graph.brought"},
		{"a panic in an operation of Gorgonia's", func(t *testing.T) error {
			b := NewBuilder(NewState(), Options{})
			x := b.Input("x", 3, 4)
			at := gorgonia.NewVector(b.Graph(), tensor.Int, gorgonia.WithShape(2), gorgonia.WithName("at"), gorgonia.WithValue(tensor.New(tensor.WithBacking([]int{1, -1}))))
			rows := gorgonia.Must(gorgonia.ByIndices(b.Activate("y", x, ReLU), at, 0))
			m := compile(t, b, rows)
			err := m.Run()
			at.Value().Data().([]int)[1] = 2
			if err := m.Run(); err != nil {
				t.Errorf("after it is mended: %v", err)
			}
			return err
		}, "*gorgonia.byIndicesOp"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.try(t)
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "":
				wantError(t, test.name, err, test.want)
				if err != nil && (!strings.HasPrefix(err.Error(), "graph: ") || strings.Contains(err.Error(), "\n")) {
					t.Errorf("error %q, want one line that begins with the package", err)
				}
			}
		})
	}
}

// brought is an operation such as users bring: the identity, which calls something.
type brought struct{ call func() }

func (o *brought) Arity() int { return 1 }
func (o *brought) Type() hm.Type {
	v := gorgonia.TensorType{Dims: 2, Of: tensor.Float32}
	return hm.NewFnType(v, v)
}
func (o *brought) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	return in[0].(tensor.Shape), nil
}
func (o *brought) Do(in ...gorgonia.Value) (gorgonia.Value, error) { o.call(); return in[0], nil }
func (o *brought) ReturnsPtr() bool                                { return true }
func (o *brought) CallsExtern() bool                               { return false }
func (o *brought) OverwritesInput() int                            { return -1 }
func (o *brought) WriteHash(h hash.Hash)                           { io.WriteString(h, "brought") }
func (o *brought) Hashcode() uint32                                { return 77 }
func (o *brought) String() string                                  { return "brought" }

// withBrought is a machine that runs one.
func withBrought(t *testing.T, call func()) *Machine {
	b := NewBuilder(NewState(), Options{})
	n, err := gorgonia.ApplyOp(&brought{call}, b.Activate("y", b.Input("x", 2, 3), ReLU))
	if err != nil {
		t.Fatal(err)
	}
	m := compile(t, b)
	if _, ok := n.Op().(*brought); !ok {
		t.Errorf("the node's operation is a %T after Compile", n.Op())
	}
	return m
}

// TestFreed wants graphs that are dropped, closed or not, to leave nothing behind.
func TestFreed(t *testing.T) {
	state := NewState()
	heap := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	grow := func() {
		var server struct { // which the machine reaches through its options
			packed PackedWeights
			m      *Machine
		}
		b := NewBuilder(state, Options{Packed: &server.packed})
		_, logits := classifier(b, 64)
		var err error
		if server.m, err = b.Compile(logits); err != nil {
			t.Fatal(err)
		}
		run(t, server.m)
	}
	const graphs = 50
	for range graphs { // fills what packages keep for use again
		grow()
	}
	before := heap()
	for range graphs {
		grow()
	}
	if each := (heap() - before) / graphs; each > 16<<10 { // one takes 330 KB
		t.Errorf("every graph leaves %d bytes behind", each)
	}
}

// TestReadable wants of every operation the value that it has in memory of its own,
// or nothing: named to Compile or not, read by an operation of Gorgonia's own or not.
func TestReadable(t *testing.T) {
	build := func(o Options, keep bool) (values map[string][]float32) {
		b := NewBuilder(NewState(), o)
		x, logits := classifier(b, 3)
		var kept []*gorgonia.Node
		for i, o := range b.Operations() {
			if keep && i%2 == 0 {
				kept = append(kept, o.Node)
			}
		}
		gorgonia.Must(gorgonia.Neg(gorgonia.Must(gorgonia.Square(b.Operations()[1].Node))))
		gorgonia.Must(gorgonia.Square(logits))
		m := compile(t, b, kept...)
		for i := range 2 {
			fill(Floats(x), uint64(i))
			run(t, m)
		}
		values = map[string][]float32{}
		for _, o := range b.Operations() {
			values[o.Layer] = slices.Clone(Floats(o.Node))
			if keep && slices.Contains(kept, o.Node) && values[o.Layer] == nil {
				t.Errorf("%s was kept and cannot be read", o.Layer)
			}
		}
		return values
	}
	for _, training := range []bool{false, true} {
		want := build(Options{Training: training, Memory: SeparateMemory}, false)
		for _, keep := range []bool{false, true} {
			hidden := 0
			for layer, got := range build(Options{Training: training}, keep) {
				if got == nil {
					hidden++
				} else if d := distance(t, layer, got, want[layer]); d > 1e-5 {
					t.Errorf("training %v, keep %v: %s is %v from its value", training, keep, layer, d)
				}
			}
			if hidden == 0 || hidden == len(want) {
				t.Errorf("training %v, keep %v: %d of %d values are hidden", training, keep, hidden, len(want))
			}
		}
	}
}
