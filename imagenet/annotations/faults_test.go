package annotations

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// oneLine wants an error of one line that starts with the package and has the text.
func oneLine(t *testing.T, name string, err error, want string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want %q", name, want)
		return
	}
	if m := err.Error(); !strings.HasPrefix(m, "annotations: ") || strings.Contains(m, "\n") || !strings.Contains(m, want) {
		t.Errorf("%s: want one line of the package with %q, got %q", name, want, m)
	}
}

// coco puts annotations into a file of a picture of 8x6 pixels and two categories.
func coco(list string) string {
	return `{"info": {"year": 2026}, "annotations": [` + list + `], "images": [{"id": 5, "file_name": "a.png", "width": 8, "height": 6}, {"id": 2.0, "file_name": "b.png", "width": 8, "height": 6}],
		"categories": [{"id": 9, "name": "cat"}, {"id": 3, "name": "dog", "supercategory": "animal"}]}`
}

const good = `{"id": 1, "image_id": 5, "category_id": 9, "bbox": [1, 1, 3, 2], "area": 6, "iscrowd": 0, "segmentation": [[1, 1, 4, 1, 4, 3, 1, 3]]}`

func TestCOCO(t *testing.T) {
	crowd := `{"id": 7, "image_id": 2, "category_id": 3, "bbox": [0, 0, 8, 6], "area": 48, "iscrowd": 1, "segmentation": {"size": [6, 8], "counts": [0, 48]}}`
	// A run of 7 pixels beside it, 40 of it, and 1 beside it.
	bare := `{"id": 8, "image_id": 2, "category_id": 9, "segmentation": {"size": [6, 8], "counts": "7X11"}}`
	s, err := OpenCOCO(write(t, filepath.Join(t.TempDir(), "a.json"), coco(good+","+crowd+","+bare)), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Warnings) > 0 || s.Len() != 2 || s.Pictures[0].ID != 2 || s.Pictures[1].File != "a.png" || s.Categories[0] != (Category{3, "dog", "animal"}) || s.Categories[1].ID != 9 {
		t.Fatalf("%+v", s)
	}
	first, second, last := s.Pictures[0].Objects[0], s.Pictures[0].Objects[1], s.Pictures[1].Objects[0]
	if !first.Crowd || first.Category != 0 || first.Mask.RLE.Area() != 48 || first.ID != 7 {
		t.Errorf("crowd: %+v", first)
	}
	if second.Box != (Box{1, 0, 7, 6}) || second.Area != 40 || second.Category != 1 {
		t.Errorf("of its mask alone: %+v", second)
	}
	if last.Box != (Box{1, 1, 3, 2}) || last.Area != 6 || last.Mask.Polygons == nil {
		t.Errorf("plain: %+v", last)
	}
	var b bytes.Buffer
	if err := WriteCOCO(&b, s); err != nil {
		t.Fatal(err)
	}
	again, err := OpenCOCO(write(t, filepath.Join(t.TempDir(), "b.json"), b.String()), "")
	if err != nil {
		t.Fatal(err)
	}
	var c bytes.Buffer
	if err := WriteCOCO(&c, again); err != nil || !bytes.Equal(b.Bytes(), c.Bytes()) {
		t.Errorf("written, read and written again: %v\n%s\n%s", err, b.String(), c.String())
	}
}

// TestCOCOPassedOver: what is wrong with an annotation is counted, and the others are read.
func TestCOCOPassedOver(t *testing.T) {
	change := func(from, to string) string {
		changed := strings.Replace(strings.Replace(good, `"id": 1`, `"id": 2`, 1), from, to, 1)
		return changed
	}
	for name, c := range map[string]struct {
		list, want string
		objects    int
	}{
		"picture":      {change(`"image_id": 5`, `"image_id": 6`), "1 annotations are of images that are not listed, and passed over (first: annotation 2, of image 6)", 1},
		"category":     {change(`"category_id": 9`, `"category_id": 1`), "of categories that are not listed", 1},
		"no picture":   {change(`"image_id": 5, `, ``), "without image_id or category_id", 1},
		"no box":       {change(`"bbox": [1, 1, 3, 2]`, `"bbox": [1, 1]`), "without a box of four numbers", 1},
		"nothing":      {`{"id": 3, "image_id": 5, "category_id": 9}`, "without a box of four numbers", 1},
		"no area":      {change(`[1, 1, 3, 2]`, `[1, 1, 0, 2]`), "boxes have no area", 2},
		"outside":      {change(`[1, 1, 3, 2]`, `[9, 1, 3, 2]`), "boxes are outside their picture", 2},
		"over":         {change(`[1, 1, 3, 2]`, `[6, 1, 30, 2]`), "boxes go over the edges", 2},
		"same id":      {good, "annotations have the id of another", 2},
		"no id":        {change(`"id": 2, `, ``), "annotations have no id", 2},
		"id of 0":      {change(`"id": 2`, `"id": 0`), "never found", 2},
		"short":        {change(`[[1, 1, 4, 1, 4, 3, 1, 3]]`, `[[1, 1, 4]]`), "broken mask are passed over (first: annotation 2: annotations: want a polygon of pairs", 1},
		"far":          {change(`[[1, 1, 4, 1, 4, 3, 1, 3]]`, `[[1, 1, 1e300, 1, 4, 3]]`), "broken mask", 1},
		"words":        {change(`[[1, 1, 4, 1, 4, 3, 1, 3]]`, `"a cat"`), "broken mask", 1},
		"runs":         {change(`[[1, 1, 4, 1, 4, 3, 1, 3]]`, `{"size": [6, 8], "counts": [3, 4]}`), "cover 7 pixels, want the 48", 1},
		"negative run": {change(`[[1, 1, 4, 1, 4, 3, 1, 3]]`, `{"size": [6, 8], "counts": [-3, 51]}`), "broken mask", 1},
		"code":         {change(`[[1, 1, 4, 1, 4, 3, 1, 3]]`, `{"size": [6, 8], "counts": "é"}`), "broken mask", 1},
		"code ends":    {change(`[[1, 1, 4, 1, 4, 3, 1, 3]]`, `{"size": [6, 8], "counts": "X"}`), "ends within a number", 1},
		"other size":   {change(`[[1, 1, 4, 1, 4, 3, 1, 3]]`, `{"size": [8, 6], "counts": [0, 48]}`), "a mask of 6x8 is not of a picture of 8x6", 1},
		"huge":         {change(`[[1, 1, 4, 1, 4, 3, 1, 3]]`, `{"size": [99999999, 99999999], "counts": [0, 48]}`), "broken mask", 1},
	} {
		s, err := OpenCOCO(write(t, filepath.Join(t.TempDir(), "a.json"), coco(good+","+c.list)), "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if n := len(s.Pictures[1].Objects); len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], c.want) || n != c.objects {
			t.Errorf("%s: %d objects and %q, want %d and %q", name, n, s.Warnings, c.objects, c.want)
		}
	}
}

func TestCOCORefused(t *testing.T) {
	whole := coco(good)
	for name, c := range map[string]struct{ text, want string }{
		"empty":          {"", "the file ends in the middle"},
		"cut":            {whole[:len(whole)-40], "the file ends in the middle"},
		"more":           {whole + "[]", "more after its end"},
		"results":        {"[]", "a list is a file of results"},
		"no images":      {`{"categories": [{"id": 1}]}`, "lists no images"},
		"no categories":  {`{"images": [{"id": 1, "file_name": "a", "width": 1, "height": 1}]}`, "lists no categories"},
		"image twice":    {strings.Replace(whole, `"id": 2.0`, `"id": 5`, 1), "two images have the id 5"},
		"category twice": {strings.Replace(whole, `"id": 3`, `"id": 9`, 1), "two categories have the id 9"},
		"no size":        {strings.Replace(whole, `"width": 8, `, ``, 1), "images[0]: picture 5 is of 0x6 pixels"},
		"no name":        {strings.Replace(whole, `"file_name": "a.png", `, ``, 1), "picture 5 has no file_name"},
		"no id":          {strings.Replace(whole, `"id": 5, `, ``, 1), "images[0]: want an id"},
		"half an id":     {strings.Replace(whole, `"id": 5`, `"id": 5.5`, 1), "want a whole number, got 5.5"},
		"word":           {strings.Replace(whole, `[1, 1, 3, 2]`, `"left"`, 1), "annotations[0]"},
		"not a number":   {strings.Replace(whole, `[1, 1, 3, 2]`, `[NaN, 1, 3, 2]`, 1), "annotations[0]"},
		"no list":        {`{"images": 3}`, "want images as a list"},
	} {
		_, err := OpenCOCO(write(t, filepath.Join(t.TempDir(), "a.json"), c.text), "")
		oneLine(t, name, err, c.want)
	}
	_, err := OpenCOCO(filepath.Join(t.TempDir(), "none.json"), "")
	oneLine(t, "no file", err, "no such file")
	_, err = OpenCOCO(t.TempDir(), "")
	oneLine(t, "folder", err, "no regular file")
}

// TestFolder: pictures that are not there are left out; those of another size are found out about.
func TestFolder(t *testing.T) {
	folder := t.TempDir()
	path := write(t, filepath.Join(folder, "a.json"), coco(good))
	_, err := OpenCOCO(path, folder)
	oneLine(t, "no pictures", err, "none of the pictures")
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 8, 6))); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "a.png"), b.String())
	s, err := OpenCOCO(path, folder)
	if err != nil || s.Len() != 1 || len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "1 pictures are listed, but not in the folder (first: b.png)") {
		t.Fatalf("%+v, %v", s, err)
	}
	sample, err := s.Sample(0)
	if err != nil || len(sample.Objects) != 1 || sample.Objects[0].Mask.Area() != 6 {
		t.Fatalf("%+v, %v", sample, err)
	}
	s.Pictures[0].Width = 9
	_, err = s.Sample(0)
	oneLine(t, "another size", err, "has 8x6 pixels, its annotations say 9x6")
	_, err = s.Sample(1)
	oneLine(t, "beyond", err, "want a picture from 0 to 0, got 1")
	write(t, filepath.Join(folder, "a.png"), "no picture")
	if _, err = s.Sample(0); err == nil {
		t.Error("what is no picture is read")
	}
}

func TestResults(t *testing.T) {
	folder := t.TempDir()
	s, err := OpenCOCO(write(t, filepath.Join(folder, "a.json"), coco(good)), "")
	if err != nil {
		t.Fatal(err)
	}
	found := []Detection{
		{Picture: 1, Category: 1, Score: 0.25, Box: Box{1, 2, 3, 4}, Mask: &RLE{Size{6, 8}, []uint32{7, 2, 39}}},
		{Picture: 0, Category: 0, Score: 0.1, Box: Box{0, 0, 1.5, 1}, Mask: &RLE{Size{6, 8}, []uint32{48}}},
	}
	for _, masks := range []bool{false, true} {
		var b bytes.Buffer
		if err := WriteResults(&b, s, found, masks); err != nil {
			t.Fatal(err)
		}
		r, err := ReadResults(write(t, filepath.Join(folder, "r.json"), b.String()), s)
		if err != nil || len(r.Detections) != 2 || r.Boxes == masks || r.Masks != masks || len(r.Warnings) > 0 {
			t.Fatalf("%+v, %v", r, err)
		}
		d := r.Detections[0]
		if d.Picture != 1 || d.Category != 1 || d.Score != 0.25 {
			t.Errorf("%+v", d)
		}
		if masks && (d.Box != (Box{1, 1, 1, 2}) || d.Area != 2 || d.Mask.String() != found[0].Mask.String() || !(r.Detections[1].Area > 0)) {
			t.Errorf("of a mask: %+v and %+v", d, r.Detections[1])
		}
		if !masks && (d.Box != found[0].Box || d.Area != 12) {
			t.Errorf("of a box: %+v", d)
		}
	}
	const one = `{"image_id": 5, "category_id": 9, "score": 0.5, "bbox": [1, 1, 2, 2]}`
	r, err := ReadResults(write(t, filepath.Join(folder, "r.json"), `[`+one+`,`+strings.Replace(one, "9", "90", 1)+`]`), s)
	if err != nil || len(r.Detections) != 1 || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "not listed, and passed over (first: results[1], of category 90)") {
		t.Errorf("another category: %+v, %v", r, err)
	}
	if r, err = ReadResults(write(t, filepath.Join(folder, "r.json"), `[]`), s); err != nil || len(r.Detections) != 0 {
		t.Errorf("none: %+v, %v", r, err)
	}
	for name, c := range map[string]struct{ text, want string }{
		"picture":  {`[` + strings.Replace(one, "5", "4", 1) + `]`, "results[0]: there is no image 4"},
		"no score": {`[` + strings.Replace(one, `"score": 0.5, `, ``, 1) + `]`, "want image_id, category_id and score"},
		"no box":   {`[` + one + `, {"image_id": 5, "category_id": 9, "score": 1}]`, "results[1]: want a bbox like the first"},
		"mask":     {`[{"image_id": 5, "category_id": 9, "score": 1, "segmentation": {"size": [6, 9], "counts": [54]}}]`, "a mask of 9x6 is not of a picture of 8x6"},
		"nothing":  {`[{"image_id": 5, "category_id": 9, "score": 1}]`, "want a bbox or a segmentation"},
		"object":   {`{}`, "want results as a list"},
		"cut":      {`[` + one + `,`, "the file ends in the middle"},
	} {
		_, err := ReadResults(write(t, filepath.Join(folder, "r.json"), c.text), s)
		oneLine(t, name, err, c.want)
	}
	oneLine(t, "written without a mask", WriteResults(&bytes.Buffer{}, s, []Detection{{}}, true), "has no mask")
	oneLine(t, "written of no picture", WriteResults(&bytes.Buffer{}, s, []Detection{{Picture: 2}}, false), "picture 2")
}

// indexed is a PNG file of a palette whose pixels are numbers, [rows][columns].
func indexed(t *testing.T, rows ...[]uint8) string {
	t.Helper()
	palette := make(color.Palette, 256)
	for i := range palette {
		palette[i] = color.RGBA{uint8(i) * 37, uint8(i), 0, 255}
	}
	m := image.NewPaletted(image.Rect(0, 0, len(rows[0]), len(rows)), palette)
	for y, row := range rows {
		copy(m.Pix[y*m.Stride:], row)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func picture(t *testing.T, w, h int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const vocFile = `<annotation><size><width>3</width><height>2</height><depth>3</depth></size>
	<object><name>unicorn</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>1</xmax><ymax>1</ymax></bndbox></object>
	<object><name>dog</name><difficult>1</difficult><truncated>0</truncated><bndbox><xmin>2</xmin><ymin>1</ymin><xmax>3</xmax><ymax>2</ymax></bndbox>
		<part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>1</xmax><ymax>1</ymax></bndbox></part></object>
	<object><name>cat</name></object>
	<object><name>cat</name><bndbox><xmin>7</xmin><ymin>1</ymin><xmax>9</xmax><ymax>2</ymax></bndbox></object>
</annotation>`

func TestVOC(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "ImageSets/Main/train.txt"), "one\ntwo  -1\n\n")
	write(t, filepath.Join(root, "ImageSets/Segmentation/train.txt"), "one\n")
	_, err := OpenVOC(root, "train", false, nil)
	oneLine(t, "no annotations", err, "no such file")
	write(t, filepath.Join(root, "Annotations/one.xml"), vocFile)
	write(t, filepath.Join(root, "Annotations/two.xml"), vocFile)
	_, err = OpenVOC(root, "train", false, nil)
	oneLine(t, "no pictures", err, "of the 2 pictures")
	write(t, filepath.Join(root, "JPEGImages/one.jpg"), picture(t, 3, 2)) // what it is its contents tell
	s, err := OpenVOC(root, "train", false, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Object{ID: 1, Category: 11, Box: Box{1, 0, 2, 2}, Area: 4, Difficult: true, number: 2}
	if s.Len() != 1 || len(s.Pictures[0].Objects) != 1 || s.Pictures[0].Objects[0].Box != want.Box || !s.Pictures[0].Objects[0].Difficult || s.Pictures[0].Objects[0].Category != want.Category || len(s.Warnings) != 4 {
		t.Errorf("%+v", s)
	}

	write(t, filepath.Join(root, "SegmentationClass/one.png"), indexed(t, []uint8{0, 12, 255}, []uint8{0, 12, 12}))
	write(t, filepath.Join(root, "SegmentationObject/one.png"), indexed(t, []uint8{1, 2, 255}, []uint8{0, 2, 0}))
	if s, err = OpenVOC(root, "train", true, nil); err != nil {
		t.Fatal(err)
	}
	sample, err := s.Sample(0)
	if err != nil {
		t.Fatal(err)
	}
	if got := sample.Labels.Pix; !bytes.Equal(got, []byte{0, 12, 255, 0, 12, 12}) {
		t.Errorf("labels %v", got)
	}
	if got := sample.Objects[0].Mask; got.String() != (&RLE{Size{2, 3}, []uint32{2, 2, 2}}).String() {
		t.Errorf("mask %v", got.Runs)
	}
	write(t, filepath.Join(root, "SegmentationClass/one.png"), indexed(t, []uint8{0, 21, 255}, []uint8{0, 12, 12}))
	_, err = s.Sample(0)
	oneLine(t, "unknown class", err, "pixel 1, 0 is of class 21; want one of 0 to 20, or 255")
	write(t, filepath.Join(root, "SegmentationClass/one.png"), indexed(t, []uint8{0, 1}))
	_, err = s.Sample(0)
	oneLine(t, "labels of another size", err, "has 3x2 pixels, its labels 2x1")
	write(t, filepath.Join(root, "SegmentationObject/one.png"), indexed(t, []uint8{0, 1}))
	_, err = s.Sample(0)
	oneLine(t, "masks of another size", err, "has 2x1 pixels, its picture 3x2")
	write(t, filepath.Join(root, "SegmentationObject/one.png"), picture(t, 3, 2))
	_, err = s.Sample(0)
	oneLine(t, "colours", err, "got one of colours")

	for name, text := range map[string]string{
		"cut":     vocFile[:200],
		"no XML":  "hello",
		"no size": "<annotation></annotation>",
		"other":   "<html></html>",
	} {
		write(t, filepath.Join(root, "Annotations/one.xml"), text)
		_, err := OpenVOC(root, "train", false, nil)
		oneLine(t, name, err, "one.xml")
	}
	write(t, filepath.Join(root, "ImageSets/Main/train.txt"), "../one\n")
	_, err = OpenVOC(root, "train", false, nil)
	oneLine(t, "out of the folder", err, "line 1: want the name of a picture")
	write(t, filepath.Join(root, "ImageSets/Main/train.txt"), "\n")
	_, err = OpenVOC(root, "train", false, nil)
	oneLine(t, "empty list", err, "lists no picture")
}

func TestPairs(t *testing.T) {
	root := t.TempDir()
	pictures, masks := filepath.Join(root, "pictures"), filepath.Join(root, "masks")
	labels := []string{"road", "sky"}
	_, err := OpenPairs(pictures, masks, labels)
	oneLine(t, "no folder", err, "no such file")
	write(t, filepath.Join(pictures, "town", "b.png"), picture(t, 2, 2))
	write(t, filepath.Join(pictures, "a.PNG"), picture(t, 2, 2))
	write(t, filepath.Join(pictures, ".hidden.png"), "")
	_, err = OpenPairs(pictures, masks, labels)
	oneLine(t, "no masks", err, "has a mask of none of the 2 pictures")
	write(t, filepath.Join(masks, "town", "b.png"), indexed(t, []uint8{0, 1}, []uint8{255, 0}))
	s, err := OpenPairs(pictures, masks, labels)
	if err != nil || s.Len() != 1 || len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "1 pictures have no mask and are left out (first: a.PNG)") {
		t.Fatalf("%+v, %v", s, err)
	}
	sample, err := s.Sample(0)
	if err != nil || !bytes.Equal(sample.Labels.Pix, []byte{0, 1, 255, 0}) {
		t.Errorf("%+v, %v", sample, err)
	}
	_, err = OpenPairs(pictures, masks, nil)
	oneLine(t, "no labels", err, "want the names")
}

// TestGrayLabels: gray of few bits is numbers too, though the decoder spreads it to 255.
func TestGrayLabels(t *testing.T) {
	for depth, want := range map[string][]byte{"1": {0, 1}, "2": {0, 3}, "4": {1, 14}, "8": {7, 255}} {
		data, err := os.ReadFile(filepath.Join("testdata", "gray"+depth+".png"))
		if err != nil {
			t.Fatal(err)
		}
		l, err := DecodeLabels(bytes.NewReader(data))
		if err != nil || !bytes.Equal(l.Pix, want) {
			t.Errorf("%s bits: %+v, %v, want %v", depth, l, err, want)
		}
	}
}

// TestLabelsOf: pixels of several objects are ignored, and what does not fit is an error.
func TestLabelsOf(t *testing.T) {
	s := Size{2, 2}
	l, err := LabelsOf(s, []Target{
		{Category: 4, Mask: &RLE{s, []uint32{0, 2, 2}}},
		{Category: 0, Mask: &RLE{s, []uint32{1, 2, 1}}},
		{Category: 9},
	})
	if err != nil || !bytes.Equal(l.Pix, []byte{5, 1, Ignore, 0}) {
		t.Errorf("%+v, %v", l, err)
	}
	_, err = LabelsOf(s, []Target{{Category: 254, Mask: &RLE{s, []uint32{0, 4}}}})
	oneLine(t, "category", err, "category 254 has no label")
	_, err = LabelsOf(s, []Target{{Mask: &RLE{Size{1, 2}, []uint32{0, 2}}}})
	oneLine(t, "size", err, "a mask of 2x1 is not of a picture of 2x2")
}
