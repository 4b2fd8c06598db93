package graph

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph/weights"
	"gorgonia.org/gorgonia"
)

// picture is a case of testdata/operations.safetensors, which testdata/operations.py
// made with PyTorch.
type picture struct {
	Name, Op string
	Inputs   int
	Options  json.RawMessage
}

// emit builds the layer of the case under the name "l".
func (p picture) emit(t *testing.T, b *Builder, x gorgonia.Nodes) *gorgonia.Node {
	t.Helper()
	into := func(v any) {
		if err := json.Unmarshal(p.Options, v); err != nil {
			t.Fatal(err)
		}
	}
	var size struct {
		Height, Width int
		Interpolation Interpolation
	}
	switch p.Op {
	case "pool":
		var o Pool
		into(&o)
		return b.Pool("l", x[0], o)
	case "adaptive":
		into(&size)
		return b.AdaptiveAvgPool("l", x[0], size.Height, size.Width)
	case "response":
		var o LocalResponse
		into(&o)
		return b.LocalResponseNorm("l", x[0], o)
	case "group norm":
		o := Norm{Kind: GroupNorm, Epsilon: 1e-6}
		into(&o)
		return b.Norm("l", x[0], o)
	case "concat":
		return b.Concat("l", x...)
	case "resize":
		into(&size)
		return b.Resize("l", x[0], size.Height, size.Width, size.Interpolation)
	case "transposed":
		var o ConvTranspose
		into(&o)
		return b.ConvTranspose("l", x[0], o)
	case "conv":
		var o Conv
		into(&o)
		return b.Conv("l", x[0], o)
	}
	t.Fatalf("unknown operation %s", p.Op)
	return nil
}

// TestOperationsAgainstPyTorch compares operations on pictures and the gradients of
// inputs and parameters.
func TestOperationsAgainstPyTorch(t *testing.T) {
	arrays, metadata, _, err := weights.ReadSafetensors("../testdata/operations.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	var cases []picture
	if err := json.Unmarshal([]byte(metadata["cases"]), &cases); err != nil {
		t.Fatal(err)
	}
	values := map[string]weights.Array{}
	for _, a := range arrays {
		values[a.Name] = a
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			b := NewBuilder(NewState(), Options{Training: true})
			var x gorgonia.Nodes
			for i := range c.Inputs {
				x = append(x, b.variable(fmt.Sprintf("x%d", i), values[fmt.Sprintf("%s/x%d", c.Name, i)].Shape...))
			}
			y := c.emit(t, b, x)
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			if want := values[c.Name+"/y"].Shape; !y.Shape().Eq(want) {
				t.Fatalf("shape %v, want %v", y.Shape(), want)
			}
			dy := b.Input("dy", y.Shape()...)
			loss, _ := b.dot(y, dy)
			b.Gradients(loss)
			m := compile(t, b, y)
			copy(Floats(dy), values[c.Name+"/dy"].Data)
			for _, s := range b.State().Tensors() {
				if err := s.SetTorch(values[c.Name+"/"+strings.TrimPrefix(s.Name, "l.")].Data); err != nil {
					t.Fatal(err)
				}
			}
			run(t, m)
			near := func(key string, got []float32) {
				t.Helper()
				if e := distance(t, key, got, values[c.Name+"/"+key].Data); !(e <= 3e-6) {
					t.Errorf("%s: relative error %.3g", key, e)
				}
			}
			near("y", Floats(y))
			for i, p := range b.Params() {
				near("d"+strings.TrimPrefix(p.Name(), "l."), b.State().Get(p.Name()).ToTorch(Floats(b.gradients[i])))
			}
		})
	}
}

// TestGradientsOfPictures compares gradients of operations on pictures with finite
// differences.
func TestGradientsOfPictures(t *testing.T) {
	images := func(b *Builder) *gorgonia.Node { return b.variable("x", 2, 5, 6, 4) }
	for name, build := range map[string]func(b *Builder) *gorgonia.Node{
		"max pool, ceil": func(b *Builder) *gorgonia.Node {
			return b.Pool("l", apart(b, images(b)), Pool{Kind: KindMaxPool, Size: 2, Ceil: true})
		},
		"average pool": func(b *Builder) *gorgonia.Node {
			return b.Pool("l", images(b), Pool{Kind: KindAvgPool, Size: 3, Stride: 2, Pad: 1, Ceil: true})
		},
		"average pool without padding": func(b *Builder) *gorgonia.Node {
			return b.Pool("l", images(b), Pool{Kind: KindAvgPool, Size: 3, Stride: 2, Pad: 1, ExcludePad: true})
		},
		"adaptive average pool": func(b *Builder) *gorgonia.Node { return b.AdaptiveAvgPool("l", images(b), 3, 4) },
		"local response norm": func(b *Builder) *gorgonia.Node {
			return b.LocalResponseNorm("l", images(b), LocalResponse{Size: 3, Alpha: 0.5})
		},
		"group norm": func(b *Builder) *gorgonia.Node {
			return b.Norm("l", images(b), Norm{Kind: GroupNorm, Groups: 2, Activation: SiLU})
		},
		"concat": func(b *Builder) *gorgonia.Node {
			x := images(b)
			return b.Concat("l", x, b.Conv("conv", x, Conv{Out: 3, Kernel: 1}), b.Input("s", 2, 5, 6, 2), x)
		},
		"nearest": func(b *Builder) *gorgonia.Node { return b.Resize("l", images(b), 7, 4, Nearest) },
		"bilinear": func(b *Builder) *gorgonia.Node {
			return b.Resize("l", b.Resize("k", images(b), 7, 4, Bilinear), 3, 9, BilinearCorners)
		},
		"transposed conv": func(b *Builder) *gorgonia.Node {
			return b.ConvTranspose("l", images(b), ConvTranspose{Out: 6, Kernel: 3, Stride: 2, Pad: 1, OutputPad: 1, Groups: 2, Bias: true})
		},
		"dilated conv": func(b *Builder) *gorgonia.Node {
			return b.Conv("l", images(b), Conv{Out: 5, Kernel: 3, Width: 2, Pads: [4]int{2, 1, 0, 3}, Dilation: 2, Bias: true})
		},
	} {
		t.Run(name, func(t *testing.T) { check(t, true, func(_ *testing.T, b *Builder) *gorgonia.Node { return build(b) }) })
	}
}

// TestWeightedSum wants the sum, and gradients that are weighted.
func TestWeightedSum(t *testing.T) {
	b := NewBuilder(NewState(), Options{})
	x := b.variable("x", 2, 3)
	one, _ := b.dot(x, b.Input("r", 6))
	fill(Floats(b.inputs[0]), 1)
	loss := b.WeightedSum("sum", []float64{2, -0.5}, one, one)
	b.Gradients(loss)
	run(t, compile(t, b, one))
	if got, want := Scalar(loss), 1.5*Scalar(one); math.Abs(float64(got-want)) > 1e-6 {
		t.Errorf("the sum is %v, want %v", got, want)
	}
	for i, g := range gradient(t, x) {
		if want := 1.5 * Floats(b.inputs[0])[i]; math.Abs(float64(g-want)) > 1e-6 {
			t.Errorf("gradient %d is %v, want %v", i, g, want)
		}
	}
	bad := NewBuilder(NewState(), Options{})
	bad.WeightedSum("sum", []float64{1}, bad.Input("x", 2))
	wantError(t, "a vector", bad.Err(), "sum", "scalars")
}

// TestMisusedPictures wants errors that say what is wrong.
func TestMisusedPictures(t *testing.T) {
	for name, test := range map[string]struct {
		words []string
		build func(b *Builder, x *gorgonia.Node)
	}{
		"a pooling of no kind":     {[]string{"l", `"magic"`, "max pool"}, func(b *Builder, x *gorgonia.Node) { b.Pool("l", x, Pool{Kind: "magic", Size: 2}) }},
		"no size of a pooling":     {[]string{"l", "size"}, func(b *Builder, x *gorgonia.Node) { b.Pool("l", x, Pool{Kind: KindAvgPool}) }},
		"channels without groups":  {[]string{"l", "groups", "3"}, func(b *Builder, x *gorgonia.Node) { b.Norm("l", x, Norm{Kind: GroupNorm, Groups: 3}) }},
		"a group norm of no group": {[]string{"l", "groups", "0"}, func(b *Builder, x *gorgonia.Node) { b.Norm("l", x, Norm{Kind: GroupNorm}) }},
		"nothing to concatenate":   {[]string{"l", "nothing"}, func(b *Builder, x *gorgonia.Node) { b.Concat("l") }},
		"pictures of two sizes":    {[]string{"l", "channels", "(1, 4, 4, 4)"}, func(b *Builder, x *gorgonia.Node) { b.Concat("l", x, b.MaxPool("p", x, 2, 2, 0)) }},
		"an unknown interpolation": {[]string{"l", "unknown interpolation"}, func(b *Builder, x *gorgonia.Node) { b.Resize("l", x, 2, 2, 7) }},
		"no window of responses":   {[]string{"l", "size"}, func(b *Builder, x *gorgonia.Node) { b.LocalResponseNorm("l", x, LocalResponse{}) }},
		"too much output padding": {[]string{"l", "OutputPad:1"}, func(b *Builder, x *gorgonia.Node) {
			b.ConvTranspose("l", x, ConvTranspose{Out: 1, Kernel: 2, OutputPad: 1})
		}},
		"padding said twice": {[]string{"l", "Pads"}, func(b *Builder, x *gorgonia.Node) {
			b.Conv("l", x, Conv{Out: 1, Kernel: 3, Pad: 1, Pads: [4]int{1, 0, 0, 0}})
		}},
		"a kernel that is too far": {[]string{"l", "dilation 4", "8x8"}, func(b *Builder, x *gorgonia.Node) { b.Conv("l", x, Conv{Out: 1, Kernel: 3, Dilation: 4}) }},
		"an adaptive pool to none": {[]string{"l", "0x2"}, func(b *Builder, x *gorgonia.Node) { b.AdaptiveAvgPool("l", x, 0, 2) }},
	} {
		b := NewBuilder(NewState(), Options{})
		test.build(b, b.Input("x", 1, 8, 8, 4))
		wantError(t, name, b.Err(), test.words...)
	}
}
