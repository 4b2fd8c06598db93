package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Interpolation is how pictures are brought to another size.
type Interpolation int

// The interpolations of PyTorch's interpolate.
const (
	Nearest         Interpolation = iota // the pixel before: "nearest"
	Bilinear                             // between two pixels each way, where the edges of the picture stay
	BilinearCorners                      // the same, where the middles of the corner pixels stay: align_corners
)

// String is its name.
func (i Interpolation) String() string {
	switch i {
	case Nearest:
		return "nearest"
	case Bilinear:
		return "bilinear"
	case BilinearCorners:
		return "bilinear with aligned corners"
	}
	return "unknown interpolation"
}

// ResizeAttributes are those of KindResize.
type ResizeAttributes struct {
	Output        [2]int // height and width
	Interpolation Interpolation
}

// largestSide is that of what is resized, of which every row and column has a list.
const largestSide = 1 << 20

// sides refuses a picture of a height or width that nothing has.
func (b *Builder) sides(layer string, height, width int) bool {
	if max(height, width) > largestSide {
		b.failf("%s: want pictures of at most %d pixels a side, got %dx%d", b.full(layer), largestSide, height, width)
		return false
	}
	return true
}

// Resize brings pictures x [N H W C] to [N height width C], smaller or larger. Like
// PyTorch's interpolate it does not smooth what it makes smaller.
func (b *Builder) Resize(layer string, x *gorgonia.Node, height, width int, i Interpolation) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	in := x.Shape()
	if in.Dims() != 4 || height < 1 || width < 1 || i < Nearest || i > BilinearCorners {
		return b.failf("%s: want an input [N H W C], a size of at least 1x1 and a known interpolation, got %v, %dx%d and %v", b.full(layer), in, height, width, i)
	}
	if !b.sides(layer, height, width) {
		return nil
	}
	taps := func(n, length int) [][]kernel.Tap {
		if i == Nearest {
			return kernel.NearestTaps(n, length)
		}
		return kernel.LinearTaps(n, length, i == BilinearCorners)
	}
	r := kernel.Resample{N: in[0], H: in[1], W: in[2], C: in[3], Rows: taps(height, in[1]), Cols: taps(width, in[2])}
	d := definition{
		kind: KindResize, attributes: ResizeAttributes{[2]int{height, width}, i}, out: tensor.Shape{in[0], height, width, in[3]},
		run: func(y []float32, in []operand) { r.Forward(y, in[0].f) },
	}
	d.diff = func(_ *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		g := d.gradient(Gradient, in[0])
		g.run = func(dx []float32, in []operand) { r.Backward(dx, in[0].f) }
		return gorgonia.Nodes{b.apply(layer, g, dy)}
	}
	return b.apply(layer, d, x)
}
