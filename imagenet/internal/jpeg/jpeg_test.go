package jpeg

import (
	"bytes"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// rows decodes a part, or all if r is empty.
func rows(data []byte, r image.Rectangle) (size image.Point, out []uint32, warnings []string, err error) {
	m, err := Parse(data)
	if err != nil {
		return image.Point{}, nil, nil, err
	}
	if r.Empty() {
		r.Max = m.Size()
	}
	warnings, err = m.Rows(r, func(row []uint32) { out = append(out, row...) })
	return m.Size(), out, warnings, err
}

// TestParts compares parts with the same pixels of the whole, of every kind.
func TestParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, k := range kinds(t) {
		size, whole, _, err := rows(k.data, image.Rectangle{})
		if err != nil {
			continue // as TestKinds wants it
		}
		for range 40 {
			r := image.Rect(rng.IntN(size.X+1), rng.IntN(size.Y+1), rng.IntN(size.X+1), rng.IntN(size.Y+1))
			if r.Empty() {
				continue
			}
			var want []uint32
			for y := r.Min.Y; y < r.Max.Y; y++ {
				want = append(want, whole[y*size.X+r.Min.X:y*size.X+r.Max.X]...)
			}
			if _, got, _, err := rows(k.data, r); err != nil || !slices.Equal(got, want) {
				t.Fatalf("%s: %v is not as in the whole picture, %v", name, r, err)
			}
		}
	}
}

// TestWarnings has files that were mended, and those that need not be.
func TestWarnings(t *testing.T) {
	files := kinds(t)
	for name, want := range map[string]string{
		"samples-2x2": "", "progressive-2x2": "", "arithmetic-2x2": "", "apart-4x4": "", "restarts-1B": "", "tables-huffman": "",
		"incomplete-dc-2x2":      "",
		"restarts-extra":         "data that ends before a marker should come; bytes between segments",
		"restarts-far-once":      "a restart marker that is missing or wrong",
		"restarts-twice":         "a restart marker that is missing or wrong; bytes between segments",
		"end-never":              "a missing end",
		"end-far":                "data behind the last block",
		"segments-gap":           "bytes between segments",
		"scan-odd":               "a sequential scan that says it is progressive",
		"cmyk-0-odd":             "colours of an unknown kind",
		"cut-5-ended":            "data that ends before a marker should come",
		"cut-arithmetic-5-ended": "",
	} {
		_, warnings, err := decoded(files[name].data)
		if got := strings.Join(warnings, "; "); err != nil || got != want {
			t.Errorf("%s: want the warnings %q, got %q, %v", name, want, got, err)
		}
	}
}

// TestErrors has files that are refused, each by name.
func TestErrors(t *testing.T) {
	files := kinds(t)
	good := files["samples-2x2"].data
	enormous := slices.Clone(good)
	copy(enormous[bytes.Index(good, []byte{0xff, 0xc0})+5:], []byte{0x20, 0, 0x20, 0})
	two := []byte{0xff, 0xd8, 0xff, 0xc0, 0, 14, 8, 0, 9, 0, 9, 2, 1, 0x11, 0, 2, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0}
	for _, test := range []struct {
		name, want string
		data       []byte
	}{
		{"nothing", "no JPEG file", nil},
		{"a PNG", "no JPEG file", file(t, "picture.png")},
		{"a beginning", "damaged picture: the file ends too early", good[:20]},
		{"half", "damaged picture: the file ends too early", good[:len(good)-len(good)/4]},
		{"no end", "damaged picture: the file ends too early", good[:len(good)-2]},
		{"half a progressive one", "damaged picture: the file ends too early", files["cut-progressive-5"].data},
		{"only an end", "damaged picture: there is no picture in it", []byte{0xff, 0xd8, 0xff, 0xd9}},
		{"too many pixels", "damaged picture: there is too little data for so many pixels", enormous},
		{"lossless", "lossless JPEG files are not supported", files["refused-lossless"].data},
		{"lossless", "lossless JPEG files are not supported", files["refused-arithmetic-lossless"].data},
		{"hierarchical", "hierarchical JPEG files are not supported", files["refused-hierarchical"].data},
		{"12 bits", "JPEG files of 12 bits a sample are not supported, only those of 8", files["refused-bits"].data},
		{"two components", "JPEG files of 2 components are not supported, only those of 1, 3 and 4", two},
		{"3 to 2", "JPEG files with samples 2x1 to 3x2 pixels are not supported, only whole ratios", files["refused-ratio"].data},
		{"a height that follows", "a picture of 27x0 has no pixels", files["lines-later"].data},
		{"no quants", "damaged picture: a quantization table is missing", files["tables-quantization"].data},
		{"no codes", "damaged picture: a Huffman table is missing", files["tables-huffman-progressive"].data},
		{"another scan", "damaged picture: there is a scan too many", files["end-scan"].data},
		{"unknown marker", "damaged picture: unknown marker 0xf3", files["end-unknown"].data},
	} {
		if _, got, _, err := rows(test.data, image.Rectangle{}); err == nil || err.Error() != test.want || got != nil {
			t.Errorf("%s: want no rows and the error %q, got %d pixels, %v", test.name, test.want, len(got), err)
		}
	}
	// What one file leaves behind does not harm the next.
	if got, _, err := decoded(good); err != nil || !bytes.Equal(got, files["samples-2x2"].want) {
		t.Error("other pixels after errors", err)
	}
}

// TestLateTable has the table of quants after the frame that names it, and a wrong
// one before.
func TestLateTable(t *testing.T) {
	data := file(t, "kind-gray.jpg")
	want, _, err := decoded(data)
	if err != nil {
		t.Fatal(err)
	}
	begin, scan := bytes.Index(data, []byte{0xff, 0xdb}), bytes.Index(data, []byte{0xff, 0xda})
	table := slices.Clone(data[begin : begin+2+int(data[begin+3])])
	data = slices.Concat(data[:scan], table, data[scan:])
	for i := 5; i < len(table); i++ {
		data[begin+i] = 1
	}
	if got, _, err := decoded(data); err != nil || !bytes.Equal(got, want) {
		t.Error("the later table is not used", err)
	}
}

// TestTransform compares with the sum of cosines that it is, and the one for all
// coefficients with the one for tame ones.
func TestTransform(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	most := 0.0
	for range 300 {
		var b [64]int32
		last := rng.IntN(64)
		for k := range last + 1 {
			b[zigzag[k]] = int32(min(max(rng.NormFloat64()*200/float64(1+k), -255), 255))
		}
		coefficients := b
		dst, any := make([]byte, 8*10), make([]byte, 8*10)
		transformAny(&b, any, 10)
		transform(&b, last, dst, 10)
		if !bytes.Equal(dst, any) {
			t.Fatalf("%v: the two differ", coefficients)
		}
		for y := range 8 {
			for x := range 8 {
				want := 128.0
				for i, c := range coefficients {
					u, v := i%8, i/8
					w := float64(c) / 4 * math.Cos(float64((2*x+1)*u)*math.Pi/16) * math.Cos(float64((2*y+1)*v)*math.Pi/16)
					for _, k := range []int{u, v} {
						if k == 0 {
							w /= math.Sqrt2
						}
					}
					want += w
				}
				most = max(most, math.Abs(float64(dst[10*y+x])-min(max(want, 0), 255)))
			}
		}
	}
	if most > 0.6 {
		t.Errorf("largest difference %.3f, want rounding, at most 0.6", most)
	}
}

// FuzzRows reads anything without panic, to all rows or none.
func FuzzRows(f *testing.F) {
	for _, k := range kinds(f) {
		f.Add(k.data, uint16(3), uint16(5), uint16(20), uint16(9))
	}
	f.Fuzz(func(t *testing.T, data []byte, left, top, right, bottom uint16) {
		m, err := Parse(data)
		if err != nil {
			return
		}
		size := m.Size()
		if size.X*size.Y > 1<<20 || bytes.Count(data, []byte{0xff, startOfScan}) > 100 {
			t.Skip("takes much, rightly")
		}
		r := image.Rect(int(left), int(top), int(right), int(bottom)).Intersect(image.Rectangle{Max: size})
		if r.Empty() {
			return
		}
		n := 0
		_, err = m.Rows(r, func(row []uint32) { n += len(row) })
		if want := map[bool]int{true: r.Dx() * r.Dy()}[err == nil]; n != want {
			t.Errorf("want %d pixels, got %d, %v", want, n, err)
		}
	})
}

// BenchmarkRows measures the decoding of the photographs in GORGONET_DATA, apart
// those that are progressive, in bytes of files.
func BenchmarkRows(b *testing.B) {
	paths, err := filepath.Glob(filepath.Join(os.Getenv("GORGONET_DATA"), "imagenet-sample/images/*"))
	if err != nil || len(paths) == 0 {
		b.Skip("set GORGONET_DATA to a folder that holds imagenet-sample/images")
	}
	files := map[string][][]byte{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		m, err := Parse(data)
		if err != nil {
			b.Fatal(err)
		}
		kind := "baseline"
		if m.Whole() {
			kind = "progressive"
		}
		files[kind] = append(files[kind], data)
	}
	for kind, files := range files {
		b.Run(kind, func(b *testing.B) {
			bytes := 0
			for b.Loop() {
				for _, data := range files {
					m, err := Parse(data)
					if err != nil {
						b.Fatal(err)
					}
					if _, err := m.Rows(image.Rectangle{Max: m.Size()}, func([]uint32) {}); err != nil {
						b.Fatal(err)
					}
					bytes += len(data)
				}
			}
			b.ReportMetric(float64(bytes)/1e6/b.Elapsed().Seconds(), "MB/s")
		})
	}
}
