package printable

import (
	"errors"
	"io/fs"
	"os"
	"testing"
)

func TestPrintable(t *testing.T) {
	for _, test := range []struct{ text, name, all string }{
		{"", "", ""},
		{"n01440764/été 1.JPEG", "n01440764/été 1.JPEG", "n01440764/été 1.JPEG"},
		{"a\x1b[31mb", `"a\x1b[31mb"`, `a\x1b[31mb`},
		{"a\rb", `"a\rb"`, `a\rb`},
		{"bell\a", `"bell\a"`, `bell\a`},
		{"\xff\xfe", `"\xff\xfe"`, `\xff\xfe`},
		{"right\u202eleft", `"right\u202eleft"`, `right\u202eleft`},
		{"c1\u009b31m", `"c1\u009b31m"`, `c1\u009b31m`},
		{"two\nlines\tof text", `"two\nlines\tof text"`, "two\nlines\tof text"},
		{`a "quote" and \`, `a "quote" and \`, `a "quote" and \`},
	} {
		if got := Name(test.text); got != test.name {
			t.Errorf("%q: want name %s, got %s", test.text, test.name, got)
		}
		if got := Text(test.text); got != test.all {
			t.Errorf("%q: want text %s, got %s", test.text, test.all, got)
		}
	}
}

func TestError(t *testing.T) {
	for path, want := range map[string]string{
		"nowhere/1.jpg":        "open nowhere/1.jpg: no such file or directory",
		"nowhere/\x1b[31m.jpg": `open "nowhere/\x1b[31m.jpg": no such file or directory`,
	} {
		_, err := os.Open(path)
		if got := Error(err); got.Error() != want || !errors.Is(got, fs.ErrNotExist) {
			t.Errorf("want %s, got %v", want, got)
		}
	}
	if Error(nil) != nil {
		t.Error("want nil of nil")
	}
}
