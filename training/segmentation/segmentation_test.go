package segmentation_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/resnet"
	networks "github.com/gorgonet/gorgonet/resnet/segmentation"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/segmentation"
)

// squares are red and green squares on gray, of which the outlines do not count: n
// pictures and their masks in a folder.
func squares(t *testing.T, n int) *annotations.Set {
	t.Helper()
	set, folder := &annotations.Set{Labels: []string{"background", "red", "green"}}, t.TempDir()
	for i := range n {
		picture, mask := square(i)
		p := annotations.Picture{File: filepath.Join(folder, fmt.Sprint(i, ".png")), LabelFile: filepath.Join(folder, fmt.Sprint(i, "-mask.png"))}
		for path, m := range map[string]image.Image{p.File: picture, p.LabelFile: mask} {
			var text bytes.Buffer
			if err := png.Encode(&text, m); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		set.Pictures = append(set.Pictures, p)
	}
	return set
}

func square(i int) (*image.RGBA, *image.Gray) {
	rng := rand.New(rand.NewPCG(1, uint64(i)))
	picture, mask := image.NewRGBA(image.Rect(0, 0, 48, 40)), image.NewGray(image.Rect(0, 0, 48, 40))
	colours := []color.RGBA{{110, 110, 110, 255}, {200, 60, 60, 255}, {60, 200, 60, 255}}
	class := 1 + rng.IntN(2)
	square := image.Rect(0, 0, 20, 20).Add(image.Pt(rng.IntN(28), rng.IntN(20)))
	for y := range 40 {
		for x := range 48 {
			at, is := image.Pt(x, y), 0
			if at.In(square) {
				is = class
			}
			c := colours[is]
			c.R += uint8(rng.IntN(30))
			picture.SetRGBA(x, y, c)
			if at.In(square) && !at.In(square.Inset(1)) {
				is = segmentation.Void
			}
			mask.SetGray(x, y, color.Gray{Y: uint8(is)})
		}
	}
	return picture, mask
}

// tiny is a network of few channels.
func tiny(classes int) networks.Network {
	body := resnet.Config{About: resnet.Info{Name: "tiny", Classes: 1}, Stem: resnet.StemImageNet, Block: blocks.BasicBlock, Unit: blocks.Unit{Shortcut: blocks.ShortcutB},
		Stages: []resnet.Stage{{Units: 1, Planes: 8, Stride: 1}, {Units: 1, Planes: 12, Stride: 2}, {Units: 1, Planes: 16, Stride: 2}}}
	return networks.Network{About: resnet.Info{Name: "tiny", Classes: classes}, Backbone: body.WithOutputStride(8), Head: networks.FCN{Dropout: 0.1}, Auxiliary: networks.FCN{}}
}

func config(t *testing.T) training.Config {
	return training.Config{
		Name: "tiny", Model: tiny(3), Task: segmentation.Task{Classes: 3}, Batch: 8, Iterations: 100, Schedule: training.Constant{Base: 0.1},
		Train: &segmentation.Examples{Set: squares(t, 64), Size: 32, Train: segmentation.Augmentation(32, 40, 0.5, 2, true)},
		Test:  &segmentation.Examples{Set: squares(t, 20), Size: 32},
	}
}

// TestTrain learns to find squares, on one processor and on three to the same bits.
func TestTrain(t *testing.T) {
	c := config(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var first training.Score
	for _, processors := range []int{1, 3} {
		runtime.GOMAXPROCS(processors)
		trainer, err := training.New(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := trainer.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		score := *trainer.Last().Test
		if iou, accuracy := score.Value("mean_iou"), score.Value("pixel_accuracy"); !(iou > 0.6 && iou < accuracy && accuracy <= 1) {
			t.Errorf("mean IoU %v, accuracy %v", iou, accuracy)
		}
		if processors > 1 && !reflect.DeepEqual(score, first) {
			t.Errorf("on %d processors %+v, not %+v", processors, score, first)
		}
		first = score
	}
}

func TestMisuse(t *testing.T) {
	for want, change := range map[string]func(*training.Config){
		"an output of 4 classes":          func(c *training.Config) { c.Task = segmentation.Task{Classes: 4} },
		"1 to 255 classes, got 300":       func(c *training.Config) { c.Task = segmentation.Task{Classes: 300} },
		"weights of 3 classes, got 2":     func(c *training.Config) { c.Task = segmentation.Task{Classes: 3, Weights: []float32{1, 2}} },
		"label 2 in a network of 2":       func(c *training.Config) { c.Model, c.Task = tiny(2), segmentation.Task{Classes: 2} },
		"must be Fielded":                 func(c *training.Config) { c.Train = bare{c.Train} },
		"an output of 3 classes for ever": func(c *training.Config) { c.Model = classifier{} },
	} {
		c := config(t)
		c.Test = nil
		change(&c)
		trainer, err := training.New(c)
		if err == nil {
			err = trainer.Run(context.Background())
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

type bare struct{ training.Dataset }

type classifier struct{ training.Model }

func (classifier) Build(b *graphBuilder, x *node) *node { return b.GlobalAvgPool("pool", x) }

// TestExamples cuts, scales and mirrors pictures with their masks: where a mask says
// red, the picture is.
func TestExamples(t *testing.T) {
	e := &segmentation.Examples{Set: squares(t, 8), Size: 40, Train: segmentation.Augmentation(40, 40, 0.5, 2, true)}
	rng := rand.New(rand.NewPCG(3, 4))
	for _, r := range []*rand.Rand{nil, rng} {
		void, all := 0, 0
		for i := range 8 * 8 {
			picture, mask := example(t, e, i%8, r)
			for j, l := range mask {
				red, green := picture[3*j], picture[3*j+1]
				switch {
				case l == 1 && red < green || l == 2 && green < red:
					t.Fatalf("example %d: pixel %d is of class %d, with red %v and green %v", i, j, l, red, green)
				case l == segmentation.Void:
					void++
				}
				all++
			}
		}
		if share := float64(void) / float64(all); share < 0.05 || share > 0.6 {
			t.Errorf("%.2f of the pixels do not count", share)
		}
	}
	again := rand.New(rand.NewPCG(5, 6))
	a, _ := example(t, e, 3, rand.New(rand.NewPCG(5, 6)))
	b, _ := example(t, e, 3, again)
	if !reflect.DeepEqual(a, b) {
		t.Error("the same random numbers make another example")
	}
}
