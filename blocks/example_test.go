package blocks_test

import (
	"fmt"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
)

// A unit that halves the picture and doubles the channels, with a projection as
// its shortcut.
func Example() {
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{Training: true})
	x := b.Input("x", 8, 32, 32, 16)
	y := blocks.BasicBlock(b, "layer2.0", x, blocks.Unit{Planes: 32, Stride: 2, Shortcut: blocks.ShortcutB})
	if b.Err() != nil {
		fmt.Println(b.Err())
		return
	}
	fmt.Println(y.Shape())
	for _, t := range state.Tensors() {
		if t.Trainable {
			fmt.Println(t.Name, t.TorchShape())
		}
	}
	// Output:
	// (8, 16, 16, 32)
	// layer2.0.conv1.weight [32 16 3 3]
	// layer2.0.bn1.weight [32]
	// layer2.0.bn1.bias [32]
	// layer2.0.conv2.weight [32 32 3 3]
	// layer2.0.downsample.0.weight [32 16 1 1]
	// layer2.0.downsample.1.weight [32]
	// layer2.0.downsample.1.bias [32]
	// layer2.0.bn2.weight [32]
	// layer2.0.bn2.bias [32]
}
