package resnet

import (
	"fmt"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// DenseNet is the network of Huang et al. 2016 with bottlenecks and compression
// (DenseNet-BC): every layer of a block sees what all before it made. Tensors have
// torchvision's names.
type DenseNet struct {
	About  Info
	Blocks []int // layers of each block
	Stem   int   // channels of the first convolution
	Small  bool  // the first convolution is a 3x3, without norm and pooling, as for CIFAR
	Layer  blocks.Dense
}

var densenets = []DenseNet{
	{About: Info{"densenet121", 121, 224, 1000}, Blocks: []int{6, 12, 24, 16}, Stem: 64, Layer: blocks.Dense{Growth: 32}},
	{About: Info{"densenet161", 161, 224, 1000}, Blocks: []int{6, 12, 36, 24}, Stem: 96, Layer: blocks.Dense{Growth: 48}},
	{About: Info{"densenet169", 169, 224, 1000}, Blocks: []int{6, 12, 32, 32}, Stem: 64, Layer: blocks.Dense{Growth: 32}},
	{About: Info{"densenet201", 201, 224, 1000}, Blocks: []int{6, 12, 48, 32}, Stem: 64, Layer: blocks.Dense{Growth: 32}},
	{About: Info{"densenet_bc100_12", 100, 32, 10}, Blocks: []int{16, 16, 16}, Stem: 24, Small: true, Layer: blocks.Dense{Growth: 12}},
}

var _ = register(Family{
	Paper: "Huang et al. 2016 (DenseNet)", Year: 2016, Tensor: "features.denseblock1.",
	Names: []string{"densenet121", "densenet161", "densenet169", "densenet201", "densenet_bc100_12"},
	New: func(name string, o Options) (Network, error) {
		for _, d := range densenets {
			if d.About.Name != name {
				continue
			}
			if err := o.onlyResidual(name); err != nil {
				return nil, err
			}
			d.About = o.about(d.About)
			d.Small = d.Small || d.About.Input < 64
			d.Layer.Drop = max(o.Dropout, 0)
			return d, nil
		}
		return nil, ErrUnknown
	},
})

// Info implements Network.
func (d DenseNet) Info() Info { return d.About }

// Build implements Network.
func (d DenseNet) Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	y := d.trunk(b, x)
	if b.Err() != nil {
		return nil
	}
	return b.Linear("classifier", b.GlobalAvgPool("avgpool", y), d.About.Classes)
}

// BuildFullyConvolutional implements FullyConvolutional.
func (d DenseNet) BuildFullyConvolutional(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	y := d.trunk(b, checkSize(b, d.About, x))
	if b.Err() != nil {
		return nil
	}
	return b.GlobalAvgPool("places", b.Linear("classifier", b.AvgPool("avgpool", y, window(b, y, d.About.Input), 1), d.About.Classes))
}

// trunk emits all but pooling and linear layer.
func (d DenseNet) trunk(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	features := d.Features(b, x)
	if b.Err() != nil {
		return nil
	}
	return b.Norm("features.norm5", features[len(features)-1], d.norm())
}

// norm is one with ReLU.
func (d DenseNet) norm() graph.Norm {
	n := d.Layer.Norm
	n.Activation = graph.ReLU
	return n
}

// Features implements Network: the outputs of the blocks.
func (d DenseNet) Features(b *graph.Builder, x *gorgonia.Node) (features []*gorgonia.Node) {
	if len(d.Blocks) == 0 || d.Layer.Growth < 1 || d.Stem < 1 || d.About.Classes < 1 {
		b.Fail(errors.Errorf("resnet: %s: a DenseNet needs blocks, channels of its stem, a growth and classes", d.About.Name))
		return nil
	}
	b = b.Scope("features")
	var y *gorgonia.Node
	if d.Small {
		y = b.Conv("conv0", x, graph.Conv{Out: d.Stem, Kernel: 3, Pad: 1})
	} else {
		y = b.Conv("conv0", x, graph.Conv{Out: d.Stem, Kernel: 7, Stride: 2, Pad: 3})
		y = b.MaxPool("pool0", b.Norm("norm0", y, d.norm()), 3, 2, 1)
	}
	for i, layers := range d.Blocks {
		if i > 0 && b.Err() == nil {
			y = blocks.Transition(b, fmt.Sprintf("transition%d", i), y, y.Shape()[3]/2, d.Layer.Norm)
		}
		block := b.Scope(fmt.Sprintf("denseblock%d", i+1))
		for j := range layers {
			y = blocks.DenseLayer(block, fmt.Sprintf("denselayer%d", j+1), y, d.Layer)
		}
		features = append(features, y)
	}
	return features
}
