package imagenet

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestLabels(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string // nil for an error
		err        string
	}{
		{"lines", "tench\ngreat white shark\n", []string{"tench", "great white shark"}, ""},
		{"lines of Windows", "\ufefftench\r\nstone, rock\r\n", []string{"tench", "stone, rock"}, ""},
		{"tabs", "index\twnid\tname\n0\tn1\ttench\n1\tn2\tthe \"fish\"\n", []string{"tench", `the "fish"`}, ""},
		{"commas in any order", "name,Index\n\"stone, rock\",1\ntench,0\n", []string{"tench", "stone, rock"}, ""},
		{"class index", `{"1": ["n2", "shark"], "0": ["n1", "tench"]}`, []string{"tench", "shark"}, ""},
		{"object of names", `{"0": "tench", "1": "shark"}`, []string{"tench", "shark"}, ""},

		{"nothing", " \n", nil, "no class names"},
		{"empty object", "{}", nil, "no class names"},
		{"header alone", "index,name\n", nil, "no class names"},
		{"empty line", "tench\n\nshark\n", nil, "line 2 is empty"},
		{"a number missing", "index,name\n0,tench\n2,shark\n", nil, "2 classes, but none is numbered 1; want 0 to 1"},
		{"a number twice", "index,name\n0,tench\n0,shark\n", nil, "row 3: class 0 is named twice"},
		{"a ragged row", "index,name\n0\n", nil, "wrong number of fields"},
		{"no name", "index,name\n0,\n", nil, "class 0 has no name"},
		{"cut JSON", `{"0": ["n1", "ten`, nil, "unexpected end"},
		{"wrong JSON", `{"0": 7}`, nil, `class "0": want a name`},
	} {
		got, err := ParseLabels(strings.NewReader(test.text))
		if !slices.Equal(got, test.want) || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: want %q and error %q, got %q and %v", test.name, test.want, test.err, got, err)
		}
	}
}

func TestReadLabels(t *testing.T) {
	path := filepath.Join(t.TempDir(), "labels.txt")
	if err := os.WriteFile(path, []byte("cat\ndog\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for classes, want := range map[int]string{0: "", 2: "", 10: path + " names 2 classes, want 10"} {
		if _, err := ReadLabels(path, classes); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%d classes: want error %q, got %v", classes, want, err)
		}
	}
	for text, want := range map[string][]string{
		"n01440764 tench, Tinca tinca\nn01443537\n":                     {"n01440764", "n01443537"},
		"index\twnid\tname\n1\tn01443537\tcrane\n0\tn01440764\tcrane\n": {"n01440764", "n01443537"},
		`{"0": ["n01440764", "crane"], "1": ["n01443537", "crane"]}`:    {"n01440764", "n01443537"},
		"index,name\n0,n1 tench\n":                                      {"n1 tench"},
		"n014407645 no id\nshark\n":                                     {"n014407645 no id", "shark"},
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadSynsets(path); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: want %q, got %q, %v", text, want, got, err)
		}
	}
	if _, err := ReadLabels(path+"x", 0); err == nil || !strings.HasPrefix(err.Error(), "imagenet: ") {
		t.Errorf("got %v", err)
	}
}

func FuzzLabels(f *testing.F) {
	f.Add("index,name\n0,tench\n")
	f.Add(`{"0": ["n1", "tench"]}`)
	f.Add("tench\nshark")
	f.Fuzz(func(t *testing.T, text string) {
		names, err := ParseLabels(strings.NewReader(text))
		if (err == nil) == (len(names) == 0) || slices.Contains(names, "") {
			t.Errorf("%q: %q, %v", text, names, err)
		}
	})
}

func TestTop(t *testing.T) {
	logits := []float32{1, 1000, 998, -3, 1000}
	got := Top(logits, 3)
	half := 1 / (2 + math.Exp(-2))
	for i, want := range []Prediction{{1, half}, {4, half}, {2, half * math.Exp(-2)}} {
		if got[i].Class != want.Class || math.Abs(got[i].Probability-want.Probability) > 1e-12 {
			t.Errorf("place %d: want %v, got %v", i, want, got[i])
		}
	}
	var sum float64
	for _, p := range Top(logits, 99) {
		sum += p.Probability
	}
	if math.Abs(sum-1) > 1e-12 || len(Top(logits, 99)) != 5 || len(Top(logits, -1)) != 0 || Top(nil, 5) != nil {
		t.Errorf("probabilities add up to %v", sum)
	}
}
