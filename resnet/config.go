package resnet

import (
	"fmt"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Config is a network as data: a stem, stages of one kind of block, global
// average pooling and a linear layer. Tensors have torchvision's names: conv1,
// bn1, layer1.0.conv1 and so on, fc.
type Config struct {
	Name     string
	Block    blocks.Block
	Stages   []Stage
	Shortcut blocks.Shortcut
	Classes  int
}

// Stage is a run of units of the same width; the first has the stride.
type Stage struct {
	Units, Planes, Stride int
}

// Build emits the network on images x [N H W 3] and returns the logits
// [N Classes]. The stem is the 3x3 convolution of the CIFAR networks, as wide as
// the first stage.
func (c Config) Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if len(c.Stages) == 0 || c.Block == nil || c.Classes < 1 {
		b.Fail(errors.Errorf("resnet: %s: a network needs a block, a stage and a class", c.Name))
		return nil
	}
	y := b.Conv("conv1", x, graph.Conv{Out: c.Stages[0].Planes, Kernel: 3, Pad: 1})
	y = b.BatchNormReLU("bn1", y)
	for i, s := range c.Stages {
		for j := range s.Units {
			u := blocks.Unit{Planes: s.Planes, Stride: 1, Shortcut: c.Shortcut}
			if j == 0 {
				u.Stride = s.Stride
			}
			y = c.Block(b, fmt.Sprintf("layer%d.%d", i+1, j), y, u)
		}
	}
	y = b.GlobalAvgPool("avgpool", y)
	return b.Linear("fc", y, c.Classes)
}

// Layers is the number of layers with weights on the main path, two a unit, as
// the paper counts.
func (c Config) Layers() int {
	n := 2 // the stem and the linear layer
	for _, s := range c.Stages {
		n += 2 * s.Units
	}
	return n
}
