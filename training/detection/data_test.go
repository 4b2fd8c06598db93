package detection

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/resnet/detection"
	"github.com/gorgonet/gorgonet/resnet/detection/boxes"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/scoring/coco"
)

// narrow is a Mask R-CNN for the ten classes of synthetic scenes.
func narrow() detection.FasterRCNN {
	body := resnet.Config{About: resnet.Info{Name: "narrow", Classes: 1}, Stem: resnet.StemImageNet, Block: blocks.BasicBlock, Unit: blocks.Unit{Shortcut: blocks.ShortcutB}}
	for i, planes := range []int{8, 16} {
		body.Stages = append(body.Stages, resnet.Stage{Units: 1, Planes: planes, Stride: 1 + i})
	}
	return detection.FasterRCNN{
		About:     resnet.Info{Name: "narrow", Classes: 11},
		Backbone:  detection.Backbone{Network: body, Pyramid: &blocks.Pyramid{Channels: 16}},
		Anchors:   []boxes.Anchors{{Sizes: []float32{16}, Ratios: []float32{1}}, {Sizes: []float32{32}, Ratios: []float32{1}}},
		Proposals: detection.Proposals{TrainingCount: 40, Count: 30, Sampler: boxes.Sampler{Count: 32, Positive: 0.5}},
		Regions:   detection.Regions{Sampler: boxes.Sampler{Count: 16, Positive: 0.25}},
		Limits:    detection.Limits{Score: 0.01}, Hidden: 16, Mask: &detection.Mask{Channels: 8},
	}
}

// drawn is a set of small scenes of different sizes.
func drawn(t *testing.T, n int) *annotations.Set {
	t.Helper()
	set, err := annotations.Synthetic(annotations.Scenes{Seed: 1, Pictures: n, Size: annotations.Size{Height: 64, Width: 96}, Vary: true})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// small is the preprocessing of small pictures.
var small = annotations.Preprocessing{MinSides: []int{48, 64}, MaxSide: 96}

// TestTrain trains a step on drawn scenes with masks, twice to the same weights, and measures.
func TestTrain(t *testing.T) {
	task := Task{Network: narrow(), Objects: 5}
	data, err := NewData(drawn(t, 8), task, DataOptions{Preprocessing: small, Augment: annotations.Transforms{annotations.Flip{Probability: 0.5}}})
	if err != nil {
		t.Fatal(err)
	}
	var first []float32
	for range 2 {
		trainer, err := training.New(training.Config{Name: "narrow", Model: task.Model(), Task: task, Train: data, Test: data,
			Batch: 2, Iterations: 2, Optimizer: training.NewAdam(), Schedule: training.Constant{Base: 1e-3}, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		if err := trainer.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		score := trainer.Last().Test
		for _, m := range task.Metrics() {
			if v := score.Value(m.Name); !(v >= 0) {
				t.Errorf("%s is %v", m.Name, v)
			}
		}
		weights := trainer.State().Get("roi_heads.mask_predictor.mask_fcn_logits.weight").Data()
		if first != nil && !slices.Equal(first, weights) {
			t.Error("other weights the second time")
		}
		first = slices.Clone(weights)
	}
}

// TestData wants boxes and masks where the objects are on the canvas.
func TestData(t *testing.T) {
	set, task := drawn(t, 6), Task{Network: narrow(), Objects: 5}
	data, err := NewData(set, task, DataOptions{Preprocessing: small})
	if err != nil {
		t.Fatal(err)
	}
	shape := data.Shape()
	loader, err := training.NewPass(data, 6)
	if err != nil {
		t.Fatal(err)
	}
	defer loader.Close()
	loader.Fields = data.Fields()
	b, err := loader.Next(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	packed := detection.MaskValues(shape[0], shape[1])
	for i, p := range set.Pictures {
		sizes, corners, classes := b.Fields.Floats(SizesField)[2*i:], b.Fields.Floats(BoxesField)[20*i:], b.Fields.Floats(ClassesField)[5*i:]
		to := small.ResizedSize(p.Size, 64)
		if sizes[0] != float32(to.Height) || sizes[1] != float32(to.Width) {
			t.Errorf("picture %d: sizes %v, want %v", i, sizes[:2], to)
		}
		for k, o := range p.Objects {
			want := o.Box.Corners().Scaled(p.Size, to)
			if classes[k] != float32(o.Category+1) || annotations.Corners(corners[4*k:4*k+4]) != want {
				t.Errorf("picture %d, object %d: class %v and box %v, want %v and %v", i, k, classes[k], corners[4*k:4*k+4], o.Category+1, want)
			}
			mask := b.Fields.Floats(MasksField)[(5*i+k)*packed:][:packed]
			for at := range shape[0] * shape[1] {
				y, x := float32(at/shape[1])+0.5, float32(at%shape[1])+0.5
				if int(mask[at/24])>>(at%24)&1 == 1 && (x < want[0]-1 || x > want[2]+1 || y < want[1]-1 || y > want[3]+1) {
					t.Fatalf("picture %d, object %d: the mask has the pixel %v, %v outside of the box %v", i, k, x, y, want)
				}
			}
		}
	}
	for words, change := range map[string]func() (*Data, error){
		"at least one picture": func() (*Data, error) { return NewData(nil, task, DataOptions{}) },
		"has 3 classes, the set has 11": func() (*Data, error) {
			n := narrow()
			n.About.Classes = 3
			return NewData(set, Task{Network: n}, DataOptions{})
		},
		"canvas of 0x-1": func() (*Data, error) {
			return NewData(set, task, DataOptions{Canvas: annotations.Size{Height: -1}})
		},
	} {
		if _, err := change(); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want %q", err, words)
		}
	}
	few, err := NewData(set, Task{Network: narrow(), Objects: 1}, DataOptions{Preprocessing: small})
	if err != nil {
		t.Fatal(err)
	}
	crowded := slices.IndexFunc(set.Pictures, func(p annotations.Picture) bool { return len(p.Objects) > 1 })
	loader, err = training.NewPass(few, 6)
	if err != nil {
		t.Fatal(err)
	}
	defer loader.Close()
	loader.Fields = few.Fields()
	if _, err := loader.Next(context.Background()); crowded < 0 || err == nil || !strings.Contains(err.Error(), "objects and there is room for 1; set Task.Objects") {
		t.Errorf("too many objects: %v", err)
	}
}

// TestPredictor wants pictures of several sizes to be answered as before when they come again,
// with boxes within them and masks of their size, as COCO's figures take them.
func TestPredictor(t *testing.T) {
	set := drawn(t, 3)
	p, err := NewPredictor(narrow(), graph.NewState(), small)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int][]Object{}
	var all []annotations.Detection
	for _, i := range []int{0, 1, 2, 0, 1} {
		m, err := set.Open(i)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := imagenet.NewPicture(m)
		if err != nil {
			t.Fatal(err)
		}
		found, err := p.Find(context.Background(), picture)
		if err != nil || len(found) == 0 {
			t.Fatalf("%d objects, %v", len(found), err)
		}
		size := set.Pictures[i].Size
		for _, o := range found {
			if o.Box.Clipped(annotations.Size{Height: size.Height + 1, Width: size.Width + 1}) != o.Box || o.Class < 1 || o.Class > 10 || !(o.Score > 0.01) {
				t.Fatalf("%+v in a picture of %v", o, size)
			}
			d, err := o.Detection(i, o.Class-1, size)
			if err != nil || d.Mask == nil || d.Mask.Size != size {
				t.Fatalf("%+v, %v", d, err)
			}
			all = append(all, d)
		}
		if before := seen[i]; before != nil && !slices.EqualFunc(before, found, func(a, b Object) bool { return a.Box == b.Box && a.Score == b.Score }) {
			t.Errorf("picture %d: something else when asked again", i)
		}
		seen[i] = found
	}
	for _, kind := range []coco.Kind{coco.Boxes, coco.Masks} {
		if r, err := coco.Evaluate(set, all, kind); err != nil || !(r.AP >= 0) {
			t.Errorf("%v: %+v, %v", kind, r, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p.turn <- struct{}{} // somebody is answered
	m, _ := set.Open(0)
	picture, _ := imagenet.NewPicture(m)
	if _, err := p.Find(ctx, picture); err != context.Canceled {
		t.Errorf("canceled: %v", err)
	}
	<-p.turn
	if _, err := p.Find(context.Background(), nil); err == nil {
		t.Error("no picture is taken")
	}
	p.Close()
	p.Close()
	if _, err := p.Find(context.Background(), picture); err != resnet.ErrClosed {
		t.Errorf("after Close: %v", err)
	}
}
