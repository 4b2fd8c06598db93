package imagenet_test

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/training/scoring"
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
	for _, t := range scoring.Top(logits, 2) {
		fmt.Printf("%s %.2f\n", names[t.Class], t.Probability)
	}
	// Output:
	// (90,61) becomes [224 224 3]
	// goldfish 0.77
	// great white shark 0.17
}

// photograph writes a picture of one colour.
func photograph(path string, c color.Color) {
	m := image.NewRGBA(image.Rect(0, 0, 50, 40))
	for i := range 50 * 40 {
		m.Set(i%50, i/50, c)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		log.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		log.Fatal(err)
	}
	if err := jpeg.Encode(f, m, nil); err != nil {
		log.Fatal(err)
	}
	if err := f.Close(); err != nil {
		log.Fatal(err)
	}
}

// A data set in folders: an example for training with the paper's augmentation,
// and one tested with ten crops by something that knows blue when it sees it.
func ExampleExamples() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	photograph(filepath.Join(dir, "sky", "1.JPEG"), color.RGBA{B: 200, A: 255})
	photograph(filepath.Join(dir, "meadow", "1.JPEG"), color.RGBA{G: 200, A: 255})

	set, err := imagenet.OpenFolder(context.Background(), dir, imagenet.FolderOptions{NoCache: true})
	if err != nil {
		log.Fatal(err)
	}
	data := &imagenet.Examples{Set: set, Train: imagenet.PaperAugmentation(0)}
	input := make([]float32, 224*224*3)
	label, err := data.Example(1, rand.New(rand.NewPCG(1, 2)), input)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(data.Len(), "examples", data.Shape(), "of", set.Classes, "- the second is", set.Classes[label])

	tally, err := scoring.NewTally(len(set.Classes))
	if err != nil {
		log.Fatal(err)
	}
	for i := range data.Len() {
		views, label, err := data.Views(i, imagenet.TenCropTest{})
		if err != nil {
			log.Fatal(err)
		}
		var scores [][]float32
		for _, v := range views {
			scores = append(scores, []float32{v.Pixels[1], v.Pixels[2]}) // green and blue
		}
		mean, err := scoring.Average(scores...)
		if err != nil {
			log.Fatal(err)
		}
		answer, err := scoring.Judge(int(label), mean)
		if err != nil {
			log.Fatal(err)
		}
		if err := tally.Add(answer); err != nil {
			log.Fatal(err)
		}
	}
	top1, _ := tally.Errors()
	fmt.Printf("top-1 error %.0f %%\n", 100*top1)
	// Output:
	// 2 examples [224 224 3] of [meadow sky] - the second is sky
	// top-1 error 0 %
}
