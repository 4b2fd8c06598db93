package coco

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gorgonet/gorgonet/imagenet/annotations"
)

// BenchmarkEvaluate takes as many pictures as COCO's validation set: the sample's 128, forty
// times. testdata/figures.py has the same for pycocotools.
func BenchmarkEvaluate(b *testing.B) {
	data := os.Getenv("GORGONET_DATA")
	if data == "" {
		b.Skip("GORGONET_DATA names no folder of data")
	}
	set, err := annotations.OpenCOCO(filepath.Join(data, "coco-sample", "instances_train.json"), "")
	if err != nil {
		b.Fatal(err)
	}
	for _, kind := range []Kind{Boxes, Masks} {
		b.Run(kind.String(), func(b *testing.B) {
			found := detections(b, set, "random", kind)
			large := &annotations.Set{Categories: set.Categories}
			var all []annotations.Detection
			objects := 0
			for i := range 40 * set.Len() {
				p := set.Pictures[i%set.Len()]
				p.ID = int64(i)
				p.Objects = append([]annotations.Object(nil), p.Objects...)
				for k := range p.Objects {
					objects++
					p.Objects[k].ID = int64(objects)
				}
				large.Pictures = append(large.Pictures, p)
			}
			for i := range 40 {
				for _, d := range found {
					d.Picture += i * set.Len()
					all = append(all, d)
				}
			}
			for b.Loop() {
				if _, err := Evaluate(large, all, kind); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(objects), "objects")
			b.ReportMetric(float64(len(all)), "detections")
		})
	}
}
