package imagenet

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPillow compares what is read of each kind of file with what Pillow reads:
// the same bytes.
func TestPillow(t *testing.T) {
	for _, kind := range []string{"rgb.png", "gray.png", "alpha.png", "palette.png", "bits.png",
		"rgb.jpg", "422.jpg", "420.jpg", "progressive.jpg", "gray.jpg", "cmyk.jpg", "exif.jpg"} {
		got := rgb(open(t, "kind-"+kind))
		want := rgb(open(t, "rgb-"+strings.ReplaceAll(kind, ".", "-")+".png"))
		if got.Bounds() != want.Bounds() {
			t.Errorf("%s: want %v, got %v", kind, want.Bounds(), got.Bounds())
			continue
		}
		if mean, most := difference(channels(got), channels(want)); most > 0 {
			t.Errorf("%s: mean difference %.3f, largest %d", kind, mean, most)
		}
	}
}

// bomb is the beginning of a PNG file that says it is enormous.
func bomb(w, h uint32) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h)
	header = append(header, 8, 2, 0, 0, 0)
	out := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), uint32(len(header)-4))
	return binary.BigEndian.AppendUint32(append(out, header...), crc32.ChecksumIEEE(header))
}

func TestBadPictures(t *testing.T) {
	dir := t.TempDir()
	jpeg, err := os.ReadFile("testdata/kind-rgb.jpg")
	if err != nil {
		t.Fatal(err)
	}
	// A progressive picture of 10,000 x 10,000 would take 2 GB, a baseline one
	// would not.
	progressive := []byte(fixture(t, "kind-progressive.jpg"))
	copy(progressive[bytes.Index(progressive, []byte{0xff, 0xc2})+5:], []byte{0x27, 0x10, 0x27, 0x10})
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	long := write("long.jpg", nil)
	if err := os.Truncate(long, maxFile+1); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ path, want string }{
		{filepath.Join(dir, "none.jpg"), "no such file"},
		{dir, "is a folder, not a picture"},
		{write("empty.jpg", nil), "no picture of a known kind"},
		{write("text.jpg", []byte("not a picture at all\n")), "no picture of a known kind"},
		{write("bomb.png", bomb(1<<20, 1<<20)), "a picture of 1048576x1048576 is too large; at most 178956970 pixels are read"},
		{write("enormous.jpg", []byte(enormous(t))), "a picture of 30000x30000 is too large; at most 178956970 pixels are read"},
		{write("progressive.jpg", progressive), "a picture of 10000x10000 is too large; at most 44739242 pixels are read"},
		{long, "a file of more than 256 MB is too large"},
		{write("short.png", bomb(10, 10)), "damaged picture"},
		{write("head.jpg", jpeg[:20]), "damaged picture"},
		{write("half.jpg", jpeg[:len(jpeg)/2]), "damaged picture"},
	} {
		picture, err := Open(test.path)
		if picture != nil || err == nil || !strings.HasPrefix(err.Error(), "imagenet: ") ||
			!strings.Contains(err.Error(), test.path) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("want an error with %q, got %v", test.want, err)
		}
	}
	if _, err := Decode(strings.NewReader("?")); err == nil || !strings.HasPrefix(err.Error(), "imagenet: no picture") {
		t.Errorf("got %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"kind-alpha.png", "kind-palette.png", "kind-bits.png", "kind-rgb.jpg", "kind-420.jpg", "kind-progressive.jpg", "kind-cmyk.jpg", "kind-gray.jpg"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(bomb(3, 1<<31-1))
	f.Fuzz(func(t *testing.T, data []byte) {
		if config, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil {
			if n := int64(config.Width) * int64(config.Height); n > 1<<20 && n <= MaxPixels {
				t.Skip("takes much memory, rightly")
			}
		}
		picture, err := Decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		p := Preprocessing{Resize: 8, Crop: 7}
		if err := p.Apply(make([]float32, 7*7*3), picture); err != nil && !strings.Contains(err.Error(), "too long and thin") {
			t.Error(err)
		}
	})
}
