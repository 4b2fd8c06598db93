package annotations

import (
	"math/rand/v2"
	"testing"
)

func testRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// scene is a sample of three objects or more whose labels are those of its masks.
func scene(t *testing.T, i int) *Sample {
	t.Helper()
	set, err := Synthetic(Scenes{Seed: 3, Pictures: i + 1, Size: Size{90, 120}, Least: 3, Most: 6, Vary: i%2 == 1})
	if err != nil {
		t.Fatal(err)
	}
	s, err := set.Sample(i)
	if err != nil {
		t.Fatal(err)
	}
	if s.Labels, err = set.ReadLabels(i); err != nil {
		t.Fatal(err)
	}
	return s
}

var transforms = map[string]Transform{
	"flip":        Flip{1},
	"jitter":      ScaleJitter{Size{100, 100}, 0.8, 1.25},
	"large":       LargeScaleJitter(96),
	"fixed":       FixedSize{Size: Size{60, 150}},
	"photometric": PhotometricDistortion{},
	"size":        RandomSize{40, 200},
	"part":        RandomPart{Size: Size{70, 140}},
	"overlap":     RandomIoUCrop{},
	"all":         Transforms{PhotometricDistortion{}, RandomIoUCrop{}, ScaleJitter{Size{100, 100}, 0.5, 2}, FixedSize{Size: Size{64, 64}}, Flip{}},
}

// TestTransforms: what a transform does to the picture it does to boxes, masks and labels, so
// masks stay within their boxes, and labels are those of the masks; one seed gives the same
// sample.
func TestTransforms(t *testing.T) {
	for name, transform := range transforms {
		for i := range 6 {
			s, again := scene(t, i), scene(t, i)
			if err := transform.Apply(s, testRandom(uint64(i))); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := transform.Apply(again, testRandom(uint64(i))); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			checkScene(t, name, s)
			if !equalSamples(t, s, again) {
				t.Errorf("%s: one seed gives two samples", name)
			}
		}
	}
}

func checkScene(t *testing.T, name string, s *Sample) {
	t.Helper()
	size := s.Size()
	for _, o := range s.Objects {
		if o.Mask.Size != size || o.Box.Empty() || o.Box.Clipped(size) != o.Box {
			t.Errorf("%s: a box %v and a mask of %v in a picture of %v", name, o.Box, o.Mask.Size, size)
			continue
		}
		// Nearest pixels may lie beside the box, and a cut may leave less of the mask than of
		// the box.
		if b := o.Mask.Box().Corners(); o.Mask.Area() > 0 && (b[0] < o.Box[0]-4 || b[1] < o.Box[1]-4 || b[2] > o.Box[2]+4 || b[3] > o.Box[3]+4) {
			t.Errorf("%s: a mask in %v, a box %v", name, b, o.Box)
		}
		wrong := 0
		for i, v := range o.Mask.Decode() {
			if v == 1 && s.Labels.Pix[i] != uint8(o.Category+1) {
				wrong++
			}
		}
		if wrong > 0 {
			t.Errorf("%s: %d pixels of a mask have another label", name, wrong)
		}
	}
	if s.Labels.Size != size {
		t.Errorf("%s: labels of %v in a picture of %v", name, s.Labels.Size, size)
	}
}

func equalSamples(t *testing.T, a, b *Sample) bool {
	t.Helper()
	m, err := a.Picture.Image()
	if err != nil {
		t.Fatal(err)
	}
	n, err := b.Picture.Image()
	if err != nil {
		t.Fatal(err)
	}
	if string(m.Pix) != string(n.Pix) || len(a.Objects) != len(b.Objects) {
		return false
	}
	for i, o := range a.Objects {
		if p := b.Objects[i]; o.Box != p.Box || o.Category != p.Category || o.Mask.String() != p.Mask.String() {
			return false
		}
	}
	return true
}

// TestFlip: twice is as before, and pixels, masks and boxes go to the other side.
func TestFlip(t *testing.T) {
	s, before := scene(t, 0), scene(t, 0)
	if err := s.Flip(); err != nil {
		t.Fatal(err)
	}
	if equalSamples(t, s, before) {
		t.Error("nothing was mirrored")
	}
	for i, o := range s.Objects {
		if got, want := o.Mask.Box(), before.Objects[i].Mask.Box(); got.X != 120-want.X-want.Width || got.Corners() != o.Box {
			t.Errorf("mask in %v and box %v, before in %v", got, o.Box, want)
		}
	}
	if err := s.Flip(); err != nil {
		t.Fatal(err)
	}
	if !equalSamples(t, s, before) {
		t.Error("twice mirrored is not as before")
	}
}

func TestTransformsRefused(t *testing.T) {
	if err := (Transforms{Flip{}}).Apply(scene(t, 0), nil); err == nil {
		t.Error("augmentation without random numbers")
	}
	for _, transform := range []Transform{ScaleJitter{Least: 2, Most: 1}, ScaleJitter{Target: Size{-1, 5}}, RandomSize{5, 4}, FixedSize{Size: Size{-1, 2}}, RandomPart{Size: Size{0, 2}}, Transforms{nil}} {
		if err := transform.Apply(scene(t, 0), testRandom(1)); err == nil {
			t.Errorf("%+v is accepted", transform)
		}
	}
}
