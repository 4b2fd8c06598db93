package network

import (
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
)

// TestObey takes the network that a file names; a name of none is no obstacle to flags
// that say which it is.
func TestObey(t *testing.T) {
	for _, test := range []struct {
		model string
		args  []string
		want  string
		err   string
	}{
		{"resnet20", nil, "resnet20", ""},
		{"resnet20-B", nil, "resnet20-B", ""},
		{"resnet20-B", []string{"-model", "resnet20", "-shortcut", "B"}, "resnet20-B", ""},
		{"resnet20-B", []string{"-model", "resnet20"}, "", "file holds a resnet20-B, not a resnet20; leave"},
		{"resnet20", []string{"-shortcut", "B"}, "", "file holds a resnet20, not a resnet50-B; leave"},
		{"my network", nil, "", "file holds a network called my network, which is none that there is here; say with -model"},
		{"a\n\x1b[2Jb", nil, "", `called "a\n\x1b[2Jb", which`},
		{"my network", []string{"-shortcut", "B"}, "", "say with -model"},
		{"my network", []string{"-model", "resnet20", "-shortcut", "B"}, "resnet20-B", ""},
	} {
		var c Choice
		flags := cli.NewFlags("tool")
		c.Bind(flags, "resnet50")
		if err := cli.Parse(flags, "", test.args); err != nil {
			t.Fatal(err)
		}
		switch err := c.take("file", test.model, flags); {
		case test.err != "":
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q, %v: want %q, got %v", test.model, test.args, test.err, err)
			}
		case err != nil || c.Name() != test.want:
			t.Errorf("%q, %v: %s, %v, want %s", test.model, test.args, c.Name(), err, test.want)
		}
	}
}
