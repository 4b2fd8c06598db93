package blocks

import (
	"fmt"

	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// ASPP is atrous spatial pyramid pooling (Chen et al. 2017, section 3.3): a 1x1
// convolution, a 3x3 of each of the rates as its dilation, and the average of the whole
// picture side by side, put together by channels and projected, [N H W C] to
// [N H W out]. In training the values of the projection are dropped with the probability.
// Every convolution, begun by init, has a norm with ReLU: name.convs.0.0 and .1, and
// name.project.0 and .1, as in torchvision.
func ASPP(b *graph.Builder, name string, x *gorgonia.Node, out int, rates []int, dropout float64, init graph.Initializer) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	b = b.Scope(name)
	height, width := x.Shape()[1], x.Shape()[2]
	one := graph.Conv{Out: out, Kernel: 1, Init: init}
	branches := gorgonia.Nodes{NumberedConvNorm(b, "convs.0", 0, x, one)}
	for i, rate := range rates {
		c := graph.Conv{Out: out, Kernel: 3, Pad: rate, Dilation: rate, Init: init}
		branches = append(branches, NumberedConvNorm(b, fmt.Sprintf("convs.%d", i+1), 0, x, c))
	}
	pool := fmt.Sprintf("convs.%d", len(rates)+1)
	y := NumberedConvNorm(b, pool, 1, b.AdaptiveAvgPool(pool+".0", x, 1, 1), one)
	branches = append(branches, b.Resize(pool+".up", y, height, width, graph.Bilinear))
	y = NumberedConvNorm(b, "project", 0, b.Concat("concat", branches...), one)
	return b.Dropout("project.3", y, dropout)
}

// NumberedConvNorm is a convolution and a norm with ReLU whose names are numbers from
// the given one on, as in a Sequential of PyTorch: name.0 and name.1.
func NumberedConvNorm(b *graph.Builder, name string, from int, x *gorgonia.Node, c graph.Conv) *gorgonia.Node {
	b = b.Scope(name)
	return b.Norm(fmt.Sprint(from+1), b.Conv(fmt.Sprint(from), x, c), graph.Norm{Activation: graph.ReLU})
}
