package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
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
				wantError(t, "WriteFile", err, path)
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
	wantError(t, "a directory in its place", err, occupied)
	if entries, _ := os.ReadDir(filepath.Dir(occupied)); len(entries) != 1 {
		t.Errorf("a temporary file stayed: %v", entries)
	}
}

// TestAppendFile wants a head once, and nothing left of what does not fit.
func TestAppendFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for i, want := range []string{"head one", "head one one", "head one one one"} {
		if err := AppendFile(path, []byte("head"), []byte(" one")); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("after %d times %q, want %q: %v", i+1, got, want, err)
		}
	}
	nowhere := filepath.Join(filepath.Dir(path), "none", "file")
	wantError(t, "no directory", AppendFile(nowhere, nil, nil), nowhere)
}

// TestRemoveTemporary removes what WriteFile leaves when it is killed, and nothing
// else.
func TestRemoveTemporary(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	kept := []string{".file.tmp-", ".file.tmp-x1", ".tmp-1", "file", "file.tmp-1"}
	for _, name := range kept {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, ".directory.tmp-1"), 0o755); err != nil {
		t.Fatal(err)
	}
	err := WriteFile(path, func(io.Writer) error { // a process that is killed here leaves this
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != len(kept)+2 {
			t.Errorf("%d files while one is written: %v", len(entries), err)
		}
		if err := RemoveTemporary(dir); err != nil {
			t.Error(err)
		}
		entries, err = os.ReadDir(dir)
		if err != nil || len(entries) != len(kept)+1 {
			t.Errorf("%v are left: %v", entries, err)
		}
		return nil
	})
	wantError(t, "a file that is gone", err, path)
	wantError(t, "no directory", RemoveTemporary(path), path)
}

// wantError fails the test unless the error says the word.
func wantError(t testing.TB, what string, err error, word string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), word) {
		t.Errorf("%s: error %v, want one that says %q", what, err, word)
	}
}
