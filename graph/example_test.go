package graph_test

import (
	"fmt"
	"log"

	"github.com/gorgonet/gorgonet/graph"
)

// A layer's parameters are made in the state when its graph is built; batches
// are written to the memory of the input, and results read from the output's.
func Example() {
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{})
	x := b.Input("x", 1, 2)
	y := b.Activate("relu", b.Linear("fc", x, 3), graph.ReLU)
	m, err := b.Compile()
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()

	// Weights are in PyTorch's layout: a row for each output.
	if err := state.Get("fc.weight").SetTorch([]float32{1, 0, 0, 1, -1, -1}); err != nil {
		log.Fatal(err)
	}
	copy(graph.Floats(x), []float32{3, 5})
	if err := m.Run(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(graph.Floats(y))
	// Output: [3 5 0]
}
