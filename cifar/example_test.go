package cifar_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/cifar"
)

// The inputs of section 4.2, here from the synthetic set. With the real one,
//
//	path, err := cifar.Download(ctx, cifar.CIFAR10, "", nil)
//	data, err := cifar.Open(path, cifar.CIFAR10)
//
// takes the first line's place.
func Example() {
	data := cifar.Synthetic(1, 500, 100)
	training, validation := data.Train.Split(50)
	examples := cifar.Examples{
		Set:           training,
		Normalization: cifar.PerPixelMean(training),
		Augmentation:  cifar.PaperAugmentation,
	}

	image := make([]float32, cifar.ImageSize)
	rng := rand.New(rand.NewPCG(1, 2))
	label, err := examples.Example(7, rng, image)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(examples.Len(), validation.Len(), examples.Shape(), training.Classes[label])
	// Output: 450 50 [32 32 3] horizontal stripes
}
