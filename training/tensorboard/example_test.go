package tensorboard_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/training/tensorboard"
)

// Record a loss by step and read it back.
func Example() {
	dir, err := os.MkdirTemp("", "events")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "events.out.tfevents.example")
	w := tensorboard.NewWriter(path)
	w.Scalar(1, "loss/train", 2.25)
	w.Scalar(2, "loss/train", 1.5)
	if err := w.Flush(); err != nil {
		log.Fatal(err)
	}
	events, err := tensorboard.Read(path)
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range events {
		for _, v := range e.Values {
			fmt.Println(e.Step, v.Tag, v.Scalar)
		}
	}
	// Output:
	// 1 loss/train 2.25
	// 2 loss/train 1.5
}
