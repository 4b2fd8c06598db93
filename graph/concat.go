package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// ConcatAttributes are those of KindConcat and, on the way back, of its gradients.
type ConcatAttributes struct {
	Channels []int // of each input
	Part     int   // the input that it is the gradient of
}

// Concat puts the channels of pictures next to each other, those of the first input
// first: of inputs [N H W C1], [N H W C2] and so on it makes [N H W C1+C2+...]. Rows
// [N C1], [N C2] are put together likewise.
func (b *Builder) Concat(layer string, inputs ...*gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, inputs...) {
		return nil
	}
	if len(inputs) == 0 {
		return b.failf("%s: there is nothing to concatenate", b.full(layer))
	}
	shape := inputs[0].Shape().Clone()
	last := shape.Dims() - 1
	if last < 1 {
		return b.failf("%s: want inputs [N H W C] or [N C], got %v", b.full(layer), shape)
	}
	channels := make([]int, len(inputs))
	shape[last] = 0
	for i, in := range inputs {
		if in.Shape().Dims() != last+1 || !in.Shape()[:last].Eq(shape[:last]) {
			return b.failf("%s: inputs may differ in their channels alone, got %v and %v", b.full(layer), inputs[0].Shape(), in.Shape())
		}
		channels[i] = in.Shape()[last]
		shape[last] += channels[i]
	}
	if len(inputs) == 1 {
		return inputs[0]
	}
	return b.concat(layer, shape, channels, inputs)
}

// concat emits the copies, and for the way back one for each input.
func (b *Builder) concat(layer string, shape tensor.Shape, channels []int, inputs gorgonia.Nodes) *gorgonia.Node {
	whole := shape[shape.Dims()-1]
	rows := shape.TotalSize() / whole
	all := make([]int, len(inputs))
	for i := range all {
		all[i] = i
	}
	return b.apply(layer, definition{
		kind: KindConcat, attributes: ConcatAttributes{Channels: channels}, out: shape, wide: all,
		run: func(y []float32, in []operand) {
			at := 0
			for i, c := range channels {
				if x := in[i].f; &x[0] != &y[0] { // it is there already
					kernel.CopyChannels(y, x, len(y)/rows, at, len(x)/rows, 0, c)
				}
				at += c
			}
		},
		diff: func(o *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
			grads := make(gorgonia.Nodes, len(in))
			at := 0
			if joined := b.prefixes.concats[o]; joined != nil {
				joined.gradient = dy
			}
			for i, c := range channels {
				if first := at; o.wrt[i] {
					grads[i] = b.apply(layer, definition{
						kind: KindConcat, role: Gradient, attributes: ConcatAttributes{channels, i}, out: in[i].Shape().Clone(), wide: []int{0},
						run: func(dx []float32, in []operand) {
							kernel.CopyChannels(dx, in[0].f, c, 0, len(in[0].f)/rows, first, c)
						},
					}, dy)
				}
				at += c
			}
			return grads
		},
	}, inputs...)
}
