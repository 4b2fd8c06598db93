package evaluation_test

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"log"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/evaluation"
)

// blueness is a network that knows two colours when it sees them. One of package resnet
// has a resnet.FullyConvolutionalPredictor in its place.
type blueness struct{}

// Predict answers images [N h w 3] with how green and how blue they are.
func (blueness) Predict(_ context.Context, images []float32, h, w int) ([]float32, error) {
	scores := make([]float32, len(images)/(3*h*w)*2)
	for i, v := range images {
		if channel := i % 3; channel > 0 {
			scores[i/(3*h*w)*2+channel-1] += v / float32(h*w)
		}
	}
	return scores, nil
}

// The error of a network on photographs in folders, by ten crops of each.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	photograph(filepath.Join(dir, "val", "meadow", "1.JPEG"), color.RGBA{G: 200, A: 255})
	photograph(filepath.Join(dir, "val", "meadow", "2.JPEG"), color.RGBA{B: 90, A: 255})
	photograph(filepath.Join(dir, "val", "sky", "1.JPEG"), color.RGBA{B: 200, A: 255})

	set, err := imagenet.OpenFolder(context.Background(), filepath.Join(dir, "val"), imagenet.FolderOptions{NoCache: true})
	if err != nil {
		log.Fatal(err)
	}
	records, err := training.CreateDirectory(filepath.Join(dir, "records"), struct{}{})
	if err != nil {
		log.Fatal(err)
	}
	defer records.Close()
	e, err := evaluation.New(records, evaluation.Config{
		Networks: []evaluation.Network{{Name: "blueness", Predictor: blueness{}}},
		Examples: &imagenet.Examples{Set: set}, Protocol: imagenet.TenCropTest{}, Together: 3,
	})
	if err != nil {
		log.Fatal(err)
	}
	result, err := e.Run(context.Background()) // and report.html, in the directory
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: top-1 error %.2f on %d pictures\n", result.Protocol, result.Top1Error, result.Pictures)
	// Output: 10-crop: top-1 error 0.33 on 3 pictures
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
