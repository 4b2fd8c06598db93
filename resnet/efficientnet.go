package resnet

import (
	"fmt"
	"math"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// EfficientNet is a network of inverted residual blocks (Tan and Le 2019, and 2021 for
// version 2): a 3x3 convolution of stride 2, stages of blocks, a 1x1 convolution, global
// average pooling and a linear layer. Tensors have torchvision's names: features.0.0,
// features.1.0.block.0.0 and so on, classifier.1.
//
// Pictures below 64x64 are not made smaller by the first convolution and the first
// stage with a stride, so that those of CIFAR end as 4x4 pixels; tensors are the same.
type EfficientNet struct {
	About  Info // but for Layers, which follows from the stages
	Stem   int  // channels of the first convolution
	Stages []InvertedStage
	Last   int // channels of the last convolution

	// Block is every block, but for what its stage says; its Drop is what that of
	// block i of N, counted from 0, is i/N of.
	Block   blocks.Inverted
	Dropout float64 // probability of dropping what goes into the linear layer
}

// InvertedStage is a run of inverted blocks of the same width; the first has the stride,
// the others 1.
type InvertedStage struct {
	Fused                              bool // FusedMBConv in place of MBConv
	Units, Out, Expand, Kernel, Stride int
}

// efficientNetB0 is the network that the others of version 1 are scaled from (Tan and Le
// 2019, table 1).
var efficientNetB0 = []InvertedStage{
	{false, 1, 16, 1, 3, 1}, {false, 2, 24, 6, 3, 2}, {false, 2, 40, 6, 5, 2}, {false, 3, 80, 6, 3, 2},
	{false, 3, 112, 6, 5, 1}, {false, 4, 192, 6, 5, 2}, {false, 1, 320, 6, 3, 1},
}

// efficientNets are version 1 with torchvision's constants: those of B5 and larger are
// TensorFlow's.
var efficientNets = []EfficientNet{
	scaled("efficientnet_b0", 224, 1, 1, 0.2, graph.Norm{}),
	scaled("efficientnet_b1", 240, 1, 1.1, 0.2, graph.Norm{}),
	scaled("efficientnet_b2", 288, 1.1, 1.2, 0.3, graph.Norm{}),
	scaled("efficientnet_b3", 300, 1.2, 1.4, 0.3, graph.Norm{}),
	scaled("efficientnet_b4", 380, 1.4, 1.8, 0.4, graph.Norm{}),
	scaled("efficientnet_b5", 456, 1.6, 2.2, 0.4, graph.Norm{Epsilon: 1e-3, Momentum: 0.01}),
	scaled("efficientnet_b6", 528, 1.8, 2.6, 0.5, graph.Norm{Epsilon: 1e-3, Momentum: 0.01}),
	scaled("efficientnet_b7", 600, 2, 3.1, 0.5, graph.Norm{Epsilon: 1e-3, Momentum: 0.01}),
}

// scaled is B0 with so many times the channels and the blocks, rounded.
func scaled(name string, input int, width, depth, dropout float64, norm graph.Norm) EfficientNet {
	channels := func(n int) int { return blocks.Divisible(float64(n)*width, 8) }
	e := EfficientNet{About: Info{Name: name, Input: input, Classes: 1000}, Stem: channels(32),
		Block: blocks.Inverted{Norm: norm, Drop: 0.2}, Dropout: dropout}
	for _, s := range efficientNetB0 {
		s.Out, s.Units = channels(s.Out), int(math.Ceil(float64(s.Units)*depth))
		e.Stages = append(e.Stages, s)
	}
	e.Last = 4 * e.Stages[len(e.Stages)-1].Out
	return e
}

// efficientNetsV2 are version 2 (Tan and Le 2021, table 4), with torchvision's constants.
var efficientNetsV2 = []EfficientNet{
	version2("efficientnet_v2_s", 384, 24, 0.2, []InvertedStage{
		{true, 2, 24, 1, 3, 1}, {true, 4, 48, 4, 3, 2}, {true, 4, 64, 4, 3, 2},
		{false, 6, 128, 4, 3, 2}, {false, 9, 160, 6, 3, 1}, {false, 15, 256, 6, 3, 2},
	}),
	version2("efficientnet_v2_m", 480, 24, 0.3, []InvertedStage{
		{true, 3, 24, 1, 3, 1}, {true, 5, 48, 4, 3, 2}, {true, 5, 80, 4, 3, 2},
		{false, 7, 160, 4, 3, 2}, {false, 14, 176, 6, 3, 1}, {false, 18, 304, 6, 3, 2}, {false, 5, 512, 6, 3, 1},
	}),
	version2("efficientnet_v2_l", 480, 32, 0.4, []InvertedStage{
		{true, 4, 32, 1, 3, 1}, {true, 7, 64, 4, 3, 2}, {true, 7, 96, 4, 3, 2},
		{false, 10, 192, 4, 3, 2}, {false, 19, 224, 6, 3, 1}, {false, 25, 384, 6, 3, 2}, {false, 7, 640, 6, 3, 1},
	}),
}

func version2(name string, input, stem int, dropout float64, stages []InvertedStage) EfficientNet {
	return EfficientNet{About: Info{Name: name, Input: input, Classes: 1000}, Stem: stem, Stages: stages, Last: 1280,
		Block: blocks.Inverted{Norm: graph.Norm{Epsilon: 1e-3}, Drop: 0.2}, Dropout: dropout}
}

var (
	_ = register(efficientNetFamily("Tan and Le 2019", 2019, efficientNets))
	_ = register(efficientNetFamily("Tan and Le 2021", 2021, efficientNetsV2))
)

func efficientNetFamily(paper string, year int, rows []EfficientNet) Family {
	f := Family{Paper: paper, Year: year}
	for _, e := range rows {
		f.Names = append(f.Names, e.About.Name)
	}
	f.New = func(name string, o Options) (Network, error) {
		for _, e := range rows {
			if e.About.Name == name {
				return e.adapt(o), nil
			}
		}
		return nil, ErrUnknown
	}
	return f
}

// adapt is the network with the options.
func (e EfficientNet) adapt(o Options) EfficientNet {
	e.About = o.about(e.About)
	e.Block.Plain = o.Shortcut == blocks.ShortcutNone
	e.Block.ZeroInit = o.ZeroInitResidual
	e.Block.Drop = o.or(o.Drop, e.Block.Drop)
	e.Dropout = o.or(o.Dropout, e.Dropout)
	return e
}

// Info implements Network. The layers are those on the main path, without squeeze and
// excitation.
func (e EfficientNet) Info() Info {
	i := e.About
	i.Layers = 3
	for _, s := range e.Stages {
		each := 2 // of a fused block, or one that does not expand
		switch {
		case s.Fused && s.Expand <= 1:
			each = 1
		case !s.Fused && s.Expand > 1:
			each = 3
		}
		i.Layers += s.Units * each
	}
	return i
}

// Features implements Network.
func (e EfficientNet) Features(b *graph.Builder, x *gorgonia.Node) []*gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	if len(e.Stages) == 0 || e.Stem < 1 || e.Last < 1 || e.About.Classes < 1 {
		b.Fail(errors.Errorf("resnet: %s: an EfficientNet needs a stage, channels of its first and last convolution, and a class", e.About.Name))
		return nil
	}
	whole := e.About.Input < 64 // pictures are not made smaller, twice
	stride := 2
	if whole {
		stride = 1
	}
	y := b.Norm("features.0.1", b.Conv("features.0.0", x, graph.Conv{Out: e.Stem, Kernel: 3, Stride: stride, Pad: 1, Init: graph.HeFanOut}), e.activated())
	features := make([]*gorgonia.Node, len(e.Stages))
	units, done := 0, 0
	for _, s := range e.Stages {
		units += s.Units
	}
	for i, s := range e.Stages {
		emit := blocks.MBConv
		if s.Fused {
			emit = blocks.FusedMBConv
		}
		if whole && s.Stride > 1 {
			s.Stride, whole = 1, false
		}
		for j := range s.Units {
			block := e.Block
			block.Out, block.Expand, block.Kernel, block.Stride = s.Out, s.Expand, s.Kernel, 1
			if j == 0 {
				block.Stride = s.Stride
			}
			block.Drop = e.Block.Drop * float64(done) / float64(units)
			done++
			y = emit(b, fmt.Sprintf("features.%d.%d", i+1, j), y, block)
		}
		features[i] = y
	}
	return features
}

// activated is the norm that follows the first and the last convolution.
func (e EfficientNet) activated() graph.Norm {
	n := e.Block.Norm
	if n.Activation = e.Block.Activation; n.Activation == graph.Identity {
		n.Activation = graph.SiLU
	}
	return n
}

// trunk emits all but pooling and linear layer.
func (e EfficientNet) trunk(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	features := e.Features(b, x)
	if b.Err() != nil {
		return nil
	}
	name := fmt.Sprintf("features.%d", len(e.Stages)+1)
	y := b.Conv(name+".0", features[len(features)-1], graph.Conv{Out: e.Last, Kernel: 1, Init: graph.HeFanOut})
	return b.Norm(name+".1", y, e.activated())
}

// head emits the linear layer, on channels or pixels.
func (e EfficientNet) head(b *graph.Builder, y *gorgonia.Node) *gorgonia.Node {
	y = b.Linear("classifier.1", b.Dropout("classifier.0", y, e.Dropout), e.About.Classes)
	b.InitializeBy("classifier.1.weight", graph.UniformFanOut)
	return y
}

// Build implements Network.
func (e EfficientNet) Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return e.head(b, b.GlobalAvgPool("avgpool", e.trunk(b, x)))
}

// BuildFullyConvolutional implements FullyConvolutional: the average pooling has a window.
// Squeeze and excitation looks at the whole of the larger picture.
func (e EfficientNet) BuildFullyConvolutional(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	y := e.trunk(b, checkSize(b, e.About, x))
	if b.Err() != nil {
		return nil
	}
	return b.GlobalAvgPool("places", e.head(b, b.AvgPool("avgpool", y, window(b, y, e.About.Input), 1)))
}
