package data_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/data"
)

// TestPicturesOfTruth numbers classes as the development kit does: from 1, in an order
// of its own, that a file of WordNet ids and names tells.
func TestPicturesOfTruth(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"val/a.JPEG": "", "val/b.JPEG": "",
		"truth.txt":   "2\n1\n",
		"synsets.txt": "n01443537 goldfish, Carassius auratus\nn01440764 tench, Tinca tinca\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p := data.Pictures{Path: filepath.Join(dir, "val"), Truth: filepath.Join(dir, "truth.txt"), Synsets: filepath.Join(dir, "synsets.txt")}
	set, err := p.Open(t.Context(), []string{"n01440764", "n01443537"})
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Files) != 2 || set.Files[0].Label != 0 || set.Files[1].Label != 1 {
		t.Errorf("%+v, want a tench and a goldfish", set.Files)
	}
	p.Synsets = filepath.Join(dir, "none")
	if _, err := p.Open(t.Context(), set.Classes); err == nil {
		t.Error("a missing file of synsets is accepted")
	}
}
