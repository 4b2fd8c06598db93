package imagenet

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/gob"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/testdata/corrupt"
)

// speckled is a small picture of colours.
func speckled() image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, 11, 9))
	for i := range m.Pix {
		m.Pix[i] = byte(i * i)
	}
	for i := 3; i < len(m.Pix); i += 4 {
		m.Pix[i] = 255
	}
	return m
}

// TestCorruptPictures damages pictures of each kind. Of a PNG what comes out without a
// warning is right; of a JPEG it is a picture.
func TestCorruptPictures(t *testing.T) {
	var small, photo bytes.Buffer
	if err := png.Encode(&small, speckled()); err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(&photo, speckled(), &jpeg.Options{Quality: 30}); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"small.png": small.Bytes(), "small.jpg": photo.Bytes()}
	for _, name := range []string{"kind-bits.png", "kind-gray.png", "kind-progressive.jpg"} {
		file, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = file
	}
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			whole, err := Decode(bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			want := rgb(whole)
			// A header of 65,535 pixels a side can be of so many bytes.
			corrupt.Every(t, file, 1<<20+uint64(len(file))*pixelsPerByte*16, func(damaged []byte) error {
				src, err := load(damaged)
				if err != nil {
					return err
				}
				m, err := pixels(src)
				if _, warned := src.(warner); err == nil && !warned && filepath.Ext(name) == ".png" && !slices.Equal(rgb(m).Pix, want.Pix) {
					t.Error("other pixels")
				}
				return err
			})
		})
	}
}

// TestPictureBombs holds headers that ask for much more memory than the file could
// fill.
func TestPictureBombs(t *testing.T) {
	jpegBomb := func(w, h uint16) []byte {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, speckled(), nil); err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(b.Bytes(), []byte{0xff, 0xc0})
		binary.BigEndian.PutUint16(b.Bytes()[at+5:], h)
		binary.BigEndian.PutUint16(b.Bytes()[at+7:], w)
		return b.Bytes()
	}
	for name, test := range map[string]struct {
		file []byte
		want string
	}{
		"a PNG of 2^62 pixels":   {bomb(1<<31-1, 1<<31-1), "too large"},
		"a PNG of 10^10 pixels":  {bomb(100_000, 100_000), "too large"},
		"a PNG of 10^8 pixels":   {bomb(10_000, 10_000), "33 bytes cannot hold 10000x10000 pixels"},
		"a JPEG of 4*10^9":       {jpegBomb(65_535, 65_535), "too large"},
		"a JPEG of 10^8 pixels":  {jpegBomb(10_000, 10_000), "bytes cannot hold 10000x10000 pixels"},
		"a JPEG of 9*10^8":       {jpegBomb(30_000, 30_000), "too large"},
		"a JPEG without a width": {jpegBomb(0, 5), "no pixels"},
	} {
		err := corrupt.Within(t, name, 1<<20, func() error {
			_, err := Decode(bytes.NewReader(test.file))
			return err
		})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: want an error with %q, got %v", name, test.want, err)
		}
	}
}

// TestCorruptTexts damages files of labels, manifests and ground truths, which have
// no checksums: what is read has labels within its classes, or it is an error.
func TestCorruptTexts(t *testing.T) {
	names := []string{"a.jpg", "b.jpg"}
	labels := func(text []byte) error {
		names, err := ParseLabels(bytes.NewReader(text))
		if err == nil && (len(names) == 0 || slices.Contains(names, "")) {
			t.Errorf("names %q", names)
		}
		return err
	}
	set := func(s *Set, err error) error {
		if err != nil {
			return err
		}
		for _, f := range s.Files {
			if f.Label < 0 || int(f.Label) >= len(s.Classes) || f.Path == "" {
				t.Errorf("%+v of %d classes", f, len(s.Classes))
			}
		}
		return nil
	}
	manifest := func(text []byte) error { return set(parseManifest(bytes.NewReader(text), nil)) }
	truth := func(text []byte) error {
		return set(parseTruth(bytes.NewReader(text), names, threeClasses, nil))
	}
	for _, test := range []struct {
		name, text string
		read       func([]byte) error
	}{
		{"labels", "tench\ngreat white shark\nhen\n", labels},
		{"table of labels", "index\tname\n0\ttench\n1\t\"hen\"\n", labels},
		{"JSON labels", `{"0": ["n01440764", "tench"], "1": "hen"}`, labels},
		{"manifest", "path,label\nx/b.jpg,dog\n\"a.jpg\",cat\n", manifest},
		{"manifest of numbers", "path\tlabel\nb.jpg\t12\na.jpg\t0\n", manifest},
		{"truth", "2\n0\n", truth},
		{"truth by name", "a.jpg n02\nb.jpg n01\n", truth},
		{"truth of Kaggle", "ImageId,PredictionString\na,n01 1 2 3 4\nb,n03 5 6 7 8\n", truth},
	} {
		t.Run(test.name, func(t *testing.T) {
			// Numbers up to maxClasses are names of as many classes.
			corrupt.Every(t, []byte(test.text), 128<<20, test.read)
		})
	}
}

// TestCorruptIndex damages an index, which then is none or right still.
func TestCorruptIndex(t *testing.T) {
	want := &index{Version: indexVersion, Root: "/root", Folders: []indexFolder{
		{Modified: 1}, {Path: "a", Modified: 2, Files: []string{"1.jpg", "2.jpg"}}, {Path: "b/c", Modified: 3, Files: []string{"3.png"}}}}
	path := filepath.Join(t.TempDir(), "x.index")
	if err := want.write(path); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	corrupt.Every(t, file, 1<<20, func(damaged []byte) error {
		x, err := decodeIndex(bytes.NewReader(damaged), int64(len(damaged)))
		if err == nil && !reflect.DeepEqual(x, want) {
			t.Errorf("got %+v", x)
		}
		return err
	})
}

// gzipped compresses content.
func gzipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	if _, err := zip.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encoded(t testing.TB, x index) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(x); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHostileIndex holds indices that list what is elsewhere, or ask for much
// memory.
func TestHostileIndex(t *testing.T) {
	for name, x := range map[string]index{
		"a folder above":   {Version: indexVersion, Folders: []indexFolder{{}, {Path: "../other", Files: []string{"1.jpg"}}}},
		"an absolute path": {Version: indexVersion, Folders: []indexFolder{{}, {Path: "/etc", Files: []string{"1.jpg"}}}},
		"a long name":      {Version: indexVersion, Root: strings.Repeat("x", 64<<20), Folders: []indexFolder{{}}},
	} {
		file := gzipped(t, encoded(t, x))
		if err := corrupt.Within(t, name, 40<<20, func() error {
			_, err := decodeIndex(bytes.NewReader(file), int64(len(file)))
			return err
		}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzIndex reads what is in an index, past gzip's checksum.
func FuzzIndex(f *testing.F) {
	f.Add(encoded(f, index{Version: indexVersion, Root: "/root", Folders: []indexFolder{
		{Modified: 1}, {Path: "a", Modified: 2, Files: []string{"1.jpg", "2.jpg"}}, {Path: "b/c", Modified: 3, Files: []string{"3.png"}}}}))
	f.Add(encoded(f, index{Version: indexVersion, Folders: []indexFolder{{}, {}}}))
	f.Fuzz(func(t *testing.T, content []byte) {
		file := gzipped(t, content)
		x, err := decodeIndex(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		for _, classes := range [][]string{nil, {"a", "b"}} {
			s, err := x.set(classes)
			if err != nil {
				continue
			}
			for _, file := range s.Files {
				if file.Label < 0 || int(file.Label) >= len(s.Classes) {
					t.Fatalf("%+v of %d classes", file, len(s.Classes))
				}
			}
		}
	})
}

// FuzzFlat reads a ground truth for pictures of any names.
func FuzzFlat(f *testing.F) {
	f.Add("2\n0\n", "a.jpg/b.jpg", "n02/n01")
	f.Add("ImageId,PredictionString\na,n01 1 2\nb,n02\n", "a.jpg/a.png/b", "")
	f.Fuzz(func(t *testing.T, text, names, synsets string) {
		list := strings.Split(names, "/")
		slices.Sort(list)
		for _, synsets := range [][]string{nil, strings.Split(synsets, "/")} {
			s, err := parseTruth(strings.NewReader(text), list, threeClasses, synsets)
			if err != nil {
				continue
			}
			for _, file := range s.Files {
				if file.Label < 0 || int(file.Label) > 2 {
					t.Fatalf("%+v", file)
				}
			}
		}
	})
}

// TestManyScans refuses a progressive JPEG that goes over its pixels without end.
func TestManyScans(t *testing.T) {
	file, err := os.ReadFile("testdata/kind-progressive.jpg")
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(file, []byte{0xff, 0xc2})
	binary.BigEndian.PutUint16(file[at+5:], 2000)
	binary.BigEndian.PutUint16(file[at+7:], 2000)
	more := slices.Concat(file[:len(file)-2], bytes.Repeat([]byte{0xff, 0xda}, 1000), file[len(file)-2:])
	if _, err := Decode(bytes.NewReader(more)); err == nil || !strings.Contains(err.Error(), "is too much work") {
		t.Errorf("got %v", err)
	}
}
