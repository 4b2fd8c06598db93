package imagenet

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var threeClasses = []string{"n01", "n02", "n03"}

func TestManifest(t *testing.T) {
	for _, test := range []struct {
		name, text string
		classes    []string
		want       []string
		of         []string
	}{
		{"names", "path,label\nb.jpg,dog\nsub/a.jpg,cat\n", nil, []string{"b.jpg 1", "sub/a.jpg 0"}, []string{"cat", "dog"}},
		{"numbers", "label,more,path\r\n2,x,b.jpg\r\n0,,a.jpg\r\n", nil, []string{"b.jpg 2", "a.jpg 0"}, []string{"0", "1", "2"}},
		{"given, by name", "path,label\nb,n03\na,n01\n", threeClasses, []string{"b 2", "a 0"}, threeClasses},
		{"given, by number", "path,label\nb,2\na,0\n", threeClasses, []string{"b 2", "a 0"}, threeClasses},
		{"tabs", "\ufeffpath\tindex\tlabel\na \"b\", c.jpg\t7\tn02\n", threeClasses, []string{`a "b", c.jpg 1`}, threeClasses},
		{"quotes", "path,label\n\"a, b\n.jpg\", n01 \n", threeClasses, []string{"a, b\n.jpg 0"}, threeClasses},
	} {
		s, err := parseManifest(strings.NewReader(test.text), test.classes)
		if err != nil || !slices.Equal(listing(s), test.want) || !slices.Equal(s.Classes, test.of) {
			t.Errorf("%s: got %+v, %v", test.name, s, err)
		}
	}
	for _, test := range []struct {
		text    string
		classes []string
		want    string
	}{
		{"", nil, "the manifest is empty; want a first line path,label"},
		{"a.jpg,3\n", nil, "want columns path and label in the first line"},
		{"path,label\n", nil, "lists no picture"},
		{"path,label\na,1\n,2\n", nil, "line 3 lacks a path or a label"},
		{"path,label\na, \n", nil, "line 2 lacks"},
		{"path,label\na,1,2\n", nil, "wrong number of fields"},
		{"path,label\na,1048576\n", nil, "at most 1048576 classes"},
		{"path,label\na,3\n", threeClasses, "picture 1, a: label 3 is not from 0 to 2"},
		{"path,label\na,-1\n", threeClasses, "label -1"},
		{"path,label\na,dog\n", threeClasses, `"dog" is none of the 3 classes`},
		{"path,label\na,x\n", []string{"x", "x"}, `"x" is named twice`},
	} {
		if s, err := parseManifest(strings.NewReader(test.text), test.classes); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: want an error with %q, got %+v, %v", test.text, test.want, s, err)
		}
	}

	root := tree(t, map[string]string{"list/all.csv": "path,label\n../a.jpg,x\n", "list/bad.csv": "?"})
	s, err := OpenManifest(filepath.Join(root, "list", "all.csv"), nil)
	if err != nil || s.Path(0) != filepath.Join(root, "a.jpg") {
		t.Errorf("got %+v, %v", s, err)
	}
	for _, name := range []string{"bad.csv", "none.csv"} {
		path := filepath.Join(root, "list", name)
		if _, err := OpenManifest(path, nil); err == nil || !strings.HasPrefix(err.Error(), "imagenet: ") || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v", err)
		}
	}
}

func TestFlat(t *testing.T) {
	root := tree(t, map[string]string{"val/v_2.JPEG": "", "val/v_1.JPEG": "", "val/v_10.JPEG": "", "val/notes.txt": "", "val/folder.jpg/": "", "empty/": ""})
	for _, test := range []struct {
		name, text string
		synsets    []string
		want       string // labels of v_1, v_10, v_2
	}{
		{"numbers", "2\n0\n1\n", nil, "2 0 1"},
		{"development kit", "2\r\n3\r\n1\r\n", []string{"n03", "n01", "n02"}, "0 1 2"},
		{"classes", "n03\n\nn01\nn03", nil, "2 0 2"},
		{"names and numbers", "v_2.JPEG 0\nv_1.JPEG 2\nv_10.JPEG 2\n", nil, "2 2 0"},
		{"Kaggle", "ImageId,PredictionString\nv_10,n03 1 2 3 4 n03 5 6 7 8\nv_1,n02 1 2 3 4\nv_2,n01\n", nil, "1 2 0"},
	} {
		truth := filepath.Join(root, "truth.txt")
		if err := os.WriteFile(truth, []byte(test.text), 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := OpenFlat(filepath.Join(root, "val"), truth, threeClasses, test.synsets)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := fmt.Sprint(s.Files[0].Label, s.Files[1].Label, s.Files[2].Label); got != test.want || s.Path(1) != filepath.Join(root, "val", "v_10.JPEG") {
			t.Errorf("%s: want %s, got %+v", test.name, test.want, s.Files)
		}
	}
	names := []string{"a.jpg", "b.jpg"}
	for _, test := range []struct {
		text             string
		classes, synsets []string
		want             string
	}{
		{"1\n", threeClasses, nil, "1 labels; the first picture without one is b.jpg"},
		{"1\n1\n1\n", threeClasses, nil, "line 3: one more label than there are pictures"},
		{"1\n3\n", threeClasses, nil, "line 2: label 3 is not from 0 to 2; if numbers count from 1"},
		{"1\nx\n", threeClasses, nil, `line 2: "x" is none of the 3 classes`},
		{"1\nb.jpg 1\n", threeClasses, nil, "line 2: it is a name and a label, but those before are a label"},
		{"a 1\nc 1\n", threeClasses, nil, `line 2: there is no picture "c"`},
		{"a 1\na.jpg 1\n", threeClasses, nil, "line 2: a.jpg has a label already"},
		{"0\n1\n", threeClasses, threeClasses, "label 0 is not from 1 to 3"},
		{"1\n1\n", threeClasses, []string{"n04"}, `label 1 is synset "n04", which is none`},
		{"1\n1\n", nil, nil, "want the names of the classes"},
		{strings.Repeat("x", 1<<17), threeClasses, nil, "line 1: "},
	} {
		if s, err := parseTruth(strings.NewReader(test.text), names, test.classes, test.synsets); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.40q: want an error with %q, got %+v, %v", test.text, test.want, s, err)
		}
	}
	for _, paths := range [][2]string{{"none", "truth.txt"}, {"val", "none.txt"}, {"empty", "truth.txt"}} {
		_, err := OpenFlat(filepath.Join(root, paths[0]), filepath.Join(root, paths[1]), threeClasses, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "imagenet: ") {
			t.Errorf("%v: got %v", paths, err)
		}
	}
}

// FuzzTruth reads one text as a manifest and as a ground truth: whatever comes
// out has labels within its classes.
func FuzzTruth(f *testing.F) {
	for _, text := range []string{
		"path,label\nb.jpg,dog\na.jpg,cat\n", "label\tpath\n2\tb\n0\ta\n", "path,label\n\"a\nb\",1\n", "path,label\na,999999999\n",
		"2\n0\n", "a.jpg 1\nb.jpg 0\n", "ImageId,PredictionString\na,n01 1 2\nb,n02\n", "\ufeffn01\r\nn03\r\n", "", ",\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		check := func(s *Set, err error) {
			if (s == nil) == (err == nil) {
				t.Fatal(s, err)
			}
			if s == nil {
				return
			}
			for _, file := range s.Files {
				if file.Label < 0 || int(file.Label) >= len(s.Classes) || file.Path == "" {
					t.Fatalf("%+v of %d classes", file, len(s.Classes))
				}
			}
		}
		check(parseManifest(strings.NewReader(text), nil))
		check(parseManifest(strings.NewReader(text), threeClasses))
		check(parseTruth(strings.NewReader(text), []string{"a.jpg", "b.jpg"}, threeClasses, nil))
		check(parseTruth(strings.NewReader(text), []string{"a.jpg", "b.jpg"}, threeClasses, []string{"n02", "n01"}))
	})
}
