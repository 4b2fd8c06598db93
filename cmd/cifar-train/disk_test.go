package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
)

// TestFullDisk trains on disks that are too small for the first checkpoint, for the
// second, and for the third that is there for a moment, and has the pages and figures
// of the end made on one without space: each time it ends with one line that says what
// could not be written and what to do, and can be resumed when there is space.
func TestFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	const large = 8 << 20
	disk := clitest.SmallDisk(t, large)
	alone := filepath.Join(t.TempDir(), "alone")
	args := func(dir string) []string { return small(dir, "-iterations", "9", "-schedule", "cosine") }
	if code, _, stderr := clitest.Run(t, args(alone)...); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	want := read(t, alone)
	path := filepath.Join(disk, "run")
	failed := map[string]bool{} // by ending
	refused := func(args ...string) {
		t.Helper()
		code, _, stderr := clitest.Run(t, args...)
		if code != 1 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "cannot write "+path) ||
			!strings.HasSuffix(stderr, "no space left on device; free some space there, then go on with -resume\n") {
			t.Errorf("want exit 1 and one line that says what to do, got %d and %q", code, stderr)
		}
		_, file, _ := strings.Cut(stderr, "cannot write ")
		file, _, _ = strings.Cut(file, ": ")
		failed[filepath.Ext(file)] = true
		clitest.Resize(t, disk, large)
	}
	resume := []string{"-resume", "-out", path}
	goOn := func() {
		t.Helper()
		if code, _, stderr := clitest.Run(t, resume...); code != 0 {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		if d := read(t, path).differences(want); len(d) > 0 {
			t.Errorf("the run differs from one left alone in %v", d)
		}
	}
	const checkpoint = 612 << 10 // rounded up
	for _, size := range []int{checkpoint / 2, checkpoint * 3 / 2, checkpoint * 5 / 2, checkpoint * 7 / 2} {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		clitest.Resize(t, disk, size)
		refused(args(path)...)
		goOn()
	}
	for _, free := range []int{0, 16 << 10, 32 << 10, 64 << 10, 128 << 10, 192 << 10, 256 << 10, 320 << 10, 384 << 10} {
		for _, pattern := range []string{"*.png", "*.svg", "report.html"} {
			files, _ := filepath.Glob(filepath.Join(path, pattern)) // the pattern is right
			for _, file := range files {
				if err := os.Remove(file); err != nil {
					t.Fatal(err)
				}
			}
		}
		clitest.Resize(t, disk, used(t, disk)+free)
		refused(resume...)
	}
	goOn()
	for _, ending := range []string{".safetensors", ".csv", ".png", ".html"} {
		if !failed[ending] {
			t.Errorf("no failure of a file %s, only of %v", ending, failed)
		}
	}
}

// used is how many bytes of a disk the files in it take.
func used(t *testing.T, disk string) (bytes int) {
	t.Helper()
	err := filepath.WalkDir(disk, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			bytes += int(info.Size()+4095) &^ 4095
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}
