package imagenet_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/gorgonet/gorgonet/imagenet"
)

// A photograph as the input of a network, by the preprocessing of torchvision's
// ResNets, and what the network's answer means.
func Example() {
	picture, err := imagenet.Open("testdata/picture.png")
	if err != nil {
		log.Fatal(err)
	}
	var p imagenet.Preprocessing
	input := make([]float32, 224*224*3)
	if err := p.Apply(input, picture); err != nil {
		log.Fatal(err)
	}
	fmt.Println(picture.Bounds().Size(), "becomes", p.Shape())

	names, err := imagenet.ParseLabels(strings.NewReader(`{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"], "2": ["n01484850", "great white shark"]}`))
	if err != nil {
		log.Fatal(err)
	}
	logits := []float32{0.5, 3, 1.5}
	for _, t := range imagenet.Top(logits, 2) {
		fmt.Printf("%s %.2f\n", names[t.Class], t.Probability)
	}
	// Output:
	// (90,61) becomes [224 224 3]
	// goldfish 0.77
	// great white shark 0.17
}
