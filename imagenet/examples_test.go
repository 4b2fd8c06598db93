package imagenet

import (
	"bytes"
	"context"
	"image"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func fixture(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// enormous is a JPEG file whose header says 30,000 x 30,000.
func enormous(t *testing.T) string {
	data := []byte(fixture(t, "kind-rgb.jpg"))
	at := bytes.Index(data, []byte{0xff, 0xc0})
	copy(data[at+5:], []byte{0x75, 0x30, 0x75, 0x30})
	return string(data)
}

func examples(t *testing.T, root string, log *bytes.Buffer) *Examples {
	t.Helper()
	s, err := OpenFolder(context.Background(), root, FolderOptions{NoCache: true})
	if err != nil {
		t.Fatal(err)
	}
	e := &Examples{Set: s, Train: PaperAugmentation(8), Test: Preprocessing{Resize: 10, Crop: 8}.Pipeline()}
	if log != nil {
		e.Log = slog.New(slog.NewTextHandler(log, nil))
	}
	return e
}

// TestExamples has every kind of file that can be read.
func TestExamples(t *testing.T) {
	files := map[string]string{}
	kinds := []string{"cmyk.jpg", "exif.jpg", "gray.jpg", "progressive.jpg", "rgb.jpg", "alpha.png", "bits.png", "palette.png"}
	for _, kind := range kinds {
		files[strings.ReplaceAll(kind, ".", "-")+"/1.JPEG"] = fixture(t, "kind-"+kind) // the name's ending may lie
	}
	var log bytes.Buffer
	e := examples(t, tree(t, files), &log)
	if e.Len() != len(kinds) || !slices.Equal(e.Shape(), []int{8, 8, 3}) || len(e.ClassNames()) != len(kinds) {
		t.Fatal(e.Len(), e.Shape(), e.ClassNames())
	}
	x, y := make([]float32, 8*8*3), make([]float32, 8*8*3)
	for i := range e.Len() {
		label, err := e.Example(i, nil, x)
		if err != nil || int(label) != i {
			t.Fatal(label, err)
		}
		m, err := e.Set.Open(i)
		if err != nil {
			t.Fatal(err)
		}
		if err := (Preprocessing{Resize: 10, Crop: 8}).Apply(y, m); err != nil || !slices.Equal(x, y) {
			t.Errorf("%s: not as Preprocessing makes it, %v", e.Set.Path(i), err)
		}
		if got := e.Picture(i).Bounds(); got != image.Rect(0, 0, 8, 8) {
			t.Errorf("picture of %v", got)
		}
		if _, err := e.Example(i, newRNG(1), x); err != nil {
			t.Error(err)
		}
		if _, err := e.Example(i, newRNG(1), y); err != nil || !slices.Equal(x, y) {
			t.Error("one seed, two examples", err)
		}
		if _, err := e.Example(i, newRNG(2), y); err != nil || slices.Equal(x, y) {
			t.Error("two seeds, one example", err)
		}
	}
	if len(e.Unreadable()) > 0 || log.Len() > 0 {
		t.Errorf("unreadable: %v\n%s", e.Unreadable(), &log)
	}
	for _, test := range []struct {
		i, n int
		want string
	}{{-1, 192, "want an example from 0 to 7, got -1"}, {8, 192, "got 8"}, {0, 191, "want room for 192 values [8 8 3], got 191"}} {
		if _, err := e.Example(test.i, nil, make([]float32, test.n)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("want an error with %q, got %v", test.want, err)
		}
	}
	if _, err := new(Examples).Example(0, nil, make([]float32, 224*224*3)); err == nil || !strings.Contains(err.Error(), "the set is empty") {
		t.Errorf("without a set: %v", err)
	}
	if new(Examples).Len() != 0 || new(Examples).ClassNames() != nil || new(Examples).Picture(0) != nil {
		t.Error("want nothing of no set")
	}
	if e.Picture(8) != nil {
		t.Error("want no picture 8")
	}
	plain := &Examples{Set: e.Set}
	if _, err := plain.Example(0, newRNG(1), make([]float32, 224*224*3)); err != nil {
		t.Errorf("without pipelines: %v", err)
	}
}

// TestHostile has every kind of file that cannot be read: another takes its
// place, always the same, with one warning.
func TestHostile(t *testing.T) {
	good := fixture(t, "kind-rgb.jpg")
	files := map[string]string{
		"bad/empty.jpg": "", "bad/text.JPEG": "not a picture\n", "bad/head.jpg": good[:20], "bad/half.jpg": good[:len(good)/2],
		"bad/last.jpg": good[:len(good)*9/10], "bad/enormous.jpg": enormous(t), "bad/bomb.png": string(bomb(30000, 30000)), "bad/thin.png": "",
		"good/1.jpg": good, "good/2.png": fixture(t, "picture.png"), "good/3.jpg": fixture(t, "kind-gray.jpg"), "gone/1.jpg": good, "gone/2.jpg": good,
	}
	bad := len(files) - 3
	root := tree(t, files)
	if os.Symlink("missing", filepath.Join(root, "bad", "link.jpg")) == nil {
		bad++
	}
	if exec.Command("mkfifo", filepath.Join(root, "bad", "pipe.jpg")).Run() == nil {
		bad++
	}
	var log bytes.Buffer
	e := examples(t, root, &log)
	if err := os.RemoveAll(filepath.Join(root, "gone")); err != nil {
		t.Fatal(err)
	}

	var passes [3][]float32
	var wait sync.WaitGroup
	for pass := range passes {
		wait.Go(func() {
			for k := range e.Len() {
				i := k
				if pass == 1 {
					i = e.Len() - 1 - k // whatever the order
				}
				x := make([]float32, 8*8*3)
				label, err := e.Example(i, newRNG(uint64(i)), x)
				if err != nil || e.Set.Classes[label] != "good" {
					t.Errorf("%s: class %d, %v", e.Set.Path(i), label, err)
				}
				if pass == 1 {
					passes[pass] = append(x, passes[pass]...)
				} else {
					passes[pass] = append(passes[pass], x...)
				}
			}
		})
	}
	wait.Wait()
	if !slices.Equal(passes[0], passes[1]) || !slices.Equal(passes[0], passes[2]) {
		t.Error("what takes a picture's place depends on the order")
	}
	if got := e.Unreadable(); len(got) != bad || strings.Count(log.String(), "\n") != bad {
		t.Errorf("want %d unreadable pictures and as many warnings, got %v and\n%s", bad, got, &log)
	}
	for _, want := range []string{"30000x30000 is too large", "no picture of a known kind", "damaged picture", "no such file", "path=" + e.Set.Path(0)} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("want a warning with %q, got\n%s", want, &log)
		}
	}

	if err := os.RemoveAll(root); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Example(1, nil, make([]float32, 8*8*3)); err == nil || !strings.Contains(err.Error(), "pictures in a row cannot be used; is "+root+" as it was?") {
		t.Errorf("got %v", err)
	}
	for n := range 200 {
		if step := stride(n + 1); gcd(step, n+1) != 1 {
			t.Errorf("stride %d of %d", step, n+1)
		}
	}
}

// TestFlawed reads files with faults that Pillow overlooks: they are used, counted and
// warned of once. A cut one is not used.
func TestFlawed(t *testing.T) {
	whole := fixture(t, "kind-rgb.png")
	wrong := []byte(whole)
	wrong[bytes.Index(wrong, []byte("IDAT"))-5] ^= 1 // the checksum of the part before, the header's
	files := map[string]string{
		"a/1.png": whole, "a/2.png": whole[:len(whole)-12], "a/3.png": whole + "more", "a/4.png": whole[:len(whole)/2], "a/5.png": string(wrong),
	}
	var log bytes.Buffer
	e := examples(t, tree(t, files), &log)
	x, y := make([]float32, 8*8*3), make([]float32, 8*8*3)
	for range 2 {
		for i := range e.Len() {
			if _, err := e.Example(i, nil, y); err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				copy(x, y)
			} else if i < 3 && !slices.Equal(x, y) {
				t.Errorf("%s: other pixels", e.Set.Path(i))
			}
		}
	}
	if got := e.Flawed(); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("with faults: %v", got)
	}
	if got := e.Unreadable(); !slices.Equal(got, []int{3, 4}) {
		t.Errorf("unreadable: %v", got)
	}
	for _, want := range []string{"has faults, and is used", "2.png faults=\"it has no end\"", "3.png faults=\"more bytes follow its end\""} {
		if strings.Count(log.String(), "has faults") != 2 || !strings.Contains(log.String(), want) {
			t.Errorf("want %q, got\n%s", want, &log)
		}
	}
}
