package imagenet

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
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

		{"an old Mac's lines", "tench\rgreat white shark\r", []string{"tench", "great white shark"}, ""},
		{"UTF-16", utf16le("tench\r\nHai\u00df\r\n"), []string{"tench", "Hai\u00df"}, ""},
		{"UTF-16, other order", utf16be("index;name\n1;shark\n0;tench\n"), []string{"tench", "shark"}, ""},
		{"semicolons and quotes", "\"class_id\"; \"label\"\n1; \"shark; white\"\n0; tench\n", []string{"tench", "shark; white"}, ""},
		{"numbers of pandas", "idx,class name\n1.0,shark\n0.0,tench\n", []string{"tench", "shark"}, ""},
		{"a list", `["tench", "stone, rock"]`, []string{"tench", "stone, rock"}, ""},
		{"a list of pairs", `[["n1", "tench"], ["n2", "shark"]]`, []string{"tench", "shark"}, ""},
		{"Python's dict", "{0: 'tench, Tinca tinca',\n 1: \"cock's comb\",\n 2: 'it\\'s \\xe9\\u00df', # three\n}", []string{"tench, Tinca tinca", "cock's comb", "it's é\u00df"}, ""},
		{"Python's dict of tuples", "{0: ('n1', 'tench'), 1: ('n2', 'shark')}", []string{"tench", "shark"}, ""},
		{"Python's list", "['tench', \"cock's comb\", ]", []string{"tench", "cock's comb"}, ""},
		{"Hugging Face", `{"architectures": ["X"], "id2label": {"1": "shark", "0": "tench"}, "label2id": {"tench": 0, "shark": 1}}`, []string{"tench", "shark"}, ""},
		{"names that occur twice", `{"0": "crane", "1": "maillot", "2": "crane", "3": "maillot"}`, []string{"crane", "maillot", "crane", "maillot"}, ""},

		{"an empty list", "[]", nil, "no class names"},
		{"a list of numbers", "[1, 2]", nil, `class "0": want a name`},
		{"a cut dict", "{0: 'tench', 1: 'sha", nil, "invalid character"},
		{"no dict", "{0: tench}", nil, "invalid character"},
		{"a wrong id2label", `{"id2label": ["tench"]}`, nil, "id2label"},
		{"a dict with gaps", "{0: 'tench', 2: 'shark'}", nil, "none is numbered 1"},
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
		"{0: ['n01440764', 'crane'], 1: ['n01443537', 'crane']}":        {"n01440764", "n01443537"},
		"n01440764,tench\nn01443537,goldfish\n":                         {"n01440764", "n01443537"},
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

// utf16le writes a text as Windows' "Unicode".
func utf16le(text string) string { return encoded16(text, binary.LittleEndian) }

func utf16be(text string) string { return encoded16(text, binary.BigEndian) }

func encoded16(text string, order binary.AppendByteOrder) string {
	out := order.AppendUint16(nil, 0xfeff)
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

func FuzzLabels(f *testing.F) {
	f.Add("{0: 'tench', 1: \"cock's \\u00e9\",}")
	f.Add(utf16le("['tench', 'shark']"))
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
