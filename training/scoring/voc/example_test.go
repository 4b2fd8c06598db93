package voc_test

import (
	"fmt"

	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/training/scoring/voc"
)

// One of two objects is found, and then nothing where there is something.
func Example() {
	set := &annotations.Set{
		Categories: []annotations.Category{{ID: 1, Name: "dog"}},
		Pictures: []annotations.Picture{{ID: 1, Objects: []annotations.Object{
			{ID: 1, Box: annotations.Box{X: 10, Y: 10, Width: 40, Height: 30}},
			{ID: 2, Box: annotations.Box{X: 70, Y: 10, Width: 40, Height: 30}},
		}}},
	}
	found := []annotations.Detection{
		{Score: 0.9, Box: annotations.Box{X: 12, Y: 10, Width: 40, Height: 30}},
		{Score: 0.8, Box: annotations.Box{X: 10, Y: 60, Width: 40, Height: 30}},
	}
	for _, rule := range []voc.Rule{voc.Eleven, voc.Area} {
		result, err := voc.Evaluate(set, found, voc.Options{Rule: rule})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s: %.3f\n", result.Classes[0].Name, result.Mean)
	}
	// Output:
	// dog: 0.545
	// dog: 0.500
}
