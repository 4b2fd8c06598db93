package cifar

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestEnlarge compares values with PyTorch 2.15's interpolate(mode='bilinear',
// align_corners=False) of a picture of byte (7i² + 13i) mod 256 at place i.
func TestEnlarge(t *testing.T) {
	set := &Set{Labels: []int32{3}, Classes: []string{"a", "b", "c", "d"}, Images: make([]byte, ImageSize)}
	for i := range set.Images {
		set.Images[i] = byte(7*i*i + 13*i)
	}
	for _, test := range []struct {
		side, y, x, c int
		want          float64
	}{
		{48, 0, 0, 0, 0}, {48, 0, 1, 2, 0.5764705882352941}, {48, 1, 0, 1, 0.1411764705882353}, {48, 20, 31, 1, 0.5490196078431372},
		{48, 47, 47, 2, 0.9803921568627451}, {48, 46, 3, 0, 0.6849673202614379}, {48, 24, 47, 1, 0.32156862745097997},
		{64, 0, 0, 0, 0}, {64, 0, 1, 2, 0.3941176470588235}, {64, 1, 0, 1, 0.10980392156862745}, {64, 20, 31, 1, 0.7313725490196078}, {64, 63, 63, 2, 0.9803921568627451},
	} {
		e := Examples{Set: set, Side: test.side}
		dst := make([]float32, test.side*test.side*Channels)
		if label, err := e.Example(0, nil, dst); err != nil || label != 3 {
			t.Fatal(label, err)
		}
		if shape := e.Shape(); shape[0] != test.side || shape[1] != test.side || shape[2] != Channels {
			t.Errorf("the shape is %v", shape)
		}
		if got := dst[(test.y*test.side+test.x)*Channels+test.c]; math.Abs(float64(got)-test.want) > 1e-6 {
			t.Errorf("%d: value %d of pixel %d, %d is %v, want %v", test.side, test.c, test.y, test.x, got, test.want)
		}
	}
	if _, err := (Examples{Set: set, Side: 16}).Example(0, nil, make([]float32, 16*16*Channels)); err == nil || !strings.Contains(err.Error(), "enlarged to 32 to 1024 pixels, not to 16") {
		t.Error(err)
	}
	if _, err := (Examples{Set: set, Side: 64}).Example(0, nil, make([]float32, ImageSize)); err == nil || !strings.Contains(err.Error(), "want a dst of 12288 values, got 3072") {
		t.Error(err)
	}
}

// TestEnlargeAugmented enlarges what is augmented, by the same draw.
func TestEnlargeAugmented(t *testing.T) {
	e := Examples{Set: ramp(4), Augmentation: PaperAugmentation}
	var small [ImageSize]float32
	if _, err := e.Example(2, rand.New(rand.NewPCG(1, 2)), small[:]); err != nil {
		t.Fatal(err)
	}
	e.Side = 40
	got, want := make([]float32, 40*40*Channels), make([]float32, 40*40*Channels)
	enlarge(want, &small, 40)
	if _, err := e.Example(2, rand.New(rand.NewPCG(1, 2)), got); err != nil {
		t.Fatal(err)
	}
	near(t, "enlarged", got, want, 0)
}
