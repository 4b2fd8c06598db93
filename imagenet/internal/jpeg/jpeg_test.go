package jpeg

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pkg/errors"
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
func rows(data []byte, r image.Rectangle) (size image.Point, out []uint32, err error) {
	m, err := Parse(data)
	if err != nil {
		return image.Point{}, nil, err
	}
	if r.Empty() {
		r.Max = m.Size()
	}
	err = m.Rows(r, func(row []uint32) { out = append(out, row...) })
	return m.Size(), out, err
}

// TestParts compares parts with the same pixels of the whole, which the tests of
// package imagenet compare with libjpeg's.
func TestParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"kind-rgb.jpg", "kind-gray.jpg", "kind-exif.jpg", "kind-422.jpg", "kind-420.jpg"} {
		data := file(t, name)
		size, whole, err := rows(data, image.Rectangle{})
		if err != nil || len(whole) != size.X*size.Y {
			t.Fatalf("%s: %d pixels of %v, %v", name, len(whole), size, err)
		}
		for range 300 {
			r := image.Rect(rng.IntN(size.X+1), rng.IntN(size.Y+1), rng.IntN(size.X+1), rng.IntN(size.Y+1))
			if r.Empty() {
				continue
			}
			var want []uint32
			for y := r.Min.Y; y < r.Max.Y; y++ {
				want = append(want, whole[y*size.X+r.Min.X:y*size.X+r.Max.X]...)
			}
			if _, got, err := rows(data, r); err != nil || !slices.Equal(got, want) {
				t.Fatalf("%s: %v is not as in the whole picture, %v", name, r, err)
			}
		}
	}
}

// TestRestarts puts pictures of eight rows, whose coding begins anew, one under
// the other.
func TestRestarts(t *testing.T) {
	var data, scans []byte
	var want []uint32
	rng := rand.New(rand.NewPCG(1, 2))
	const strips = 11
	for k := range strips {
		m := image.NewGray(image.Rect(0, 0, 24, 8))
		for i := range m.Pix {
			m.Pix[i] = byte(20*k + rng.IntN(30))
		}
		var out bytes.Buffer
		if err := jpeg.Encode(&out, m, nil); err != nil {
			t.Fatal(err)
		}
		_, pixels, err := rows(out.Bytes(), image.Rectangle{})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, pixels...)
		data = out.Bytes()
		scan := bytes.Index(data, []byte{0xff, 0xda})
		coded := data[scan+2+int(data[scan+3]) : len(data)-2]
		data = slices.Clone(data[:scan])
		scans = append(scans, coded...)
		if k < strips-1 {
			scans = append(scans, 0xff, 0xd0+byte(k%8))
		}
	}
	frame := bytes.Index(data, []byte{0xff, 0xc0})
	data[frame+6] = 8 * strips
	build := func(interval byte) []byte {
		return slices.Concat(data, []byte{0xff, 0xdd, 0, 4, 0, interval}, []byte{0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0}, scans, []byte{0xff, 0xd9})
	}
	if size, got, err := rows(build(3), image.Rectangle{}); err != nil || size != image.Pt(24, 8*strips) || !slices.Equal(got, want) {
		t.Errorf("%d pixels of %v, %v", len(got), size, err)
	}
	for _, interval := range []byte{0, 2, 4} {
		if _, _, err := rows(build(interval), image.Rectangle{}); !errors.Is(err, ErrOther) {
			t.Errorf("restarts every %d instead of 3: got %v", interval, err)
		}
	}
}

// TestLateTable has the table of quants after the frame that names it, and a wrong
// one before.
func TestLateTable(t *testing.T) {
	data := file(t, "kind-gray.jpg")
	_, want, err := rows(data, image.Rectangle{})
	if err != nil {
		t.Fatal(err)
	}
	begin, scan := bytes.Index(data, []byte{0xff, 0xdb}), bytes.Index(data, []byte{0xff, 0xda})
	table := slices.Clone(data[begin : begin+2+int(data[begin+3])])
	data = slices.Concat(data[:scan], table, data[scan:])
	for i := 5; i < len(table); i++ {
		data[begin+i] = 1
	}
	if _, got, err := rows(data, image.Rectangle{}); err != nil || !slices.Equal(got, want) {
		t.Error("the later table is not used", err)
	}
}

// TestTransform compares with the sum of cosines that it is.
func TestTransform(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	most := 0.0
	for range 300 {
		var b [64]int32
		last := rng.IntN(64)
		for k := range last + 1 {
			b[zigzag[k]] = int32(rng.NormFloat64() * 200 / float64(1+k))
		}
		coefficients := b
		dst := make([]byte, 8*10)
		transform(&b, last, dst, 10)
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

// TestOther has files of other kinds and damaged ones.
func TestOther(t *testing.T) {
	good := file(t, "kind-420.jpg")
	tests := map[string][]byte{
		"nothing": nil, "text": []byte("no picture"), "progressive": file(t, "kind-progressive.jpg"),
		"cmyk": file(t, "kind-cmyk.jpg"), "png": file(t, "picture.png"), "open end": good[:len(good)-2],
	}
	for i := range 20 {
		tests["end "+string(rune('a'+i))] = good[:len(good)*(i+1)/21]
	}
	enormous := slices.Clone(good)
	copy(enormous[bytes.Index(good, []byte{0xff, 0xc0})+5:], []byte{0xff, 0xff, 0xff, 0xff})
	tests["too little for so many pixels"] = enormous
	for name, data := range tests {
		if _, got, err := rows(data, image.Rectangle{}); !errors.Is(err, ErrOther) || got != nil {
			t.Errorf("%s: want ErrOther and no rows, got %d pixels, %v", name, len(got), err)
		}
	}
	// What one file leaves behind does not harm the next.
	if size, got, err := rows(good, image.Rectangle{}); err != nil || len(got) != size.X*size.Y {
		t.Error(size, len(got), err)
	}
}

// FuzzRows reads anything without panic, to all rows or none.
func FuzzRows(f *testing.F) {
	for _, name := range []string{"kind-rgb.jpg", "kind-gray.jpg", "kind-422.jpg", "kind-420.jpg", "kind-exif.jpg"} {
		f.Add(file(f, name), uint16(3), uint16(5), uint16(20), uint16(9))
	}
	f.Fuzz(func(t *testing.T, data []byte, left, top, right, bottom uint16) {
		m, err := Parse(data)
		if err != nil {
			return
		}
		size := m.Size()
		if size.X*size.Y > 1<<20 {
			t.Skip("takes much memory, rightly")
		}
		r := image.Rect(int(left), int(top), int(right), int(bottom)).Intersect(image.Rectangle{Max: size})
		if r.Empty() {
			return
		}
		n := 0
		err = m.Rows(r, func(row []uint32) { n += len(row) })
		if want := map[bool]int{true: r.Dx() * r.Dy()}[err == nil]; n != want {
			t.Errorf("want %d pixels, got %d, %v", want, n, err)
		}
	})
}
