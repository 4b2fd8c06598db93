package imagenet

import (
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func open(t *testing.T, name string) image.Image {
	t.Helper()
	picture, err := Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// difference is the mean and the largest difference of two pictures' channels.
func difference(a, b []byte) (mean float64, most int) {
	for i := range a {
		d := max(int(a[i])-int(b[i]), int(b[i])-int(a[i]))
		mean += float64(d) / float64(len(a))
		most = max(most, d)
	}
	return mean, most
}

// channels drops the alpha.
func channels(m *image.RGBA) []byte {
	var out []byte
	for i := 0; i < len(m.Pix); i += 4 {
		out = append(out, m.Pix[i:i+3]...)
	}
	return out
}

// TestTorchvision compares with torchvision's Resize and CenterCrop, to the byte.
func TestTorchvision(t *testing.T) {
	for _, test := range []struct {
		golden string
		p      Preprocessing
	}{
		{"down-bilinear", Preprocessing{Resize: 32, Crop: 28}},
		{"down-bicubic", Preprocessing{Resize: 32, Crop: 28, Interpolation: Bicubic}},
		{"up-bilinear", Preprocessing{Resize: 75, Crop: 60}},
		{"up-bicubic", Preprocessing{Resize: 75, Crop: 60, Interpolation: Bicubic}},
		{"same", Preprocessing{Resize: 61, Crop: 50}},
		{"odd", Preprocessing{Resize: 33, Crop: 28}},
	} {
		p, err := NewPicture(open(t, "picture.png"))
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range test.p.Pipeline().Transforms {
			if err := step.Apply(p, nil); err != nil {
				t.Fatal(err)
			}
		}
		m, err := p.Image()
		if err != nil {
			t.Fatal(err)
		}
		got := channels(m)
		want := channels(rgb(open(t, test.golden+".png")))
		if len(got) != len(want) {
			t.Fatalf("%s: want %d bytes, got %d", test.golden, len(want), len(got))
		}
		if mean, most := difference(got, want); most > 0 {
			t.Errorf("%s: mean difference %.3f of 255, largest %d", test.golden, mean, most)
		}
	}
}

func TestApply(t *testing.T) {
	picture := image.NewNRGBA(image.Rect(3, 5, 303, 305)) // not at the origin
	for i := range picture.Pix {
		picture.Pix[i] = [4]byte{255, 0, 51, 0}[i%4]
	}
	for _, test := range []struct {
		p    Preprocessing
		want [3]float32
	}{
		{Preprocessing{}, [3]float32{(1 - 0.485) / 0.229, -0.456 / 0.224, (0.2 - 0.406) / 0.225}},
		{Preprocessing{Deviation: [3]float32{1, 1, 1}}, [3]float32{1, 0, 0.2}},
		{Preprocessing{Resize: 20, Crop: 20, Mean: [3]float32{0.5, 0.5, 0.5}, Deviation: [3]float32{0.5, 0.5, 0.5}}, [3]float32{1, -1, -0.6}},
	} {
		shape := test.p.Shape()
		got := make([]float32, shape[0]*shape[1]*shape[2])
		if err := test.p.Apply(got, picture); err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			if math.Abs(float64(v-test.want[i%3])) > 1e-6 {
				t.Fatalf("%+v: value %d: want %v, got %v", test.p, i, test.want[i%3], v)
			}
		}
	}
}

func TestBadPreprocessing(t *testing.T) {
	picture := image.NewGray(image.Rect(0, 0, 40, 30))
	nan := float32(math.NaN())
	for _, test := range []struct {
		p       Preprocessing
		picture image.Image
		n       int
		want    string
	}{
		{Preprocessing{Resize: 100}, picture, 224 * 224 * 3, "got crop 224 of 100"},
		{Preprocessing{Crop: -1}, picture, 3, "crop of at least 1"},
		{Preprocessing{Deviation: [3]float32{1, 0, 1}}, picture, 224 * 224 * 3, "positive deviations"},
		{Preprocessing{Mean: [3]float32{nan}, Deviation: [3]float32{1, 1, 1}}, picture, 224 * 224 * 3, "finite means"},
		{Preprocessing{Interpolation: 7}, picture, 224 * 224 * 3, "unknown interpolation 7"},
		{Preprocessing{}, picture, 224, "want room for 150528 values [224 224 3], got 224"},
		{Preprocessing{}, image.NewGray(image.Rect(0, 0, 0, 7)), 224 * 224 * 3, "the picture is empty"},
		{Preprocessing{}, image.NewGray(image.Rect(0, 0, 200000, 1)), 224 * 224 * 3, "too long and thin"},
		{Preprocessing{}, image.NewGray(image.Rect(0, 0, 1, 200000)), 224 * 224 * 3, "too long and thin"},
	} {
		err := test.p.Apply(make([]float32, test.n), test.picture)
		if err == nil || !strings.HasPrefix(err.Error(), "imagenet: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: want an error with %q, got %v", test.p, test.want, err)
		}
	}
}

// photographs are the files of the real ones, where there are some.
func photographs(t *testing.T) []string {
	t.Helper()
	data := os.Getenv("GORGONET_DATA")
	if data == "" {
		t.Skip("set GORGONET_DATA to a folder that holds imagenet-sample/images")
	}
	files, err := filepath.Glob(filepath.Join(data, "imagenet-sample/images/*"))
	if err != nil || len(files) == 0 {
		t.Skipf("no photographs in %s", data)
	}
	return files
}

// TestPhotographs compares 64 pixels of every photograph, decoded, and then
// resized to 256, cut to 224 and normalised, with those of Pillow and torchvision:
// the same bytes.
func TestPhotographs(t *testing.T) {
	files := photographs(t)
	decoded, cropped := rgb(open(t, "photographs-decoded.png")), rgb(open(t, "photographs-cropped.png"))
	if len(files) != decoded.Rect.Dy() {
		t.Skipf("want the %d photographs that the pixels are of, got %d", decoded.Rect.Dy(), len(files))
	}
	if testing.Short() {
		files = files[:5]
	}
	n := Normalization{Deviation: [3]float32{1, 1, 1}}
	var mean, most [2]float64
	for row, file := range files {
		m, err := Open(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []*image.RGBA{decoded, cropped} {
			p := pictureOf(t, m)
			if i == 1 {
				for _, step := range (Preprocessing{}).Pipeline().Transforms {
					if err := step.Apply(p, nil); err != nil {
						t.Fatal(err)
					}
				}
			}
			size := p.Size()
			x := make([]float32, 3*size.X*size.Y)
			if err := p.Write(x, n); err != nil {
				t.Fatal(err)
			}
			for k := range want.Rect.Dx() {
				at := (37*k+5*row)%size.Y*size.X + (101*k+13*row)%size.X
				for c := range 3 {
					d := math.Abs(float64(x[3*at+c])*255 - float64(want.Pix[want.PixOffset(k, row)+c]))
					mean[i] += d / float64(3*want.Rect.Dx()*len(files))
					most[i] = max(most[i], d)
				}
			}
		}
	}
	for i, what := range []string{"decoded", "resized and cut"} {
		t.Logf("%d photographs, %s: mean difference %.3f of 255, largest of a pixel %.1f", len(files), what, mean[i], most[i])
		if most[i] > 0.01 {
			t.Errorf("%s: not the same bytes", what)
		}
	}
}

func TestInterpolation(t *testing.T) {
	for _, i := range []Interpolation{Bilinear, Bicubic} {
		if got, err := ParseInterpolation(i.String()); err != nil || got != i {
			t.Errorf("%v: got %v, %v", i, got, err)
		}
	}
	if _, err := ParseInterpolation("lanczos"); err == nil || !strings.Contains(err.Error(), `"lanczos"; there are bilinear and bicubic`) {
		t.Errorf("got %v", err)
	}
}

func TestKinds(t *testing.T) {
	at := image.Pt(1, 2)
	for name, set := range map[string]func(image.Rectangle) image.Image{
		"nrgba64": func(r image.Rectangle) image.Image {
			m := image.NewNRGBA64(r)
			m.SetNRGBA64(at.X, at.Y, color.NRGBA64{R: 0xc8ff, G: 0x6400, B: 0x32aa})
			return m
		},
		"nrgba": func(r image.Rectangle) image.Image {
			m := image.NewNRGBA(r)
			m.SetNRGBA(at.X, at.Y, color.NRGBA{R: 200, G: 100, B: 50})
			return m
		},
		"premultiplied": func(r image.Rectangle) image.Image {
			m := image.NewRGBA(r)
			m.SetRGBA(at.X, at.Y, color.RGBA{R: 40, G: 20, B: 10, A: 51})
			return m
		},
		"rgba64": func(r image.Rectangle) image.Image {
			m := image.NewRGBA64(r)
			m.SetRGBA64(at.X, at.Y, color.RGBA64{R: 0xc8ff, G: 0x6400, B: 0x32aa, A: 0xffff})
			return m
		},
		"palette": func(r image.Rectangle) image.Image {
			m := image.NewPaletted(r, color.Palette{color.NRGBA{}, color.NRGBA{R: 200, G: 100, B: 50, A: 3}})
			m.SetColorIndex(at.X, at.Y, 1)
			return m
		},
		"palette too small": func(r image.Rectangle) image.Image {
			m := image.NewPaletted(r, color.Palette{color.NRGBA{R: 200, G: 100, B: 50, A: 3}})
			for i := range m.Pix {
				m.Pix[i] = 9
			}
			m.SetColorIndex(at.X, at.Y, 0)
			return m
		},
	} {
		got := rgb(set(image.Rect(1, 1, 4, 4))).RGBAAt(0, 1)
		if got != (color.RGBA{R: 200, G: 100, B: 50, A: 255}) {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

// TestUnits refuses means and deviations of bytes, with what is meant instead.
func TestUnits(t *testing.T) {
	for _, p := range []Preprocessing{
		{Mean: [3]float32{124, 116, 104}, Deviation: [3]float32{0.229, 0.224, 0.225}},
		{Mean: [3]float32{0.5, 0.5, 0.5}, Deviation: [3]float32{58.395, 57.12, 57.375}},
	} {
		err := p.Apply(make([]float32, 224*224*3), image.NewGray(image.Rect(0, 0, 9, 9)))
		want := "124,116,104 is of bytes from 0 to 255; want it of values from 0 to 1: 0.4863,0.4549,0.4078"
		if p.Mean[0] < 1 {
			want = "58.395,57.12,57.375 is of bytes from 0 to 255; want it of values from 0 to 1: 0.2290,0.2240,0.2250"
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
