package jpeg

import (
	"archive/tar"
	"compress/gzip"
	"image"
	"image/draw"
	_ "image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// kind is a file and the pixels that Pillow makes of it, three bytes each, or nil
// where it makes none.
type kind struct{ data, want []byte }

// kinds reads the archive that testdata/kinds.py makes.
func kinds(t testing.TB) map[string]*kind {
	t.Helper()
	f, err := os.Open("testdata/kinds.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*kind{}
	for r := tar.NewReader(z); ; {
		entry, err := r.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		name, isPixels := strings.CutSuffix(entry.Name, ".rgb")
		name = strings.TrimSuffix(name, ".jpg")
		if out[name] == nil {
			out[name] = new(kind)
		}
		if isPixels {
			out[name].want = content
		} else {
			out[name].data = content
		}
	}
}

// decoded is the pixels of a file, three bytes each.
func decoded(data []byte) (pixels []byte, warnings []string, err error) {
	m, err := Parse(data)
	if err != nil {
		return nil, nil, err
	}
	warnings, err = m.Rows(image.Rectangle{Max: m.Size()}, func(row []uint32) {
		for _, v := range row {
			pixels = append(pixels, byte(v), byte(v>>8), byte(v>>16))
		}
	})
	return pixels, warnings, err
}

// worst is the largest difference, or 256 of what cannot be compared.
func worst(a, b []byte) int {
	if len(a) != len(b) {
		return 256
	}
	most := 0
	for i, v := range a {
		most = max(most, max(int(v)-int(b[i]), int(b[i])-int(v)))
	}
	return most
}

// TestKinds compares files of every kind with what Pillow makes of them.
func TestKinds(t *testing.T) {
	for name, k := range kinds(t) {
		got, warnings, err := decoded(k.data)
		switch most := worst(got, k.want); {
		case k.want == nil && err == nil:
			t.Errorf("%s: want an error, got %v", name, warnings)
		case k.want != nil && err != nil:
			t.Errorf("%s: %v", name, err)
		case k.want != nil && most > 0:
			t.Errorf("%s: differs by up to %d, %v", name, most, warnings)
		}
	}
}

// TestCorpus does the same with the folder GORGONET_JPEGS of pairs of .jpg and .png,
// such as testdata/kinds.py makes. Where there is no .png an error is wanted.
func TestCorpus(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(os.Getenv("GORGONET_JPEGS"), "*.jpg"))
	if err != nil || os.Getenv("GORGONET_JPEGS") == "" || len(paths) == 0 {
		t.Skip("set GORGONET_JPEGS to a folder of pairs of .jpg and .png")
	}
	equal, refused, most := 0, 0, 0
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, warnings, err := decoded(data)
		var want []byte
		if f, err := os.Open(strings.TrimSuffix(path, ".jpg") + ".png"); err == nil {
			m, _, err := image.Decode(f)
			if err != nil {
				t.Fatal(err)
			}
			f.Close()
			rgba := image.NewRGBA(m.Bounds())
			draw.Draw(rgba, rgba.Rect, m, m.Bounds().Min, draw.Src)
			for i := 0; i < len(rgba.Pix); i += 4 {
				want = append(want, rgba.Pix[i:i+3]...)
			}
		}
		switch d := worst(got, want); {
		case want == nil && err != nil:
			refused++
		case want == nil:
			t.Errorf("%s: want an error, got %v", filepath.Base(path), warnings)
		case err != nil:
			t.Errorf("%s: %v", filepath.Base(path), err)
		case d > 0:
			t.Errorf("%s: differs by up to %d, %v", filepath.Base(path), d, warnings)
			most = max(most, d)
		default:
			equal++
		}
	}
	t.Logf("of %d files %d are equal, %d refused as wanted, the largest difference is %d", len(paths), equal, refused, most)
}
