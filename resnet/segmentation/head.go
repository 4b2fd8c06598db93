package segmentation

import (
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// Head scores the places of a feature map x [N H W C] under a name, such as classifier:
// it returns logits [N H W classes].
type Head interface {
	Score(b *graph.Builder, name string, x *gorgonia.Node, classes int) *gorgonia.Node
}

// FCN is the head of torchvision's fully convolutional networks: a 3x3 convolution to a
// quarter of the channels, norm, ReLU, dropout and a 1x1 convolution.
type FCN struct {
	Dropout float64 // probability of dropping a value before the last convolution
}

// dropoutFCN is torchvision's.
const dropoutFCN = 0.1

// Score implements Head.
func (f FCN) Score(b *graph.Builder, name string, x *gorgonia.Node, classes int) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	b = b.Scope(name)
	c := graph.Conv{Out: max(x.Shape()[3]/4, 1), Kernel: 3, Pad: 1, Init: graph.UniformFanIn}
	y := b.Norm("1", b.Conv("0", x, c), graph.Norm{Activation: graph.ReLU})
	return last(b, b.Dropout("3", y, f.Dropout), classes)
}

// DeepLab is the head of DeepLabV3 (Chen et al. 2017, figure 5): atrous spatial pyramid
// pooling, a 3x3 convolution, norm, ReLU and a 1x1 convolution.
type DeepLab struct {
	Channels int     // of every branch, and of what follows
	Rates    []int   // dilations of the branches: 12, 24 and 36 where the output stride is 8
	Dropout  float64 // probability of dropping a value of the pyramid
}

// Score implements Head.
func (d DeepLab) Score(b *graph.Builder, name string, x *gorgonia.Node, classes int) *gorgonia.Node {
	b = b.Scope(name)
	y := blocks.ASPP(b, "0", x, d.Channels, d.Rates, d.Dropout, graph.UniformFanIn)
	y = b.Conv("1", y, graph.Conv{Out: d.Channels, Kernel: 3, Pad: 1, Init: graph.UniformFanIn})
	return last(b, b.Norm("2", y, graph.Norm{Activation: graph.ReLU}), classes)
}

// last is the convolution that a head ends in, which starts as PyTorch's.
func last(b *graph.Builder, x *gorgonia.Node, classes int) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	in := x.Shape()[3]
	y := b.Conv("4", x, graph.Conv{Out: classes, Kernel: 1, Bias: true, Init: graph.UniformFanIn})
	b.InitializeBy("4.bias", func(values []float32, _ graph.Fan, rng *rand.Rand) {
		graph.UniformFanIn(values, graph.Fan{In: max(in, 1)}, rng)
	})
	return y
}
