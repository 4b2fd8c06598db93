package resnet

import (
	"fmt"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// ConvNeXt is a network of depthwise 7x7 convolutions (Liu et al. 2022): a picture is cut
// into square patches, stages of blocks follow, with layer norm and a 2x2 convolution of
// stride 2 between them, and global average pooling, layer norm and a linear layer.
// Tensors have torchvision's names: features.0.0, features.1.0.block.0 and so on,
// classifier.2.
type ConvNeXt struct {
	About Info // but for Layers, which follows from the stages
	Patch int  // height and width of a patch; 0 means 4
	// Stages are the stages; their Stride is 2, but for the first one's.
	Stages []Stage
	// Block is every block; its Drop is the last one's, that of others grows to it from
	// 0 at the first.
	Block   blocks.ConvNeXt
	Dropout float64 // probability of dropping what goes into the linear layer
}

// The rows are those of the paper's section 3 with torchvision's rates of stochastic
// depth. The small one for CIFAR, with 3.4 million parameters, is as wide and deep as
// timm's convnext_atto.
var convNeXts = []ConvNeXt{
	convNeXt("convnext_tiny", 96, []int{3, 3, 9, 3}, 0.1),
	convNeXt("convnext_small", 96, []int{3, 3, 27, 3}, 0.4),
	convNeXt("convnext_base", 128, []int{3, 3, 27, 3}, 0.5),
	convNeXt("convnext_large", 192, []int{3, 3, 27, 3}, 0.5),
	convNeXtCIFAR(),
}

func convNeXt(name string, planes int, units []int, drop float64) ConvNeXt {
	n := ConvNeXt{About: Info{Name: name, Input: 224, Classes: 1000}, Patch: 4, Block: blocks.ConvNeXt{Drop: drop}}
	for i, u := range units {
		n.Stages = append(n.Stages, Stage{Units: u, Planes: planes << i, Stride: 2})
	}
	return n
}

func convNeXtCIFAR() ConvNeXt {
	n := convNeXt("convnext_cifar", 40, []int{2, 2, 6, 2}, 0.1)
	n.About.Input, n.About.Classes, n.Patch = 32, 10, 2
	return n
}

var _ = register(Family{
	Paper: "Liu et al. 2022", Year: 2022,
	Names: []string{"convnext_tiny", "convnext_small", "convnext_base", "convnext_large", "convnext_cifar"},
	New: func(name string, o Options) (Network, error) {
		for _, n := range convNeXts {
			if n.About.Name == name {
				return n.adapt(o), nil
			}
		}
		return nil, ErrUnknown
	},
})

// adapt is the network with the options. Its layer scale starts every block near the
// identity whatever ZeroInitResidual says.
func (n ConvNeXt) adapt(o Options) ConvNeXt {
	n.About = o.about(n.About)
	n.Block.Plain = o.Shortcut == blocks.ShortcutNone
	n.Block.Drop = o.or(o.Drop, n.Block.Drop)
	n.Dropout = o.or(o.Dropout, n.Dropout)
	return n
}

// Info implements Network. A block has three layers with weights; the paper counts
// blocks.
func (n ConvNeXt) Info() Info {
	i := n.About
	i.Layers = 1 + len(n.Stages) // a convolution before each stage, and the linear layer
	for _, s := range n.Stages {
		i.Layers += 3 * s.Units
	}
	return i
}

func (n ConvNeXt) norm() graph.Norm {
	epsilon := n.Block.Epsilon
	if epsilon == 0 {
		epsilon = 1e-6
	}
	return graph.Norm{Kind: graph.LayerNorm, Epsilon: epsilon}
}

// Features implements Network.
func (n ConvNeXt) Features(b *graph.Builder, x *gorgonia.Node) []*gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	if len(n.Stages) == 0 || n.About.Classes < 1 || n.Patch < 0 {
		b.Fail(errors.Errorf("resnet: %s: a ConvNeXt needs a stage, a class and no negative patch", n.About.Name))
		return nil
	}
	patch := n.Patch
	if patch == 0 {
		patch = 4
	}
	features := make([]*gorgonia.Node, len(n.Stages))
	units, done := 0, 0
	for _, s := range n.Stages {
		units += s.Units
	}
	y := x
	for i, s := range n.Stages {
		if name := fmt.Sprintf("features.%d", 2*i); i == 0 {
			y = n.conv(b, name+".0", y, s.Planes, patch)
			y = b.Norm(name+".1", y, n.norm())
		} else {
			y = b.Norm(name+".0", y, n.norm())
			y = n.conv(b, name+".1", y, s.Planes, s.Stride)
		}
		for j := range s.Units {
			block := n.Block
			block.Drop = n.Block.Drop * float64(done) / float64(max(units-1, 1))
			done++
			y = blocks.ConvNeXtBlock(b, fmt.Sprintf("features.%d.%d", 2*i+1, j), y, block)
		}
		features[i] = y
	}
	return features
}

// conv makes a pixel of each square of so many by so many.
func (n ConvNeXt) conv(b *graph.Builder, name string, x *gorgonia.Node, out, side int) *gorgonia.Node {
	return b.Conv(name, x, graph.Conv{Out: out, Kernel: side, Stride: side, Bias: true, Init: graph.Normal(0.02)})
}

// Build implements Network.
func (n ConvNeXt) Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	features := n.Features(b, x)
	if b.Err() != nil {
		return nil
	}
	return n.head(b, b.GlobalAvgPool("avgpool", features[len(features)-1]))
}

// head emits what follows the pooling, on channels or pixels.
func (n ConvNeXt) head(b *graph.Builder, y *gorgonia.Node) *gorgonia.Node {
	y = b.Norm("classifier.0", y, n.norm())
	y = b.Linear("classifier.2", b.Dropout("classifier.1", y, n.Dropout), n.About.Classes)
	b.InitializeBy("classifier.2.weight", graph.Normal(0.02))
	return y
}

// BuildFullyConvolutional implements FullyConvolutional: the average pooling has a window.
func (n ConvNeXt) BuildFullyConvolutional(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	features := n.Features(b, checkSize(b, n.About, x))
	if b.Err() != nil {
		return nil
	}
	y := features[len(features)-1]
	return b.GlobalAvgPool("places", n.head(b, b.AvgPool("avgpool", y, window(b, y, n.About.Input), 1)))
}
