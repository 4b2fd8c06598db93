package graph

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestWriteFile wants a file to be replaced whole, or, where writing fails at
// any point, left alone without a trace.
func TestWriteFile(t *testing.T) {
	broken := errors.New("the disk is full")
	for _, test := range []struct {
		name  string
		old   bool
		write func(w io.Writer) error
		want  error
	}{
		{"new", false, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }, nil},
		{"replaced", true, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }, nil},
		{"fails at once", true, func(io.Writer) error { return broken }, broken},
		{"fails at once, new", false, func(io.Writer) error { return broken }, broken},
		{"fails in the middle", true, func(w io.Writer) error {
			w.Write(make([]byte, 3<<20)) // more than is held back
			return broken
		}, broken},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			content, files := "new", 1
			if test.old {
				if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if test.want != nil {
				content = "old"
				if !test.old {
					files = 0
				}
			}
			err := WriteFile(path, test.write)
			if !errors.Is(err, test.want) || test.want == nil && err != nil {
				t.Errorf("error %v, want %v", err, test.want)
			}
			if err != nil {
				wantError(t, "WriteFile", err, "graph: ", path)
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != files {
				t.Errorf("%d files in the directory, want %d (%v)", len(entries), files, err)
			}
			if got, _ := os.ReadFile(path); files == 1 && string(got) != content {
				t.Errorf("the file has %q, want %q", got, content)
			}
		})
	}
	occupied := filepath.Join(t.TempDir(), "directory")
	if err := os.MkdirAll(filepath.Join(occupied, "inside"), 0o755); err != nil {
		t.Fatal(err)
	}
	err := WriteFile(occupied, func(io.Writer) error { return nil })
	wantError(t, "a directory in its place", err, "graph: ", occupied)
	if entries, _ := os.ReadDir(filepath.Dir(occupied)); len(entries) != 1 {
		t.Errorf("a temporary file stayed: %v", entries)
	}
}
