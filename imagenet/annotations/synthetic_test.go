package annotations

import (
	"crypto/sha256"
	"encoding/hex"
	"image"
	"reflect"
	"testing"
)

// TestScenesBytes pins scenes: they may not change from release to release nor from machine to
// machine.
func TestScenesBytes(t *testing.T) {
	scenes := Scenes{Seed: 7, Pictures: 8, Size: Size{96, 128}, Vary: true, Least: 1, Most: 5}
	set, err := Synthetic(scenes)
	if err != nil {
		t.Fatal(err)
	}
	hash, objects := sha256.New(), 0
	for i, p := range set.Pictures {
		m, err := set.Open(i)
		if err != nil {
			t.Fatal(err)
		}
		if m.Bounds() != image.Rect(0, 0, p.Width, p.Height) {
			t.Errorf("picture %d is %v, want %dx%d", i, m.Bounds(), p.Width, p.Height)
		}
		hash.Write(m.(*image.RGBA).Pix)
		for _, o := range p.Objects {
			objects++
			hash.Write([]byte(o.Mask.RLE.String()))
			if o.ID != int64(objects) || o.Box != o.Mask.RLE.Box() || o.Area != float64(o.Mask.RLE.Area()) {
				t.Errorf("picture %d has %+v", i, o)
			}
		}
	}
	const want = "98e03a55ea165e222f0b98ea7d85c5d42d44b337ed461009e779d9ac3ee6ccc6"
	if got := hex.EncodeToString(hash.Sum(nil)); got != want || objects < 8 {
		t.Errorf("SHA-256 %s of %d objects, want %s", got, objects, want)
	}
	scenes.Pictures = 3
	if head, err := Synthetic(scenes); err != nil || !reflect.DeepEqual(head.Pictures, set.Pictures[:3]) {
		t.Errorf("a smaller set is not the head of a larger one: %v", err)
	}
	scenes.Part = 1
	if other, err := Synthetic(scenes); err != nil || reflect.DeepEqual(other.Pictures, set.Pictures[:3]) {
		t.Errorf("another part has the same scenes: %v", err)
	}
}

func TestScenesRefused(t *testing.T) {
	for _, s := range []Scenes{
		{Pictures: -1},
		{Size: Size{8, 64}},
		{Size: Size{64, 1 << 20}},
		{Least: 3, Most: 2},
		{Most: 1 << 16},
		{Smallest: 0.3, Largest: 0.2},
		{Smallest: 0.1, Largest: 0.7},
	} {
		if set, err := Synthetic(s); err == nil {
			t.Errorf("%+v gives %d pictures, want an error", s, set.Len())
		}
	}
}
