package blocks

import (
	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// Inception says how many channels the four branches of an Inception module have.
type Inception struct {
	One                int // of the 1x1 convolution
	BeforeThree, Three int // of the 1x1 before the 3x3, and of the 3x3
	BeforeFive, Five   int // of the 1x1 before the 5x5, and of the 5x5: see InceptionModule
	AfterPool          int // of the 1x1 behind the pooling
}

// InceptionModule is 1x1, 3x3, 5x5 and pooling side by side, put together by channels
// (Szegedy et al. 2014, figure 2b): [N H W C] to
// [N H W One+Three+Five+AfterPool]. It is torchvision's: the 5x5 is a 3x3, and every
// convolution, begun by init, has a norm.
func InceptionModule(b *graph.Builder, name string, x *gorgonia.Node, w Inception, init graph.Initializer, norm graph.Norm) *gorgonia.Node {
	b = b.Scope(name)
	one := ConvNorm(b, "branch1", x, graph.Conv{Out: w.One, Kernel: 1, Init: init}, norm)
	three := ConvNorm(b, "branch2.0", x, graph.Conv{Out: w.BeforeThree, Kernel: 1, Init: init}, norm)
	three = ConvNorm(b, "branch2.1", three, graph.Conv{Out: w.Three, Kernel: 3, Pad: 1, Init: init}, norm)
	five := ConvNorm(b, "branch3.0", x, graph.Conv{Out: w.BeforeFive, Kernel: 1, Init: init}, norm)
	five = ConvNorm(b, "branch3.1", five, graph.Conv{Out: w.Five, Kernel: 3, Pad: 1, Init: init}, norm)
	pool := b.MaxPool("branch4.0", x, 3, 1, 1)
	pool = ConvNorm(b, "branch4.1", pool, graph.Conv{Out: w.AfterPool, Kernel: 1, Init: init}, norm)
	return b.Concat("concat", one, three, five, pool)
}

// ConvNorm is a convolution without bias, name.conv, and a norm with ReLU, name.bn.
func ConvNorm(b *graph.Builder, name string, x *gorgonia.Node, c graph.Conv, norm graph.Norm) *gorgonia.Node {
	b = b.Scope(name)
	norm.Activation = graph.ReLU
	return b.Norm("bn", b.Conv("conv", x, c), norm)
}
