package experiment_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/cmd/degradation-experiment/internal/experiment"
)

// Compare plain and residual networks of two depths on generated pictures.
func Example() {
	dir, err := os.MkdirTemp("", "degradation")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	data := cifar.Synthetic(1, 40, 20)
	e, err := experiment.New(dir, experiment.Config{
		Experiment: "degradation", Depths: []int{8, 14}, Kinds: []experiment.Kind{experiment.Plain, experiment.Residual}, Seeds: []uint64{1},
		Train: cifar.Examples{Set: data.Train}, Test: cifar.Examples{Set: data.Test},
		Batch: 8, Iterations: 2, // some hundred, to see anything
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := e.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	verdict, err := experiment.WriteReport(dir) // and report.html
	if err != nil {
		log.Fatal(err)
	}
	for _, gap := range verdict.(experiment.Depths).Gaps {
		fmt.Printf("%s: %d layers against %d\n", gap.Kind, verdict.(experiment.Depths).Deep, verdict.(experiment.Depths).Shallow)
	}
	// Output:
	// plain: 14 layers against 8
	// residual: 14 layers against 8
}
