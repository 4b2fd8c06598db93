package resnet

import (
	"fmt"
	"slices"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Network is something that classifies pictures.
type Network interface {
	// Build emits the network on images x [N H W C] and returns the logits
	// [N Classes].
	Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node

	// Features emits the network without its head and returns the outputs of its
	// stages, [N H W C] each: C2 to C5 of an ImageNet ResNet. To read them after a
	// run, name them to Compile.
	Features(b *graph.Builder, x *gorgonia.Node) []*gorgonia.Node

	// Info tells what to know of it.
	Info() Info
}

// Info is what to know of a network.
type Info struct {
	Name    string
	Layers  int // with weights, on the main path, as the papers count
	Input   int // height and width of the pictures it is usually fed
	Classes int
}

// Config is a residual (or plain) network as data: a stem, stages of one kind of
// block, global average pooling and a linear layer. Tensors have torchvision's
// names: conv1, bn1, layer1.0.conv1 and so on, fc.
type Config struct {
	About  Info
	Stem   Stem // nil means StemCIFAR
	Block  blocks.Block
	Unit   blocks.Unit // of every unit, but for Planes and Stride; its Drop is the last one's
	Stages []Stage

	// Dropout is the probability of dropping what goes into the linear layer.
	Dropout float64

	// PreAct says that the units are pre-activated: a last norm and ReLU follow
	// them (He et al. 2016).
	PreAct bool
}

// Stem emits what comes before the units, on images x [N H W C]. The unit is those
// of the first stage, with its Planes.
type Stem func(b *graph.Builder, x *gorgonia.Node, u blocks.Unit) *gorgonia.Node

// StemCIFAR is a 3x3 convolution, norm and activation.
func StemCIFAR(b *graph.Builder, x *gorgonia.Node, u blocks.Unit) *gorgonia.Node {
	return b.Norm("bn1", b.Conv("conv1", x, graph.Conv{Out: u.Planes, Kernel: 3, Pad: 1}), u.ActivatedNorm())
}

// StemImageNet is a 7x7 convolution of stride 2, norm, activation and a 3x3 max
// pooling of stride 2.
func StemImageNet(b *graph.Builder, x *gorgonia.Node, u blocks.Unit) *gorgonia.Node {
	y := b.Conv("conv1", x, graph.Conv{Out: u.Planes, Kernel: 7, Stride: 2, Pad: 3})
	return b.MaxPool("maxpool", b.Norm("bn1", y, u.ActivatedNorm()), 3, 2, 1)
}

// Stage is a run of units of the same width, Planes as in blocks.Unit; the first has
// the stride, the others 1.
type Stage struct {
	Units, Planes, Stride int

	// Dilation is that of the 3x3 convolutions of residual units, 0 for 1; the first unit
	// has that of the stage before.
	Dilation int
}

// WithOutputStride is the network with stages whose outputs are no smaller than the
// picture by more than the stride, such as 8 or 16, of a stem for ImageNet: strides
// beyond it become dilations, which change no tensor (Chen et al. 2017, section 3.1;
// torchvision's replace_stride_with_dilation).
func (c Config) WithOutputStride(stride int) Config {
	c.Stages = slices.Clone(c.Stages)
	at, dilation := 4, 1 // of the stem
	for i := range c.Stages {
		s := &c.Stages[i]
		if at*s.Stride > stride {
			dilation *= s.Stride
			s.Stride = 1
		}
		at *= s.Stride
		s.Dilation = dilation
	}
	return c
}

// Info implements Network.
func (c Config) Info() Info { return c.About }

// Build implements Network.
func (c Config) Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	y := c.trunk(b, x)
	if b.Err() != nil {
		return nil
	}
	return b.Linear("fc", b.Dropout("dropout", b.GlobalAvgPool("avgpool", y), c.Dropout), c.About.Classes)
}

// trunk emits all but pooling and linear layer.
func (c Config) trunk(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	features := c.Features(b, x)
	if b.Err() != nil {
		return nil
	}
	y := features[len(features)-1]
	if c.PreAct {
		y = b.Norm("norm", y, c.Unit.ActivatedNorm())
	}
	return y
}

// Features implements Network.
func (c Config) Features(b *graph.Builder, x *gorgonia.Node) []*gorgonia.Node {
	if len(c.Stages) == 0 || c.Block == nil || c.About.Classes < 1 {
		b.Fail(errors.Errorf("resnet: %s: a network needs a block, a stage and a class", c.About.Name))
		return nil
	}
	stem, u := c.Stem, c.Unit
	if stem == nil {
		stem = StemCIFAR
	}
	u.Planes = c.Stages[0].Planes
	y := stem(b, x, u)
	features := make([]*gorgonia.Node, len(c.Stages))
	units, done, dilation := 0, 0, 0
	for _, s := range c.Stages {
		units += s.Units
	}
	for i, s := range c.Stages {
		for j := range s.Units {
			u := c.Unit
			u.Planes, u.Stride = s.Planes, 1
			u.Activated = i == 0 && j == 0
			u.Dilation = s.Dilation
			if j == 0 {
				u.Stride, u.Dilation = s.Stride, dilation
			}
			done++
			u.Drop = c.Unit.Drop * float64(done) / float64(units) // Huang et al. 2016, section 3
			y = c.Block(b, fmt.Sprintf("layer%d.%d", i+1, j), y, u)
		}
		features[i], dilation = y, s.Dilation
	}
	return features
}
