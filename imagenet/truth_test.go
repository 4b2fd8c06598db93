package imagenet

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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
		{"pandas' numbers", "path,label\nb,2.0\na,0.0\nc,11.0\n", nil, []string{"b 2", "a 0", "c 11"}, digits(12)},
		{"pandas' numbers of given classes", "path,label\nb,2.0\na,0\n", threeClasses, []string{"b 2", "a 0"}, threeClasses},
		{"names that are numbers", "path,label\nb,3\na,1\n", []string{"1", "3"}, []string{"b 1", "a 0"}, []string{"1", "3"}},
		{"numbers of classes that are called by numbers", "path,label\nb,2\na,0\n", []string{"1", "2", "3"}, []string{"b 2", "a 0"}, []string{"1", "2", "3"}},
		{"names by the heading", "path,class_name\nb,2\na,1\n", []string{"1", "2", "3"}, []string{"b 1", "a 0"}, []string{"1", "2", "3"}},
		{"numbers by the heading", "path,class_id\nb,2\na,1\n", []string{"1", "2", "3"}, []string{"b 2", "a 1"}, []string{"1", "2", "3"}},
		{"letters and digits by the heading", "path,class_name\nb,2\na,x", nil, []string{"b 0", "a 1"}, []string{"2", "x"}},
		{"gaps", "path,label\nb,3\na,1\n", nil, []string{"b 3", "a 1"}, digits(4)},
		{"other names, spaces", "Image Path , Category\nb.jpg , dog\na.jpg, cat \n", nil, []string{"b.jpg 1", "a.jpg 0"}, []string{"cat", "dog"}},
		{"filename and class", "width,filename,class,filename_old\n3,b.jpg,dog,x\n3,a.jpg,cat,y\n", nil, []string{"b.jpg 1", "a.jpg 0"}, []string{"cat", "dog"}},
		{"file and target", "target,file\n1,b\n0,a\n", nil, []string{"b 1", "a 0"}, digits(2)},
		{"Kaggle", "ImageId,PredictionString\nb,n03 1 2 3 4 n03 5 6 7 8\na,n01 1 2 3 4\n", threeClasses, []string{"b 2", "a 0"}, threeClasses},
		{"semicolons", "image;label;note\n\"b;1.jpg\";dog;x\na.jpg;cat;y, z\n", nil, []string{"b;1.jpg 1", "a.jpg 0"}, []string{"cat", "dog"}},
		{"all quoted", "\"path\", \"label\"\n\"b.jpg\", \"dog, big\"\n\"a.jpg\", \"cat\"\n", nil, []string{"b.jpg 1", "a.jpg 0"}, []string{"cat", "dog, big"}},
		{"quoted with tabs", "\"path\"\t\"label\"\n\"b.jpg\"\t\"dog\"\n", nil, []string{"b.jpg 0"}, []string{"dog"}},
		{"backslashes", "path,label\ntrain\\dog\\b.jpg,dog\nold/cat\\a.jpg,cat\n", nil, []string{"train/dog/b.jpg 1", "old/cat/a.jpg 0"}, []string{"cat", "dog"}},
		{"UTF-16", utf16le("path\tlabel\r\nb.jpg\tHündin\r\na.jpg\tKatze\r\n"), nil, []string{"b.jpg 0", "a.jpg 1"}, []string{"Hündin", "Katze"}},
		{"UTF-16, other order", utf16be("path,label\nb.jpg,1\na.jpg,0\n"), nil, []string{"b.jpg 1", "a.jpg 0"}, digits(2)},
		{"an old Mac's lines", "path,label\rb.jpg,dog\ra.jpg,cat\r", nil, []string{"b.jpg 1", "a.jpg 0"}, []string{"cat", "dog"}},
		{"an empty line before", "\n\npath,label\nb.jpg,dog\n", nil, []string{"b.jpg 0"}, []string{"dog"}},
		{"a name that two classes have, by number", "path,label\nb,2\na,0\n", []string{"crane", "hen", "crane"}, []string{"b 2", "a 0"}, []string{"crane", "hen", "crane"}},
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
		{"path,label\na,1\nb,-1\nc,0\n", nil, "picture 2, b: label -1 is negative; numbers count from 0, and pictures without a label are to be left out"},
		{"path,label\na,1\nb,nan\nc,0\n", nil, `picture 2, b: label "nan" is no number, but others are; write numbers alone, or call the column class_name`},
		{"path,label\nb,2\na,x", nil, `picture 2, a: label "x" is no number, but others are`},
		{"path,label\na,0.5\n", nil, "picture 1, a: label 0.5 is no whole number"},
		{"path,class_id\na,dog\n", nil, `picture 1, a: label "dog" is no number`},
		{"path,label\nb,n03\na,0\n", threeClasses, `picture 1, b has the name "n03" and picture 2, a the number "0" of a class; write all as names or all as numbers`},
		{"path,label\na,1\nb,2\n", []string{"1", "2", "3"}, `picture 1, a: label "1" is the name of class 0 and could be the number of another: call the column class_name or class_index`},
		{"path,label\na,crane\n", []string{"crane", "hen", "crane"}, `class "crane" is named twice, as 0 and as 2; write its number, or a WordNet id`},
		{"path\tlabel\n\"a.jpg\tdog\nb.jpg\tcat\nc.jpg\"\tcat\n", nil, "line 2: a quotation mark is not closed"},
		{"path,label\na,-1\n", threeClasses, "label -1"},
		{"path,label\na,dog\n", threeClasses, `"dog" is none of the 3 classes`},
		{"path,label\na,x\n", []string{"x", "x"}, `class "x" is named twice`},
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

func digits(n int) (out []string) {
	for i := range n {
		out = append(out, strconv.Itoa(i))
	}
	return out
}

// TestEmptyClasses says which classes have no picture.
func TestEmptyClasses(t *testing.T) {
	for text, want := range map[string][]string{
		"path,label\na,0\nb,1\n": nil,
		"path,label\na,1\nb,2\n": {`1 of 3 classes have no picture here; the first is class 0, "0"`},
		"path,label\na,0\nb,5\n": {`4 of 6 classes have no picture here; the first is class 1, "1"`},
	} {
		if s, err := parseManifest(strings.NewReader(text), nil); err != nil || !slices.Equal(s.Warnings, want) {
			t.Errorf("%q: got %+v, %v", text, s, err)
		}
	}
	s, err := parseTruth(strings.NewReader("n02\nn02\n"), []string{"a.jpg", "b.jpg"}, threeClasses, nil)
	if want := []string{`2 of 3 classes have no picture here; the first is class 0, "n01"`}; err != nil || !slices.Equal(s.Warnings, want) {
		t.Errorf("got %+v, %v", s, err)
	}
}

// TestEndings finds the pictures of names without one.
func TestEndings(t *testing.T) {
	root := tree(t, map[string]string{"all.csv": "ImageId,label\na,x\nsub/b.v2,y\nc,x\nd.png,y\nnone,x\n", "a.JPEG": "", "sub/b.v2.png": "", "c.jpg": "", "c": ""})
	s, err := OpenManifest(filepath.Join(root, "all.csv"), nil)
	if want := []string{"a.JPEG 0", "sub/b.v2.png 1", "c 0", "d.png 1", "none 0"}; err != nil || !slices.Equal(listing(s), want) {
		t.Errorf("want %q, got %+v, %v", want, s, err)
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
		{"Tiny ImageNet", "v_2.JPEG\tn03\t0\t32\t44\t62\nv_1.JPEG\tn02\t1\t2\t3\t4\nv_10.JPEG\tn01\t1\t2\t3\t4\n", nil, "1 0 2"},
		{"Tiny ImageNet with spaces", "v_2.JPEG n03 0 32 44 62\nv_1.JPEG n02 1 2 3 4\nv_10.JPEG n01 1 2 3 4\n", nil, "1 0 2"},
		{"a heading", "filename,label\nv_2.JPEG,2\nv_1.JPEG,0\nv_10.JPEG,1\n", nil, "0 1 2"},
		{"a heading the other way", "class;size;image\nn03;1;v_2\nn02;2;v_1\nn01;3;v_10\n", nil, "1 0 2"},
		{"a heading with spaces", "image label\nv_2.JPEG 2\nv_1.JPEG 0\nv_10.JPEG 1\n", nil, "0 1 2"},
		{"a heading over labels", "label\n2\n0\n1\n", nil, "2 0 1"},
		{"numbers by the heading", "class_index\n2\n1\n1\n", nil, "2 1 1"},
		{"folders", "val/v_2.JPEG 2\nval/v_1.JPEG 0\nval/n01/v_10.JPEG 1\n", nil, "0 1 2"},
		{"backslashes", "val\\v_2.JPEG,2\nval\\v_1.JPEG,0\n.\\v_10.JPEG,1\n", nil, "0 1 2"},
		{"pandas' numbers", "image,label\nv_2.JPEG,2.0\nv_1.JPEG,0.0\nv_10.JPEG,1.0\n", nil, "0 1 2"},
		{"quotes and spaces", "\"v_2.JPEG\", \"n03\"\n\"v_1.JPEG\", \"n01\"\n\"v_10.JPEG\",  \"n02\"\n", nil, "0 1 2"},
		{"UTF-16", utf16le("v_2.JPEG\tn03\r\nv_1.JPEG\tn01\r\nv_10.JPEG\tn02\r\n"), nil, "0 1 2"},
		{"an old Mac's lines", "2\r0\r1\r", nil, "2 0 1"},
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
		{"1\n2\n", threeClasses, nil, "labels are from 1 to 2 of 3 classes: do they count from 0, or from 1?"},
		{"a 1\nb 1\n", threeClasses, nil, "add a first line that names the columns, class_index for labels; if from 1, say in which order with Synsets"},
		{"a,0\nb,n03\n", threeClasses, nil, `line 2 has the name "n03" and line 1 the number "0" of a class`},
		{"0\n-1\n", threeClasses, nil, "line 2: label -1 is not from 0 to 2"},
		{"a,\nb,1\n", threeClasses, nil, "line 1: a.jpg has an empty label"},
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

// TestLongNames has labels that are several words, with commas.
func TestLongNames(t *testing.T) {
	classes := []string{"great white shark", "tench, Tinca tinca", "hen"}
	for _, text := range []string{"tench, Tinca tinca\nhen\n", "a.jpg;tench, Tinca tinca\nb.jpg;hen\n", "b\then\na\ttench, Tinca tinca\n", "hen,b,7\n\"tench, Tinca tinca\",a,8\n"} {
		if strings.HasPrefix(text, "hen,") {
			text = "class,file,size\n" + text
		}
		s, err := parseTruth(strings.NewReader(text), []string{"a.jpg", "b.jpg"}, classes, nil)
		if err != nil || s.Files[0].Label != 1 || s.Files[1].Label != 2 {
			t.Errorf("%q: got %+v, %v", text, s, err)
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
