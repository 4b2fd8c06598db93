package imagenet_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/training"
)

// BenchmarkPipeline measures the images a second that a Loader delivers in
// batches of 32, from the photographs in GORGONET_DATA, on GOMAXPROCS
// processors.
func BenchmarkPipeline(b *testing.B) {
	paths, err := filepath.Glob(filepath.Join(os.Getenv("GORGONET_DATA"), "imagenet-sample/images/*"))
	if err != nil || len(paths) == 0 {
		b.Skip("set GORGONET_DATA to a folder that holds imagenet-sample/images")
	}
	set := &imagenet.Set{Classes: []string{"photograph"}}
	for _, path := range paths {
		set.Files = append(set.Files, imagenet.File{Path: path})
	}
	for _, bench := range []struct {
		name     string
		pipeline imagenet.Pipeline
	}{
		{"resizedcrop", imagenet.ResizedCropAugmentation(224)},
		{"paper", imagenet.PaperAugmentation(224)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			const batch = 32
			loader, err := training.NewStream(&imagenet.Examples{Set: set, Train: bench.pipeline}, batch, 1, 0)
			if err != nil {
				b.Fatal(err)
			}
			defer loader.Close()
			if _, err := loader.Next(context.Background()); err != nil { // starts the goroutines
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := loader.Next(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "images/s")
		})
	}
}
