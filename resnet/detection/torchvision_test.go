package detection

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet/detection/boxes"
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
			want := goldens{}
			for _, a := range arrays {
				want[a.Name] = a
			}
			network, err := Lookup(name, Options{})
			if err != nil {
				t.Fatal(err)
			}
			p, err := NewPredictor(network, graph.NewState(), Fit{})
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
				found, err := p.Find(context.Background(), picture.Data, picture.Shape[0], picture.Shape[1])
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
					within(t, "mask", 1e-4, found[0].Mask(picture.Shape[0], picture.Shape[1]), mask)
				}
			}
		})
	}
}

// compare counts the objects that are wanted: of the same class, with an IoU above 0.999.
func compare(found []Object, wanted, labels, scores []float32) (same, inPlace int, furthest float64) {
	for i, l := range labels {
		for j, o := range found {
			if float32(o.Class) == l && boxes.IoU(o.Box[:], boxes.At(wanted, i)) > 0.999 {
				same++
				if i == j {
					inPlace++
				}
				furthest = max(furthest, math.Abs(float64(o.Score-scores[i])))
				break
			}
		}
	}
	return same, inPlace, furthest
}
