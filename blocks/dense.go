package blocks

import (
	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// Dense says what the layers of a dense block are like.
type Dense struct {
	Growth     int        // channels that a layer adds, k
	Bottleneck int        // output channels of the 1x1 convolution, in multiples of Growth; 0 means 4
	Drop       float64    // dropout of what a layer adds
	Norm       graph.Norm // the zero value is batch norm with PyTorch's constants
}

// DenseLayer puts k channels behind those of x: with H = conv3x3(relu(bn(conv1x1(
// relu(bn(x)))))) it is [x, H(x)] (Huang et al. 2016, "Densely Connected Convolutional
// Networks", section 3, the bottleneck of DenseNet-B): [N H W C] to [N H W C+Growth].
func DenseLayer(b *graph.Builder, name string, x *gorgonia.Node, d Dense) *gorgonia.Node {
	b = b.Scope(name)
	width := d.Bottleneck
	if width == 0 {
		width = 4
	}
	norm := d.Norm
	norm.Activation = graph.ReLU
	first := norm
	first.Recompute = true // there are as many values as in all layers before
	y := b.Conv("conv1", b.Norm("norm1", x, first), graph.Conv{Out: width * d.Growth, Kernel: 1})
	y = b.Conv("conv2", b.Norm("norm2", y, norm), graph.Conv{Out: d.Growth, Kernel: 3, Pad: 1})
	return b.Concat("concat", x, b.Dropout("drop", y, d.Drop))
}

// Transition brings what a dense block made to fewer channels and half the height and
// width: avgpool2x2(conv1x1(relu(bn(x)))) (the same, section 3): [N H W C] to
// [N H/2 W/2 out].
func Transition(b *graph.Builder, name string, x *gorgonia.Node, out int, norm graph.Norm) *gorgonia.Node {
	b = b.Scope(name)
	norm.Activation, norm.Recompute = graph.ReLU, true
	y := b.Conv("conv", b.Norm("norm", x, norm), graph.Conv{Out: out, Kernel: 1})
	return b.AvgPool("pool", y, 2, 2)
}
