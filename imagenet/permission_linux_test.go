package imagenet

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestPermissions has a picture and a folder that must not be read. Root may read
// everything, so the test's thread stops being root for files.
func TestPermissions(t *testing.T) {
	good := fixture(t, "kind-rgb.jpg")
	root := tree(t, map[string]string{"a/1.jpg": good, "a/2.jpg": good, "b/1.jpg": good})
	var log bytes.Buffer
	e := examples(t, root, &log)
	for name, mode := range map[string]os.FileMode{"..": 0o755, "a/2.jpg": 0, "b": 0} {
		if err := os.Chmod(filepath.Join(root, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	defer os.Chmod(filepath.Join(root, "b"), 0o755)
	if os.Getuid() == 0 {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := syscall.Setfsuid(65534); err != nil {
			t.Skip(err)
		}
		defer syscall.Setfsuid(0)
		if _, err := os.ReadFile(filepath.Join(root, "a", "1.jpg")); err != nil {
			t.Skip("another user cannot read the test's folder: ", err)
		}
	}
	if _, err := e.Example(1, nil, make([]float32, 8*8*3)); err != nil {
		t.Error(err)
	}
	if got := e.Unreadable(); !slices.Equal(got, []int{1, 2}) || strings.Count(log.String(), "permission denied\"\n") != 2 {
		t.Errorf("unreadable: %v, log: %s", got, &log)
	}
	_, err := OpenFolder(context.Background(), root, FolderOptions{NoCache: true})
	if err == nil || !strings.Contains(err.Error(), filepath.Join(root, "b")) || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("want an error that names the folder, got %v", err)
	}
}
