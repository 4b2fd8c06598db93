package resnet_test

import (
	"log"
	"os"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"gorgonia.org/gorgonia"
)

// Patchify is a stem that cuts pictures into squares of 4x4 pixels, as ConvNeXt does
// (Liu et al. 2022): one convolution with as large a stride, and a layer norm. The names
// are those of its tensors in files.
func Patchify(b *graph.Builder, x *gorgonia.Node, u blocks.Unit) *gorgonia.Node {
	y := b.Conv("patches", x, graph.Conv{Out: u.Planes, Kernel: 4, Stride: 4, Bias: true})
	return b.Norm("norm", y, graph.Norm{Kind: graph.LayerNorm})
}

// A stem of one's own before the units of ResNet-18, here with SiLU in place of ReLU.
func ExampleStem() {
	network := resnet.Config{
		About:  resnet.Info{Name: "resnet18 on patches", Layers: 18, Input: 224, Classes: 1000},
		Stem:   Patchify,
		Block:  blocks.BasicBlock,
		Unit:   blocks.Unit{Shortcut: blocks.ShortcutB, Activation: graph.SiLU},
		Stages: []resnet.Stage{{Units: 2, Planes: 64, Stride: 1}, {Units: 2, Planes: 128, Stride: 2}, {Units: 2, Planes: 256, Stride: 2}, {Units: 2, Planes: 512, Stride: 2}},
	}
	s, err := resnet.Summarize(network, 0)
	if err != nil {
		log.Fatal(err)
	}
	if err := s.WriteStages(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// resnet18 on patches: 18 layers, input 224x224x3, 1000 classes
	//
	// stage   composition                  output  parameters  multiply-adds
	// stem    4x4, 64, /4                56x56x64       3,264      9,633,792
	// layer1  [3x3, 64; 3x3, 64] x 2     56x56x64     147,968    462,422,016
	// layer2  [3x3, 128; 3x3, 128] x 2  28x28x128     525,568    411,041,792
	// layer3  [3x3, 256; 3x3, 256] x 2  14x14x256   2,099,712    411,041,792
	// layer4  [3x3, 512; 3x3, 512] x 2    7x7x512   8,393,728    411,041,792
	// head    average pool; fc, 1000         1000     513,000        512,000
	// total                                  1000  11,683,240  1,705,693,184
}
