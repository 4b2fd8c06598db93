package weights_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/graph/weights"
)

// Write a state dict as PyTorch does, under a prefix that wrappers leave behind, and take
// from it what a network wants.
func Example() {
	dir, err := os.MkdirTemp("", "weights")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "net.pth")
	err = weights.Write(path, []weights.Array{
		{Name: "module.fc.weight", Shape: []int{2, 3}, Data: []float32{1, 2, 3, 4, 5, 6}},
		{Name: "module.fc.bias", Shape: []int{2}, Data: []float32{0.5, -0.5}},
		{Name: "module.total_ops", Shape: []int{1}, Data: []float32{12}},
	})
	if err != nil {
		log.Fatal(err)
	}

	file, err := weights.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	arrays, taken, err := file.Fit([]weights.Spec{
		{Name: "fc.weight", Shape: []int{2, 3}},
		{Name: "fc.bias", Shape: []int{2}},
	}, weights.FitOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range arrays {
		fmt.Println(a.Name, a.Shape, a.Data)
	}
	fmt.Println(taken)
	// Output:
	// fc.weight [2 3] [1 2 3 4 5 6]
	// fc.bias [2] [0.5 -0.5]
	// took module; passed over total_ops
}
