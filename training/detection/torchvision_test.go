package detection

import (
	"context"
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/resnet/detection"
	"github.com/gorgonet/gorgonet/training"
)

// TestTorchvision compares what whole detectors find in photographs with files that
// testdata/torchvision_detectors.py made. Both compute in float32, so where scores or overlaps
// nearly tie either may choose otherwise: few may differ.
func TestTorchvision(t *testing.T) {
	folder := os.Getenv("GORGONET_DETECTORS")
	if folder == "" {
		t.Skip("GORGONET_DETECTORS is no folder of torchvision's answers")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.expected.pth"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".expected.pth")
		t.Run(name, func(t *testing.T) {
			arrays, err := weights.Read(path)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]weights.Array{}
			for _, a := range arrays {
				want[a.Name] = a
			}
			network, err := detection.Lookup(name, detection.Options{})
			if err != nil {
				t.Fatal(err)
			}
			p, err := NewPredictor(network, graph.NewState(), annotations.Preprocessing{})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if err := training.LoadWeights(p.state, filepath.Join(folder, name+".weights.pth")); err != nil {
				t.Fatal(err)
			}
			for i := 0; ; i++ {
				picture, ok := want[fmt.Sprintf("%d.picture", i)]
				if !ok {
					break
				}
				start := time.Now()
				found, err := p.Find(context.Background(), pictureOf(t, picture))
				if err != nil {
					t.Fatal(err)
				}
				spent := time.Since(start)
				of := func(key string) []float32 { return want[fmt.Sprintf("%d.%s", i, key)].Data }
				same, inPlace, furthest := compare(found, of("boxes"), of("labels"), of("scores"))
				t.Logf("picture %d: %d found, %d wanted, %d the same, %d of them at the same place, scores within %.2g, %.1f s", i, len(found), len(of("scores")), same, inPlace, furthest, spent.Seconds())
				if missing := max(len(found), len(of("scores"))) - same; missing > 2+len(found)/50 {
					t.Errorf("picture %d: %d objects differ", i, missing)
				}
				if mask := of("mask"); mask != nil {
					var off, size float64
					for i, v := range found[0].Mask(annotations.Size{Height: picture.Shape[0], Width: picture.Shape[1]}) {
						off += math.Pow(float64(v-mask[i]), 2)
						size += math.Pow(float64(mask[i]), 2)
					}
					if e := math.Sqrt(off / size); !(e <= 1e-4) {
						t.Errorf("mask: relative error %.3g", e)
					}
				}
			}
		})
	}
}

// compare counts the objects that are wanted: of the same class, at the same place within a
// twentieth of a pixel.
func compare(found []Object, wanted, labels, scores []float32) (same, inPlace int, furthest float64) {
	for i, l := range labels {
		for j, o := range found {
			if off := math.Abs(float64(o.Score - scores[i])); float32(o.Class) == l && off < 1e-3 && distance(o.Box, wanted[4*i:]) < 0.05 {
				same++
				if i == j {
					inPlace++
				}
				furthest = max(furthest, off)
				break
			}
		}
	}
	return same, inPlace, furthest
}

// distance is the largest of the differences of coordinates.
func distance(box annotations.Corners, wanted []float32) (most float64) {
	for i, v := range box {
		most = max(most, math.Abs(float64(v-wanted[i])))
	}
	return most
}

// pictureOf makes a picture of values from 0 to 255 [H W 3].
func pictureOf(t *testing.T, a weights.Array) *imagenet.Picture {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, a.Shape[1], a.Shape[0]))
	for i := range a.Shape[0] * a.Shape[1] {
		copy(m.Pix[4*i:], []uint8{uint8(a.Data[3*i]), uint8(a.Data[3*i+1]), uint8(a.Data[3*i+2]), 255})
	}
	p, err := imagenet.NewPicture(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
