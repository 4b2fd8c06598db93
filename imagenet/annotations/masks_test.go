package annotations

import (
	"encoding/json"
	"image"
	"math"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/gorgonet/gorgonet/imagenet"
)

// golden is what testdata/masks.py wrote of pycocotools and torchvision.
type golden struct {
	Polygons []struct {
		Size    [2]int
		Polygon []float64
		Counts  string
		Area    int
		Box     [4]float64
	}
	Pairs []struct {
		Size                [2]int
		A, B, Mask          string
		IoU, Crowd          float64
		Union, Intersection string
		Box                 [4]float64
		Area                int
	}
	Boxes []struct {
		A, B       [4]float64
		IoU, Crowd float64
	}
	Sizes  [][6]int
	Inputs struct {
		Pictures []struct {
			Size        [2]int
			Bytes       []int
			Mask, Masks string
			Box         [4]float64
			To          [2]int
			Boxes       [4]float32
		}
		Shape  [4]int
		Pixels []float32
	}
}

func readGolden(t *testing.T) (g golden) {
	t.Helper()
	data, err := os.ReadFile("testdata/masks.json")
	if err == nil {
		err = json.Unmarshal(data, &g)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func boxOf(b [4]float64) Box { return Box{b[0], b[1], b[2], b[3]} }
func sizeOf(s [2]int) Size   { return Size{s[0], s[1]} }
func digits(mask []uint8) string {
	text := make([]byte, len(mask))
	for i, v := range mask {
		text[i] = '0' + v
	}
	return string(text)
}

func mustParse(t *testing.T, text string, s Size) *RLE {
	t.Helper()
	r, err := ParseRLE(text, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPolygons(t *testing.T) {
	for i, c := range readGolden(t).Polygons {
		r, err := Polygons{c.Polygon}.RLE(sizeOf(c.Size))
		if err != nil {
			t.Errorf("%d: %v", i, err)
			continue
		}
		if r.String() != c.Counts || r.Area() != c.Area || r.Box() != boxOf(c.Box) {
			t.Errorf("%d: %v in %v is %s of %d in %v, want %s of %d in %v", i, c.Polygon, c.Size, r, r.Area(), r.Box(), c.Counts, c.Area, c.Box)
		}
	}
}

func TestMasks(t *testing.T) {
	for i, c := range readGolden(t).Pairs {
		s := sizeOf(c.Size)
		a, b := mustParse(t, c.A, s), mustParse(t, c.B, s)
		mask := a.Decode()
		if digits(mask) != c.Mask || a.String() != c.A || a.Area() != c.Area || a.Box() != boxOf(c.Box) {
			t.Errorf("%d: %s of %d in %v, want %s of %d in %v", i, a, a.Area(), a.Box(), c.A, c.Area, c.Box)
		}
		if again, err := Encode(mask, s); err != nil || again.String() != c.A {
			t.Errorf("%d: encoded again: %v, %v", i, again, err)
		}
		if iou, crowd := a.IoU(b, false), a.IoU(b, true); iou != c.IoU || crowd != c.Crowd {
			t.Errorf("%d: IoU %v and %v, want %v and %v", i, iou, crowd, c.IoU, c.Crowd)
		}
		union, err := Union(a, b)
		both, err2 := Intersection(a, b)
		if err != nil || err2 != nil || union.String() != c.Union || both.String() != c.Intersection {
			t.Errorf("%d: %v and %v (%v, %v), want %s and %s", i, union, both, err, err2, c.Union, c.Intersection)
		}
	}
	for i, c := range readGolden(t).Boxes {
		a, b := boxOf(c.A), boxOf(c.B)
		if iou, crowd := a.IoU(b, false), a.IoU(b, true); iou != c.IoU || crowd != c.Crowd {
			t.Errorf("boxes %d: IoU %v and %v, want %v and %v", i, iou, crowd, c.IoU, c.Crowd)
		}
	}
	a, b := mustParse(t, "06", Size{2, 3}), mustParse(t, "06", Size{3, 2})
	if a.IoU(b, false) != -1 {
		t.Error("masks of different sizes have an IoU")
	}
	if _, err := Union(a, b); err == nil {
		t.Error("masks of different sizes merge")
	}
}

// TestInput: the whole transform of torchvision's detectors.
func TestInput(t *testing.T) {
	g := readGolden(t)
	for _, c := range g.Sizes {
		s := Preprocessing{}.ResizedSize(Size{c[0], c[1]}, 800)
		if s != (Size{c[2], c[3]}) || roundUp(s.Height, 32) != c[4] || roundUp(s.Width, 32) != c[5] {
			t.Errorf("%dx%d becomes %+v, want %v", c[1], c[0], s, c[2:])
		}
	}
	p := Preprocessing{MinSides: []int{20, 40}, MaxSide: 66}
	var inputs []*Input
	for i, c := range g.Inputs.Pictures {
		size := sizeOf(c.Size)
		m := image.NewRGBA(image.Rect(0, 0, size.Width, size.Height))
		for k, v := range c.Bytes {
			m.Pix[k/3*4+k%3] = byte(v)
		}
		for k := 3; k < len(m.Pix); k += 4 {
			m.Pix[k] = 255
		}
		picture, err := imagenet.NewPicture(m)
		if err != nil {
			t.Fatal(err)
		}
		mask := []uint8(c.Mask)
		for k := range mask {
			mask[k] -= '0'
		}
		runs, err := Encode(mask, size)
		if err != nil {
			t.Fatal(err)
		}
		var box Corners
		for k, v := range c.Box {
			box[k] = float32(v)
		}
		sample := &Sample{Picture: picture, Objects: []Target{{Box: box, Mask: runs}}, Labels: &Labels{size, slices.Clone(mask)}}
		in, err := p.Input(sample, nil)
		if err != nil {
			t.Fatal(err)
		}
		if in.Size != sizeOf(c.To) || in.Objects[0].Box != c.Boxes || digits(in.Objects[0].Mask.Decode()) != c.Masks || digits(in.Labels.Pix) != c.Masks {
			t.Errorf("picture %d: %v and %v, want %v and %v, and its mask", i, in.Size, in.Objects[0].Box, c.To, c.Boxes)
		}
		if sample.Objects[0].Box != box {
			t.Errorf("picture %d: the sample's box has changed", i)
		}
		inputs = append(inputs, in)
	}
	b, err := p.Batch(inputs)
	if err != nil {
		t.Fatal(err)
	}
	if got := [4]int{len(b.Inputs), b.Height, b.Width, 3}; got != g.Inputs.Shape {
		t.Fatalf("batch of %v, want %v", got, g.Inputs.Shape)
	}
	worst, exact := 0.0, 0
	for i, want := range g.Inputs.Pixels {
		d := math.Abs(float64(b.Pixels[7*i] - want))
		worst = max(worst, d)
		if d == 0 {
			exact++
		}
	}
	t.Logf("%d of %d values are the same bits, the others differ by at most %.2g", exact, len(g.Inputs.Pixels), worst)
	if worst > 1e-6 {
		t.Errorf("pixels differ by %v", worst)
	}
}

// TestInputOfEach: every length of the shorter side is drawn.
func TestInputOfEach(t *testing.T) {
	p := Preprocessing{MinSides: []int{10, 20, 30}}
	rng := testRandom(1)
	seen := map[int]bool{}
	for range 60 {
		seen[p.side(rng)] = true
	}
	if want := map[int]bool{10: true, 20: true, 30: true}; !reflect.DeepEqual(seen, want) || p.side(nil) != 30 {
		t.Errorf("drew %v and took %d, want each, and the last", seen, p.side(nil))
	}
}

// TestParts: a part is coded as the whole picture would be.
func TestParts(t *testing.T) {
	rng := testRandom(5)
	for range 2000 {
		s := Size{1 + rng.IntN(7), 1 + rng.IntN(7)}
		x, y := rng.IntN(s.Width), rng.IntN(s.Height)
		part := image.Rect(x, y, x+rng.IntN(s.Width-x+1), y+rng.IntN(s.Height-y+1))
		mask := make([]uint8, s.Height*s.Width)
		for i := range mask {
			if image.Pt(i%s.Width, i/s.Width).In(part) && rng.IntN(3) > 0 {
				mask[i] = 1
			}
		}
		want, err := Encode(mask, s)
		if err != nil {
			t.Fatal(err)
		}
		if got := encode(s, part, func(x, y int) bool { return mask[y*s.Width+x] != 0 }); !slices.Equal(got.Runs, want.Runs) || digits(got.Decode()) != digits(mask) {
			t.Fatalf("%v of %v in %v: %v, want %v", mask, s, part, got.Runs, want.Runs)
		}
		to := Size{1 + rng.IntN(20), 1 + rng.IntN(20)}
		labels := &Labels{s, mask}
		if got := want.Resized(to).Decode(); digits(got) != digits(labels.Resized(to).Pix) {
			t.Fatalf("%v resized to %v is %v", mask, to, got)
		}
	}
}
