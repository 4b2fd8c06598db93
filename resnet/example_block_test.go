package resnet_test

import (
	"log"
	"os"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"gorgonia.org/gorgonia"
)

// Separable is a block of one's own: a 3x3 convolution of each channel by itself
// and a 1x1 convolution across them, with the identity or a projection beside.
func Separable(b *graph.Builder, name string, x *gorgonia.Node, u blocks.Unit) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	channels := x.Shape()[3]
	y := b.Conv(name+".conv1", x, graph.Conv{Out: channels, Kernel: 3, Stride: u.Stride, Pad: 1, Groups: channels})
	y = b.Norm(name+".bn1", y, graph.Norm{Activation: graph.ReLU})
	y = b.Conv(name+".conv2", y, graph.Conv{Out: u.Planes, Kernel: 1})
	shortcut := x
	if u.Stride != 1 || channels != u.Planes {
		shortcut = b.Conv(name+".downsample.0", x, graph.Conv{Out: u.Planes, Kernel: 1, Stride: u.Stride})
		shortcut = b.Norm(name+".downsample.1", shortcut, graph.Norm{})
	}
	return b.Norm(name+".bn2", y, graph.Norm{Shortcut: shortcut, Activation: graph.ReLU})
}

// A network of blocks of one's own: Separable goes from a unit's input to its output, in
// the vocabulary of package graph, and Config makes stages of it.
func ExampleConfig() {
	network := resnet.Config{
		About:  resnet.Info{Name: "separable", Layers: 14, Input: 32, Classes: 10},
		Block:  Separable,
		Stages: []resnet.Stage{{Units: 2, Planes: 32, Stride: 1}, {Units: 2, Planes: 64, Stride: 2}, {Units: 2, Planes: 128, Stride: 2}},
	}
	s, err := resnet.Summarize(network, 0)
	if err != nil {
		log.Fatal(err)
	}
	if err := s.WriteStages(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// separable: 14 layers, input 32x32x3, 10 classes
	//
	// stage   composition                                                         output  parameters  multiply-adds
	// stem    3x3, 32                                                           32x32x32         928        884,736
	// layer1  [3x3, 32, 32 groups; 1x1, 32] x 2                                 32x32x32       2,880      2,686,976
	// layer2  [3x3, 32, 32 groups; 1x1, 64]; [3x3, 64, 64 groups; 1x1, 64]      16x16x64       9,632      2,318,336
	// layer3  [3x3, 64, 64 groups; 1x1, 128]; [3x3, 128, 128 groups; 1x1, 128]   8x8x128      35,648      2,207,744
	// head    average pool; fc, 10                                                    10       1,290          1,280
	// total                                                                           10      50,378      8,099,072
}
