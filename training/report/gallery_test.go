package report_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training/report"
)

// plain is a picture of one colour.
func plain(width, height int) image.Image {
	p := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range p.Pix {
		p.Pix[i] = 255
	}
	for y := range height {
		for x := range width {
			p.Set(x, y, color.NRGBA{200, 30, 60, 255})
		}
	}
	return p
}

// TestThumbnails embeds small pictures as they are and large ones small.
func TestThumbnails(t *testing.T) {
	for _, test := range []struct {
		width, height int
		kind, size    string
	}{
		{32, 32, "data:image/png;", `width="32" height="32"`},
		{64, 40, "data:image/png;", `width="64" height="40"`},
		{224, 224, "data:image/jpeg;", `width="224" height="224"`},
		{4000, 2000, "data:image/jpeg;", `width="256" height="128"`},
		{5000, 1, "data:image/jpeg;", `width="256" height="1"`},
	} {
		page := html(t, report.Page{Sections: []report.Section{{Parts: []report.Part{
			report.Gallery{Pictures: []report.Picture{{Image: plain(test.width, test.height), Lines: []string{"a"}}}},
		}}}})
		selfContained(t, page)
		if !strings.Contains(page, `src="`+test.kind) || !strings.Contains(page, test.size) || len(page) > 20000 {
			t.Errorf("%d x %d: want %s and %s on a small page of %d bytes", test.width, test.height, test.kind, test.size, len(page))
		}
	}
}

// TestSheet draws the sheet of a gallery: rows of six pictures with text beneath
// each, whatever the text is.
func TestSheet(t *testing.T) {
	g := report.Gallery{Name: "mistakes"}
	for i, lines := range [][]string{{"is cat", "taken for dog"}, nil, {strings.Repeat("word ", 40)}, {strings.Repeat("x", 100000)}, {"\x00\xff"}, {hostile}, {"is cat"}, {" "}} {
		g.Pictures = append(g.Pictures, report.Picture{Image: plain(8+i, 8), Lines: lines})
	}
	dir := t.TempDir()
	if err := (report.Page{Sections: []report.Section{{Parts: []report.Part{g}}}}).Write(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "mistakes.png"))
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	// In points: six pictures of 96 with gaps of 12 and margins of 12; two rows of a
	// picture, 4 and two lines of 11.
	if size := sheet.Bounds().Size(); size != image.Pt(2*(6*96+5*12+24), 2*(2*(96+4+22)+12+24)) {
		t.Errorf("the sheet is %v", size)
	}
	at := func(x, y int) color.NRGBA { return color.NRGBAModel.Convert(sheet.At(x, y)).(color.NRGBA) }
	for _, x := range []int{24 + 96, 24 + 5*216 + 96} {
		if got := at(x, 24+96); got.R < 190 || got.G > 40 {
			t.Errorf("no picture at %d: %v", x, got)
		}
	}
	// Ink beneath the first picture, none beneath the second.
	dark := func(left int) (n int) {
		for y := 24 + 2*96; y < 24+2*(96+26); y++ {
			for x := left; x < left+192; x++ {
				if at(x, y).R < 128 {
					n++
				}
			}
		}
		return n
	}
	if a, b := dark(24), dark(24+216); a < 100 || b != 0 {
		t.Errorf("%d dark pixels beneath the first picture, %d beneath the second", a, b)
	}
	for _, bad := range []report.Gallery{{Name: "../a"}, {Name: "a", Pictures: []report.Picture{{}}}, {Name: "a", Pictures: []report.Picture{{Image: image.NewGray(image.Rectangle{})}}}} {
		if err := bad.Write(dir); err == nil || !strings.Contains(err.Error(), "report: ") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// TestMistakesSheet labels the pictures that a run has kept, and leaves the strip
// alone that older versions have kept under that name.
func TestMistakesSheet(t *testing.T) {
	strip := func(t *testing.T, path string) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, plain(16, 8)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for _, name := range []string{"mistakes-raw.png", "mistakes.png"} {
		dir := write(t, "run", nil)
		raw := strip(t, filepath.Join(dir, name))
		for range 2 { // a page can be made again
			if err := report.Make(dir, dir); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(kept, raw) {
			t.Errorf("%s is overwritten: %v", name, err)
		}
		sheet, err := os.ReadFile(filepath.Join(dir, "mistakes.png"))
		if err != nil || name == "mistakes-raw.png" && bytes.Equal(sheet, raw) {
			t.Errorf("%s: no sheet: %v", name, err)
		}
		page, err := os.ReadFile(filepath.Join(dir, report.File))
		if err != nil || bytes.Count(page, []byte("<img")) != 2 {
			t.Errorf("%s: %d pictures on the page, want 2: %v", name, bytes.Count(page, []byte("<img")), err)
		}
	}
}
