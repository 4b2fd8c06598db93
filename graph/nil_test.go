package graph

import (
	"testing"

	"github.com/gorgonet/gorgonet/internal/misuse"
	"gorgonia.org/gorgonia"
)

// TestNil wants an error, or nothing, of the methods of what nobody has made.
func TestNil(t *testing.T) {
	// Closing nothing is done at once.
	misuse.Methods(t, []string{"Close"}, (*Builder)(nil), (*Machine)(nil), (*State)(nil), (*Tensor)(nil), (*PackedWeights)(nil), (*Arena)(nil),
		&Builder{}, (&Builder{}).Scope("layer"), &Machine{}, &State{}, &Tensor{}, &PackedWeights{}, &Arena{},
		NewBuilder(NewState(), Options{}), NewState(), NewState().Get("nothing"),
		OperationTime{}, Operation{}, Footprint{}, Range{})
	for _, b := range []*Builder{nil, {}, (*Builder)(nil).Scope("layer")} {
		if y := b.Activate("y", b.Input("x", 1, 2), ReLU); y != nil || b.Training() || b.Packed() || b.Graph() != nil || b.State() != nil {
			t.Error("a builder that nobody has made builds")
		}
		wantError(t, "a builder that nobody has made", b.Err(), "want a Builder of NewBuilder")
	}
}

// TestSteps wants steps of optimizers to refuse values of unequal length.
func TestSteps(t *testing.T) {
	w, v, short := []float32{1, 2}, make([]float32, 2), make([]float32, 1)
	step := AdamStep{First: 1, Rate: 1, Kept: 1}
	for name, err := range map[string]error{
		"SGD without a velocity":   SGD(w, nil, v, 1, 0, 1, false),
		"SGD of a short gradient":  SGD(w, v, short, 1, 0, 1, true),
		"SGD of no weights":        SGD(nil, v, v, 1, 0, 1, true),
		"Adam of short means":      Adam(w, short, v, v, step),
		"Adam of short squares":    Adam(w, v, short, v, step),
		"Adam without a gradient":  Adam(w, v, v, nil, step),
		"Adam of too few gradient": Adam(w, v, v, w[:1], step),
	} {
		wantError(t, name, err, "want values of one length")
	}
	if w[0] != 1 || w[1] != 2 {
		t.Errorf("weights %v after refused steps", w)
	}
	Parallel(10, nil)
}

// TestAbsurd wants strides and sizes that nothing has to end at once: a stride beyond the
// picture is one place, a picture without end an error.
func TestAbsurd(t *testing.T) {
	b := NewBuilder(NewState(), Options{Training: true})
	x := b.Input("x", 2, 4, 5, 3)
	y := b.Conv("conv", b.Conv("first", x, Conv{Out: 16, Kernel: 3, Pad: 1}), Conv{Out: 16, Kernel: 3, Stride: 1 << 31, Pad: 1})
	loss, _ := b.CrossEntropy("loss", b.GlobalAvgPool("pool", y), b.Labels("labels", 2))
	b.Gradients(loss)
	run(t, compile(t, b, y))
	if want := []int{2, 1, 1, 16}; y == nil || !y.Shape().Eq(want) {
		t.Errorf("a stride beyond the picture: %v, %v", y, b.Err())
	}
	for name, resize := range map[string]func(b *Builder, x *gorgonia.Node){
		"resizing": func(b *Builder, x *gorgonia.Node) { b.Resize("y", x, 1, 1<<31, Bilinear) },
		"pooling":  func(b *Builder, x *gorgonia.Node) { b.AdaptiveAvgPool("y", x, 1<<31, 1) },
	} {
		b := NewBuilder(NewState(), Options{})
		resize(b, b.Input("x", 1, 2, 2, 1))
		wantError(t, name, b.Err(), "pixels a side")
	}
}
