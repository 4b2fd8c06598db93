package imagenet

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func newRNG(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func pictureOf(t *testing.T, m image.Image) *Picture {
	t.Helper()
	p, err := NewPicture(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// rendered applies the steps and returns the bytes [H W 3].
func rendered(t *testing.T, p *Picture, steps ...func(*Picture) error) []byte {
	t.Helper()
	for _, step := range steps {
		if err := step(p); err != nil {
			t.Fatal(err)
		}
	}
	m, err := p.Image()
	if err != nil {
		t.Fatal(err)
	}
	return channels(m)
}

func flip(p *Picture) error { p.Flip(); return nil }
func crop(left, top, w, h int) func(p *Picture) error {
	return func(p *Picture) error { return p.Crop(image.Rect(left, top, left+w, top+h)) }
}
func resize(w, h int) func(p *Picture) error {
	return func(p *Picture) error { return p.Resize(w, h, Bilinear) }
}
func centered(side int) func(p *Picture) error {
	return func(p *Picture) error { return CenterCrop{side}.Apply(p, nil) }
}
func golden(t *testing.T, name string) []byte { return channels(rgb(open(t, name))) }

// TestCrops compares with torchvision's crops and flips, to the byte.
func TestCrops(t *testing.T) {
	m := open(t, "picture.png")
	var got []byte
	for _, steps := range [][]func(*Picture) error{
		{centered(41)},
		{centered(41), flip},
		{flip, crop(11, 7, 41, 41)},
	} {
		got = append(got, rendered(t, pictureOf(t, m), steps...)...)
	}
	if !slices.Equal(got, golden(t, "crops.png")) {
		t.Error("crops and flips differ from torchvision's")
	}

	crops, err := TenCrop(pictureOf(t, m), 40)
	if err != nil || len(crops) != 10 {
		t.Fatal(len(crops), err)
	}
	got = nil
	for _, c := range crops {
		got = append(got, rendered(t, c)...)
	}
	if !slices.Equal(got, golden(t, "tencrop.png")) {
		t.Error("TenCrop differs from torchvision's")
	}
	// The ten share their pixels; changing one must not change another.
	if err := (ColorJitter{Brightness: 0.9}).Apply(crops[0], newRNG(1)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rendered(t, crops[1]), got[3*1600:2*3*1600]) {
		t.Error("a change of one crop shows in another")
	}
}

func TestResizedCrop(t *testing.T) {
	m := open(t, "picture.png")
	got := rendered(t, pictureOf(t, m), crop(20, 10, 45, 31), resize(24, 24))
	got = append(got, rendered(t, pictureOf(t, m), crop(0, 0, 9, 13), resize(24, 24), flip)...)
	if mean, most := difference(got, golden(t, "resized-crops.png")); most > 0 {
		t.Errorf("mean difference %.3f, largest %d", mean, most)
	}
}

// TestPictureOrder has steps in both orders: what is only noted must come to the
// same as what is computed at once.
func TestPictureOrder(t *testing.T) {
	now := func(p *Picture) error { _, err := p.Image(); return err }
	for _, steps := range [][]func(*Picture) error{
		{flip, resize(45, 33), crop(3, 4, 20, 10), flip, crop(1, 2, 12, 7), flip},
		{crop(5, 6, 70, 50), flip, crop(1, 2, 60, 40), resize(31, 22), crop(2, 2, 20, 20)},
		{resize(40, 30), crop(2, 3, 30, 20), resize(50, 60), flip, crop(0, 0, 50, 50)},
	} {
		lazy := rendered(t, pictureOf(t, open(t, "picture.png")), steps...)
		var eager []func(*Picture) error
		for _, s := range steps {
			eager = append(eager, s, now)
		}
		if _, most := difference(lazy, rendered(t, pictureOf(t, open(t, "picture.png")), eager...)); most > 1 {
			t.Errorf("largest difference %d", most) // a mirrored sum is rounded the other way
		}
	}
}

// TestColors compares with what torchvision and Pillow make of every change, to
// the byte.
func TestColors(t *testing.T) {
	var got []byte
	add := func(changes ...func(m *image.RGBA)) {
		m := rgb(open(t, "kind-rgb.png"))
		for _, c := range changes {
			c(m)
		}
		got = append(got, channels(m)...)
	}
	with := func(f func(*image.RGBA, float64), x float64) func(*image.RGBA) {
		return func(m *image.RGBA) { f(m, x) }
	}
	for _, x := range []float64{0, 0.3, 0.77, 1.4, 2.6} {
		add(with(adjustBrightness, x))
		add(with(adjustContrast, x))
		add(with(adjustSaturation, x))
	}
	for _, x := range []float64{-0.5, -0.213, -0.001, 0.1, 0.5} {
		add(with(adjustHue, x))
	}
	add(with(adjustSaturation, 1.3), with(adjustBrightness, 0.7), with(adjustContrast, 1.2), with(adjustHue, 0.05))
	want := golden(t, "jitters.png")
	const one = 24 * 16 * 3
	for i := range len(want) / one {
		if mean, most := difference(got[i*one:(i+1)*one], want[i*one:(i+1)*one]); most > 0 {
			t.Errorf("change %d: mean difference %.3f, largest %d", i, mean, most)
		}
	}

	cube := rgb(open(t, "cube.png"))
	adjustHue(cube, 0.31)
	if mean, most := difference(channels(cube), golden(t, "cube-hue.png")); most > 0 {
		t.Errorf("hue: mean difference %.3f, largest %d", mean, most)
	}
}

// TestLighting measures what is added over many pictures: its covariance is that
// of the principal components.
func TestLighting(t *testing.T) {
	const n = 20000
	rng := newRNG(3)
	var got [3][3]float64
	for range n {
		p := pictureOf(t, image.NewGray(image.Rect(0, 0, 1, 1)))
		if err := (Lighting{}).Apply(p, rng); err != nil {
			t.Fatal(err)
		}
		x := make([]float32, 3)
		if err := p.Write(x, Normalization{Deviation: [3]float32{1, 1, 1}}); err != nil {
			t.Fatal(err)
		}
		for i := range x {
			for j := range x {
				got[i][j] += float64(x[i]) * float64(x[j]) / n
			}
		}
	}
	for i := range got {
		for j := range got {
			want, scale := 0.0, 0.01*0.2175*0.2175/3
			for k, value := range eigenvalues {
				want += eigenvectors[i][k] * eigenvectors[j][k] * value * value * 0.01
			}
			if math.Abs(got[i][j]-want) > 0.05*scale {
				t.Errorf("covariance %d, %d: want %v, got %v", i, j, want, got[i][j])
			}
		}
	}
	for i := range eigenvectors {
		for j := range eigenvectors {
			dot := 0.0
			for k := range eigenvectors {
				dot += eigenvectors[k][i] * eigenvectors[k][j]
			}
			if want := map[bool]float64{true: 1}[i == j]; math.Abs(dot-want) > 1e-3 {
				t.Errorf("eigenvectors %d and %d: product %v", i, j, dot)
			}
		}
	}
}

// TestDraws has every transform twice with one seed, once with another, and once
// without random numbers.
func TestDraws(t *testing.T) {
	for _, steps := range [][]Transform{
		{RandomResize{Min: 61, Max: 90}},
		{RandomCrop{30}},
		{RandomFlip{}},
		{RandomResizedCrop{Size: 30}},
		{Lighting{}},
		{ColorJitter{Brightness: 0.4, Contrast: 0.4, Saturation: 0.4, Hue: 0.1}},
		PaperAugmentation(32).Transforms,
		ResizedCropAugmentation(32).Transforms,
	} {
		draw := func(seed uint64) []float32 {
			p, rng := pictureOf(t, open(t, "picture.png")), newRNG(seed)
			for _, step := range steps {
				if err := step.Apply(p, rng); err != nil {
					t.Fatal(err)
				}
			}
			out := make([]float32, 3*p.Size().X*p.Size().Y)
			if err := p.Write(out, Normalization{}); err != nil {
				t.Fatal(err)
			}
			return out
		}
		if !slices.Equal(draw(1), draw(1)) {
			t.Errorf("%T: one seed, two pictures", steps[0])
		}
		if slices.Equal(draw(1), draw(2)) && slices.Equal(draw(1), draw(3)) && slices.Equal(draw(1), draw(4)) && slices.Equal(draw(1), draw(5)) {
			t.Errorf("%T: five seeds, one picture", steps[0])
		}
		if err := steps[0].Apply(pictureOf(t, open(t, "picture.png")), nil); err == nil || !strings.Contains(err.Error(), "nil rng") {
			t.Errorf("%T: want an error without an rng, got %v", steps[0], err)
		}
	}
	var lengths [481]bool
	rng := newRNG(1)
	for range 4000 {
		p := pictureOf(t, image.NewGray(image.Rect(0, 0, 4, 3)))
		if err := (RandomResize{}).Apply(p, rng); err != nil {
			t.Fatal(err)
		}
		lengths[p.Size().Y] = true
	}
	if slices.Index(lengths[:], true) != 256 || slices.Contains(lengths[256:], false) {
		t.Error("want shorter sides of 256 to 480, all of them")
	}
}

func TestBadTransforms(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct {
		step Transform
		want string
	}{
		{Resize{Size: -1}, "shorter side of 1 to"},
		{Resize{Size: 1 << 40}, "shorter side of 1 to"},
		{Resize{Size: 1 << 15}, "too long and thin"},
		{Resize{Size: 10, Interpolation: 9}, "unknown interpolation 9"},
		{RandomResize{Min: 5, Max: 4}, "1 <= Min <= Max"},
		{RandomResize{Max: 5}, "1 <= Min <= Max"},
		{CenterCrop{62}, "want a cut of 62x62 from a picture no smaller, got one of 90x61"},
		{CenterCrop{-3}, "want a cut of -3x-3"},
		{RandomCrop{}, "RandomCrop: want a cut of 224x224"},
		{RandomResizedCrop{Size: -1}, "at least 1x1"},
		{RandomResizedCrop{Scale: [2]float64{0.5, 0.4}}, "want a Scale"},
		{RandomResizedCrop{Scale: [2]float64{nan, 1}}, "want a Scale"},
		{RandomResizedCrop{Scale: [2]float64{0.1, 2}}, "want a Scale"},
		{RandomResizedCrop{Ratio: [2]float64{0, 1}}, "want a Ratio"},
		{RandomResizedCrop{Ratio: [2]float64{1, math.Inf(1)}}, "want a Ratio"},
		{Lighting{-1}, "positive Deviation"},
		{Lighting{nan}, "positive Deviation"},
		{ColorJitter{Contrast: -1}, "Saturation of 0 to 1000"},
		{ColorJitter{Brightness: nan}, "Saturation of 0 to 1000"},
		{ColorJitter{Hue: 0.6}, "Hue of 0 to 0.5"},
	} {
		err := test.step.Apply(pictureOf(t, open(t, "picture.png")), newRNG(1))
		if err == nil || !strings.HasPrefix(err.Error(), "imagenet: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%#v: want an error with %q, got %v", test.step, test.want, err)
		}
	}
	p := pictureOf(t, open(t, "picture.png"))
	for _, r := range []image.Rectangle{{}, image.Rect(-1, 0, 5, 5), image.Rect(0, 0, 91, 5), image.Rect(0, 60, 5, 62)} {
		if err := p.Crop(r); err == nil {
			t.Errorf("%v: want an error", r)
		}
	}
	for _, m := range []image.Image{nil, image.NewUniform(color.Black)} {
		if _, err := NewPicture(m); err == nil {
			t.Errorf("%T: want an error", m)
		}
	}
	err := Pipeline{Size: 30, Transforms: []Transform{CenterCrop{29}}}.Apply(make([]float32, 30*30*3), open(t, "picture.png"), nil)
	if err == nil || !strings.Contains(err.Error(), "want transforms that leave 30x30 pixels, got 29x29") {
		t.Errorf("got %v", err)
	}
}
