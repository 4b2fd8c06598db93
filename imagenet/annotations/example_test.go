package annotations_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/imagenet/annotations"
)

// From a data set to a batch for a detector, with augmentation. OpenCOCO and OpenVOC make such a set of files.
func Example() {
	set, err := annotations.Synthetic(annotations.Scenes{Seed: 1, Pictures: 2, Size: annotations.Size{Height: 120, Width: 160}})
	if err != nil {
		fmt.Println(err)
		return
	}
	augmentation := annotations.Transforms{annotations.PhotometricDistortion{}, annotations.Flip{}}
	preprocessing := annotations.Preprocessing{MinSides: []int{160, 192}, MaxSide: 333}
	rng := rand.New(rand.NewPCG(1, 2))
	var inputs []*annotations.Input
	for i := range set.Pictures {
		sample, err := set.Sample(i)
		if err == nil {
			err = augmentation.Apply(sample, rng)
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		input, err := preprocessing.Input(sample, rng)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, o := range input.Objects {
			fmt.Printf("%s at %.0f, %d pixels\n", set.Categories[o.Category].Name, o.Box, o.Mask.Area())
		}
		inputs = append(inputs, input)
	}
	batch, err := preprocessing.Batch(inputs)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d pictures of %dx%d and %dx%d in %dx%d\n", len(batch.Inputs), inputs[0].Width, inputs[0].Height, inputs[1].Width, inputs[1].Height, batch.Width, batch.Height)
	// Output:
	// checker at [38 48 123 122], 2314 pixels
	// disc at [136 88 224 176], 5971 pixels
	// checker at [101 13 187 82], 1956 pixels
	// ring at [137 13 172 48], 560 pixels
	// horizontal stripes at [130 55 198 121], 2064 pixels
	// crescent at [57 67 100 112], 699 pixels
	// 2 pictures of 256x192 and 213x160 in 256x192
}
