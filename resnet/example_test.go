package resnet_test

import (
	"fmt"
	"log"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
)

// ResNet-20 on pictures of 32x32, as an expression graph.
func Example() {
	network, err := resnet.Lookup("resnet20", resnet.Options{Classes: 10})
	if err != nil {
		log.Fatal(err)
	}
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{})
	logits := network.Build(b, b.Input("images", 1, 32, 32, 3))
	if b.Err() != nil {
		log.Fatal(b.Err())
	}
	fmt.Println(network.Info().Name, logits.Shape(), state.Parameters(), "parameters")
	// Output: resnet20 (1, 10) 269722 parameters
}
