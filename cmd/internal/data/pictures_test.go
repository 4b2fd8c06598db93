package data_test

import (
	"os"
	"path/filepath"
	"strings"
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

// TestPart finds the parts of a data set, or says what is wanted.
func TestPart(t *testing.T) {
	root := t.TempDir()
	for _, folder := range []string{"whole/train", "whole/val", "classes/cat", "classes/dog", "classes/cow", "classes/a\x1b[31m", "half/train", "empty"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ dir, part, want string }{
		{"whole", "train", ""},
		{"whole", "val", ""},
		{"classes", "train", "has no folder train in it; want DIR/train/CLASS/*.JPEG and DIR/val/CLASS/*.JPEG. If its folders (\"a\\x1b[31m\", cat, cow, ...) are the classes, say -train DIR, and with -val where"},
		{"half", "val", "DIR has no folder val in it; want DIR/train/CLASS/*.JPEG and DIR/val/CLASS/*.JPEG"},
		{"file", "train", "DIR is a file, not a folder with train and val in it; a table of pictures goes to -train or -val"},
		{"empty", "train", "DIR has no folder train in it"},
		{"none", "train", "no such file"},
	} {
		dir := filepath.Join(root, test.dir)
		path, err := data.Part(dir, test.part)
		want := strings.ReplaceAll(test.want, "DIR", dir)
		if want == "" && (err != nil || path != filepath.Join(dir, test.part)) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: want %q, got %q, %v", test.dir, want, path, err)
		}
	}
}

// TestSynthetic has ten classes, and no data set of a hundred.
func TestSynthetic(t *testing.T) {
	s := data.CIFAR{Dataset: "cifar10", Data: data.Synthetic, LimitTrain: 10, LimitTest: 10, Augment: data.None}
	if d, err := s.Open(t.Context(), 1); s.Check() != nil || err != nil || len(d.Train.Classes) != 10 {
		t.Errorf("%v, %v", d, err)
	}
	s.Dataset = "cifar100"
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), "-data synthetic has ten classes, as cifar10 has; there is none like cifar100") {
		t.Errorf("got %v", err)
	}
}
