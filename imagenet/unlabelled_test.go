package imagenet

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestUnlabelled lists pictures wherever they lie under a folder, and nothing else.
func TestUnlabelled(t *testing.T) {
	root := tree(t, map[string]string{"b.png": "", "a.JPG": "", "notes.txt": "", "z/c.jpeg": "", "z/y/d.webp": "", "__MACOSX/e.png": "", ".f.png": ""})
	s, err := OpenUnlabelled(t.Context(), root, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, f := range s.Files {
		got = append(got, filepath.ToSlash(f.Path))
		if f.Label != 0 || s.Path(i) != filepath.Join(root, f.Path) {
			t.Errorf("%+v at %s", f, s.Path(i))
		}
	}
	if want := []string{"a.JPG", "b.png", "z/c.jpeg", "z/y/d.webp"}; !slices.Equal(got, want) || len(s.Classes) != 1 {
		t.Errorf("%v of %v, want %v", got, s.Classes, want)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for want, try := range map[string]func() (*Set, error){
		"no picture in":    func() (*Set, error) { return OpenUnlabelled(t.Context(), t.TempDir(), nil) },
		"no such file":     func() (*Set, error) { return OpenUnlabelled(t.Context(), filepath.Join(root, "none"), nil) },
		"not a directory":  func() (*Set, error) { return OpenUnlabelled(t.Context(), filepath.Join(root, "b.png"), nil) },
		"context canceled": func() (*Set, error) { return OpenUnlabelled(gone, root, nil) },
	} {
		if _, err := try(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
