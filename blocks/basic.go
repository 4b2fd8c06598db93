package blocks

import (
	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// BasicBlock is relu(F(x) + shortcut(x)) with F = bn(conv3x3(relu(bn(conv3x3(x)))))
// (He et al. 2015, figure 5 left): [N H W C] to [N H/Stride W/Stride Planes].
// Without a shortcut it is its plain twin, relu(F(x)). Here and below relu and bn stand
// for what Unit.Activation and Unit.Norm say.
func BasicBlock(b *graph.Builder, name string, x *gorgonia.Node, u Unit) *gorgonia.Node {
	b = b.Scope(name)
	y := b.Conv("conv1", x, u.spatial(u.Planes, u.Stride, 1))
	y = b.Norm("bn1", y, u.ActivatedNorm())
	y = b.Conv("conv2", y, u.spatial(u.Planes, 1, 1))
	return u.end(b, "bn2", y, x, u.Planes)
}

// Bottleneck is relu(F(x) + shortcut(x)) with F a 1x1, a 3x3 and a 1x1
// convolution, each with batch norm (He et al. 2015, figure 5 right): [N H W C]
// to [N H/Stride W/Stride 4*Planes].
func Bottleneck(b *graph.Builder, name string, x *gorgonia.Node, u Unit) *gorgonia.Node {
	first, second := 1, u.Stride
	if u.StrideFirst {
		first, second = u.Stride, 1
	}
	b = b.Scope(name)
	y := b.Conv("conv1", x, graph.Conv{Out: u.width(), Kernel: 1, Stride: first})
	y = b.Norm("bn1", y, u.ActivatedNorm())
	y = b.Conv("conv2", y, u.spatial(u.width(), second, u.Groups))
	y = b.Norm("bn2", y, u.ActivatedNorm())
	y = b.Conv("conv3", y, graph.Conv{Out: Expansion * u.Planes, Kernel: 1})
	return u.end(b, "bn3", y, x, Expansion*u.Planes)
}
