package imagenet

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// tree writes files, empty ones where the text is "", and gives every folder an
// age, so that an index of it is kept.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	age(t, root)
	return root
}

func age(t *testing.T, root string) {
	t.Helper()
	then := time.Now().Add(-time.Hour)
	if err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			err = os.Chtimes(path, then, then)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// listing is the paths and labels of a set.
func listing(s *Set) (out []string) {
	for _, f := range s.Files {
		out = append(out, fmt.Sprintf("%s %d", filepath.ToSlash(f.Path), f.Label))
	}
	return out
}

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Skip(err)
	}
}

// TestFolder has the order of ImageFolder: bytes, not letters; a folder's own
// files before those of folders under it.
func TestFolder(t *testing.T) {
	root := tree(t, map[string]string{
		"b/2.JPEG": "", "b/10.jpg": "", "b/Z.png": "", "b/a.Jpg": "", "b/readme.txt": "", "b/x.avif": "",
		"B/1.jpeg": "", "a/sub/2.jpg": "", "a/sub-1/1.jpg": "", "a/z.jpg": "", "é/1.jpg": "", "loose.jpg": "",
		"a/sub/deep/3.jpg": "",
	})
	want := []string{"B/1.jpeg 0", "a/z.jpg 1", "a/sub/2.jpg 1", "a/sub-1/1.jpg 1", "a/sub/deep/3.jpg 1", "b/10.jpg 2", "b/2.JPEG 2", "b/Z.png 2", "b/a.Jpg 2", "é/1.jpg 3"}
	s, err := OpenFolder(context.Background(), root, FolderOptions{NoCache: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := listing(s); !slices.Equal(got, want) || !slices.Equal(s.Classes, []string{"B", "a", "b", "é"}) {
		t.Errorf("want %q, got %q of %q", want, got, s.Classes)
	}
	if got := s.Path(0); got != filepath.Join(root, "B", "1.jpeg") || s.Path(-1) != "" || s.Path(10) != "" {
		t.Errorf("path of the first: %q", got)
	}

	s, err = OpenFolder(context.Background(), root, FolderOptions{NoCache: true, Classes: []string{"é", "none", "a", "b", "B"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := listing(s); got[0] != "B/1.jpeg 4" || got[9] != "é/1.jpg 0" || len(s.Classes) != 5 {
		t.Errorf("with classes given: %q of %q", got, s.Classes)
	}
}

func TestFolderErrors(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	full := tree(t, map[string]string{"a/1.jpg": "", "b/1.jpg": ""})
	for _, test := range []struct {
		ctx     context.Context
		root    string
		classes []string
		want    string
	}{
		{ended, full, nil, "context canceled"},
		{context.Background(), filepath.Join(full, "none"), nil, "no such file"},
		{context.Background(), filepath.Join(full, "a", "1.jpg"), nil, "1.jpg"},
		{context.Background(), tree(t, map[string]string{"1.jpg": ""}), nil, "found no class folder in"},
		{context.Background(), tree(t, map[string]string{"a/1.jpg": "", "b/": "", "c/x.txt": ""}), nil, "for 2 of 3 classes, the first b; delete"},
		{context.Background(), tree(t, map[string]string{"a/1.avif": ""}), []string{"a"}, "no picture (.jpg, .jpeg, .png, .ppm, .bmp, .pgm, .tif, .tiff, .webp, .gif) in any class"},
		{context.Background(), full, []string{"a"}, "b is none of the 1 classes"},
		{context.Background(), full, []string{"a", "b", "a"}, `class "a" is named twice`},
	} {
		s, err := OpenFolder(test.ctx, test.root, FolderOptions{NoCache: true, Classes: test.classes})
		if s != nil || err == nil || !strings.HasPrefix(err.Error(), "imagenet: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("want an error with %q, got %v", test.want, err)
		}
	}
}

// TestLinks has links to folders, to files, to nothing, and loops.
func TestLinks(t *testing.T) {
	root := tree(t, map[string]string{"a/1.jpg": "", "b/1.jpg": "", "b/deep/2.jpg": ""})
	other := tree(t, map[string]string{"3.jpg": "", "more/4.jpg": ""})
	link(t, other, filepath.Join(root, "c"))
	link(t, root, filepath.Join(root, "a", "root"))
	link(t, "..", filepath.Join(root, "b", "deep", "up.jpg"))
	link(t, filepath.Join(root, "b"), filepath.Join(other, "more", "b"))
	link(t, "missing", filepath.Join(root, "a", "2.jpg"))
	link(t, "1.jpg", filepath.Join(root, "a", "3.jpg"))
	link(t, "self", filepath.Join(root, "self"))
	var log bytes.Buffer
	s, err := OpenFolder(context.Background(), root, FolderOptions{NoCache: true, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a/1.jpg 0", "a/2.jpg 0", "a/3.jpg 0", "b/1.jpg 1", "b/deep/2.jpg 1", "c/3.jpg 2", "c/more/4.jpg 2", "c/more/b/1.jpg 2", "c/more/b/deep/2.jpg 2"}
	if got := listing(s); !slices.Equal(got, want) {
		t.Errorf("want %q, got %q", want, got)
	}
	if n := strings.Count(log.String(), "not followed"); n != 3 {
		t.Errorf("want 3 warnings, got %d:\n%s", n, &log)
	}
}

// TestIndex looks at when the index is used: what a forged one says shows.
func TestIndex(t *testing.T) {
	root, cache := tree(t, map[string]string{"a/1.jpg": "", "a/sub/2.jpg": "", "b/1.jpg": ""}), filepath.Join(t.TempDir(), "new")
	fromIndex, relist := false, false
	open := func() []string {
		t.Helper()
		s, err := OpenFolder(context.Background(), root, FolderOptions{Cache: cache, Relist: relist})
		if err != nil {
			t.Fatal(err)
		}
		fromIndex = len(s.Warnings) > 0 && strings.HasPrefix(s.Warnings[0], "passed over: 77 ")
		return listing(s)
	}
	first := open()
	files, err := filepath.Glob(filepath.Join(cache, "imagenet-*.index"))
	if err != nil || len(files) != 1 {
		t.Fatalf("want one index, got %q, %v", files, err)
	}
	real, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	forge := func(change func(x *index)) {
		t.Helper()
		if err := os.WriteFile(files[0], real, 0o644); err != nil {
			t.Fatal(err)
		}
		x := readIndex(files[0], root)
		if x == nil {
			t.Fatal("the index is not accepted")
		}
		x.Junk = 77
		change(x)
		if err := x.write(files[0]); err != nil {
			t.Fatal(err)
		}
	}
	used := func() bool { t.Helper(); open(); return fromIndex }

	forge(func(*index) {})
	if !used() {
		t.Error("want the index used")
	}
	for name, change := range map[string]func(*index){
		"version":  func(x *index) { x.Version++ },
		"root":     func(x *index) { x.Root = "/elsewhere" },
		"modified": func(x *index) { x.Folders[2].Modified++ },
		"changed":  func(x *index) { x.Folders[2].Changed++ },
		"entries":  func(x *index) { x.Folders[0].Entries++ },
		"missing":  func(x *index) { x.Folders[1].Files[0] = "0.jpg" },
		"vanished": func(x *index) { x.Folders[3].Path = "c" },
		"empty":    func(x *index) { x.Folders = nil },
	} {
		forge(change)
		if used() {
			t.Errorf("%s: want the index not used", name)
		}
	}
	for i := range real { // every damage of a byte, and every end
		damaged := slices.Clone(real)
		damaged[i] ^= 0x10
		for _, data := range [][]byte{damaged, real[:i]} {
			if err := os.WriteFile(files[0], data, 0o644); err != nil {
				t.Fatal(err)
			}
			if x := readIndex(files[0], root); x != nil {
				if s, err := x.set(nil); err != nil || !slices.Equal(listing(s), first) {
					t.Fatalf("byte %d damaged: got %v, %v", i, x, err)
				}
			}
		}
	}
	if got := open(); !slices.Equal(got, first) {
		t.Errorf("after a damaged index: want %q, got %q", first, got)
	}

	// Times that were restored do not hide a change.
	for name, change := range map[string]func() error{
		"a new file":   func() error { return os.WriteFile(filepath.Join(root, "b", "2.jpg"), nil, 0o644) },
		"a lost file":  func() error { return os.Remove(filepath.Join(root, "b", "2.jpg")) },
		"a new folder": func() error { return os.Mkdir(filepath.Join(root, "b", "deep"), 0o755) },
	} {
		if name == "a lost file" {
			_ = os.WriteFile(filepath.Join(root, "b", "2.jpg"), nil, 0o644)
		}
		age(t, root)
		open()
		if real, err = os.ReadFile(files[0]); err != nil {
			t.Fatal(err)
		}
		forge(func(*index) {})
		if !used() {
			t.Errorf("before %s: want the index used", name)
		}
		if err := change(); err != nil {
			t.Fatal(err)
		}
		age(t, root)
		if used() {
			t.Errorf("%s: want the index not used", name)
		}
		_ = os.Remove(filepath.Join(root, "b", "2.jpg"))
	}

	// Relist lists and keeps anew.
	age(t, root)
	open()
	if real, err = os.ReadFile(files[0]); err != nil {
		t.Fatal(err)
	}
	forge(func(*index) {})
	relist = true
	if used() {
		t.Error("Relist: want the index not used")
	}
	if relist = false; used() {
		t.Error("after Relist: want another index")
	}

	// A picture that is missed later ends the index.
	s, err := OpenFolder(context.Background(), root, FolderOptions{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	s.Files[0].Path = filepath.Join("a", "gone.jpg")
	if _, err := s.Open(0); err == nil {
		t.Error("a missing picture is opened")
	}
	if _, err := os.Stat(files[0]); err == nil {
		t.Error("the index outlives a missing picture")
	}
	open()
	if real, err = os.ReadFile(files[0]); err != nil {
		t.Fatal(err)
	}

	// A folder that changes is seen; what changed just now is not kept.
	forge(func(*index) {})
	if err := os.WriteFile(filepath.Join(root, "a", "sub", "0.jpg"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := open(); len(got) != 4 || got[1] != "a/sub/0.jpg 0" {
		t.Errorf("after a new file: %q", got)
	}
	if x := readIndex(files[0], root); x != nil {
		t.Error("an index of a folder that has just changed is kept")
	}
	age(t, root)
	open()
	if x := readIndex(files[0], root); x == nil {
		t.Error("no index is kept of settled folders")
	}

	// Where none can be kept there is a warning, and all goes on.
	var log bytes.Buffer
	if _, err := OpenFolder(context.Background(), root, FolderOptions{Cache: filepath.Join(root, "a", "1.jpg"), Log: slog.New(slog.NewTextHandler(&log, nil))}); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "no index is kept") {
		t.Errorf("want a warning, got %q", &log)
	}
}

// TestJunk passes over what systems leave behind, and says so once.
func TestJunk(t *testing.T) {
	files := map[string]string{
		"a/1.jpg": "", "b/1.jpg": "", "__MACOSX/a/._1.jpg": "", ".git/1.jpg": "", ".DS_Store": "", "a/.DS_Store": "", "a/._1.jpg": "",
		"b/Thumbs.db": "", "b/desktop.ini": "", "b/.hidden/2.jpg": "", "b/@eaDir/1.jpg": "",
	}
	root := tree(t, files)
	want := []string{"passed over: 9 files and folders that are hidden or of the system, the first .DS_Store"}
	cache := t.TempDir()
	for _, name := range []string{"listed", "from the index"} {
		s, err := OpenFolder(context.Background(), root, FolderOptions{Cache: cache})
		if err != nil {
			t.Fatal(err)
		}
		if got := listing(s); !slices.Equal(got, []string{"a/1.jpg 0", "b/1.jpg 1"}) || !slices.Equal(s.Warnings, want) {
			t.Errorf("%s: %q, %q", name, got, s.Warnings)
		}
	}
	truth := filepath.Join(t.TempDir(), "truth.txt")
	if err := os.WriteFile(truth, []byte("x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := OpenFlat(filepath.Join(root, "a"), truth, []string{"x", "y"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want = []string{`1 of 2 classes have no picture here; the first is class 1, "y"`, "passed over: 2 files and folders that are hidden or of the system, the first .DS_Store"}
	if !slices.Equal(s.Warnings, want) {
		t.Errorf("flat: %q", s.Warnings)
	}
	s, err = OpenFolder(context.Background(), root, FolderOptions{NoCache: true, Classes: []string{"0", "a", "b", "c"}})
	if err != nil || len(s.Warnings) != 2 || s.Warnings[1] != `2 of 4 classes have no picture here; the first is class 0, "0"` {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestNamesInErrors keeps control characters from the terminal.
func TestNamesInErrors(t *testing.T) {
	root := tree(t, map[string]string{"a\x1b[31m/": "", "b\x1b[31m/1.jpg": ""})
	_, empty := OpenFolder(context.Background(), root, FolderOptions{NoCache: true})
	_, none := OpenFolder(context.Background(), root, FolderOptions{NoCache: true, Classes: []string{"c"}})
	s, err := OpenFolder(context.Background(), root, FolderOptions{NoCache: true, Classes: []string{"a\x1b[31m", "b\x1b[31m"}})
	if err != nil {
		t.Fatal(err)
	}
	_, broken := s.Open(0)
	if err := os.Remove(s.Path(0)); err != nil {
		t.Fatal(err)
	}
	_, missing := s.Open(0)
	for _, text := range []string{empty.Error(), none.Error(), broken.Error(), missing.Error(), s.Warnings[0]} {
		if strings.ContainsRune(text, '\x1b') || !strings.Contains(text, `\x1b[31m`) {
			t.Errorf("got %q", text)
		}
	}
}
