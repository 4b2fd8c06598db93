package coco_test

import (
	"fmt"

	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/training/scoring/coco"
)

// A network that finds every shape two pixels too far to the right, and a disc that is not there.
func Example() {
	set, err := annotations.Synthetic(annotations.Scenes{Seed: 1, Pictures: 50})
	if err != nil {
		fmt.Println(err)
		return
	}
	var found []annotations.Detection
	for i, p := range set.Pictures {
		for _, o := range p.Objects {
			box := o.Box
			box.X += 2
			found = append(found, annotations.Detection{Picture: i, Category: o.Category, Score: 0.9, Box: box})
		}
	}
	found = append(found, annotations.Detection{Score: 0.95, Box: annotations.Box{Width: 20, Height: 20}})
	result, err := coco.Evaluate(set, found, coco.Boxes)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("AP %.2f, at an IoU of 0.5 %.2f, at 0.75 %.2f\n", result.AP, result.AP50, result.AP75)
	disc := result.Classes[0]
	fmt.Printf("%s: AP50 %.2f, precision %.2f at a recall of 0.5\n", disc.Name, disc.AP50, disc.Curves[0].Precision[50])
	// Output:
	// AP 0.84, at an IoU of 0.5 0.99, at 0.75 0.99
	// disc: AP50 0.91, precision 0.91 at a recall of 0.5
}
