package settings

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
)

type values struct {
	Recipe string  `json:"recipe"`
	Rate   float64 `json:"rate"`
	Data   string  `json:"data"`
}

func command() Command[values] {
	return Command[values]{
		Noun: "run",
		Bind: func(s *values, f *cli.Flags) {
			f.StringVar(&s.Recipe, "recipe", "slow", "")
			f.Float64Var(&s.Rate, "rate", 1, "")
			f.Alias("rate", "speed")
			f.StringVar(&s.Data, "data", "", "")
		},
		Recipes: []Recipe{{Name: "slow"}, {Name: "fast", Flags: map[string]string{"rate": "3"}}},
		Recipe:  func(s *values) string { return s.Recipe },
		Check: func(s *values, fresh bool) error {
			if s.Rate < 0 {
				return cli.Usagef("-rate cannot be negative")
			}
			return nil
		},
		Name: func(*values) string { return "name" }, Free: []string{"data"}, Renamed: map[string]string{"speed": "rate"},
	}
}

func open(args ...string) (*Place[values], error) { return command().Open(cli.NewFlags("tool"), args) }

// TestOpen makes a run by flags and goes on with it.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "run")
	p, err := open("-recipe", "fast", "-out", out)
	if err != nil || *p.Settings != (values{"fast", 3, ""}) || p.Directory != nil {
		t.Fatalf("%+v, %v", p, err)
	}
	d, err := p.Create()
	if err != nil {
		t.Fatal(err)
	}
	d.Close()
	for name, text := range map[string]string{
		"old":     `{"version": "v1", "recipe": "slow", "speed": 2, "depths": "no", "command": "tool"}`,
		"partial": `{"command": "tool", "data": "there"}`,
		"other":   `{"command": "another", "recipe": 3}`,
		"eval":    `{"protocol": "1-crop", "recipe": "x"}`,
		"nothing": `{}`,
		"damaged": `{"command": "tool", "rate": "x"}`,
		"cut":     `{"command": "too`,
	} {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(path, configFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want values
		err  string // empty for none
	}{
		{[]string{"-out", dir + "/new", "-speed", "4"}, values{"slow", 4, ""}, ""},
		{[]string{"-resume", "-out", out}, values{"fast", 3, ""}, ""},
		{[]string{"-resume", "-out", out, "-rate", "3.0", "-data", "moved"}, values{"fast", 3, "moved"}, ""},
		{[]string{"-resume", "-out", dir + "/old"}, values{"slow", 2, ""}, ""},
		{[]string{"-resume", "-out", dir + "/old", "-speed", "2"}, values{"slow", 2, ""}, ""},
		{[]string{"-resume", "-out", dir + "/partial"}, values{"slow", 1, "there"}, ""},
		{[]string{"-resume", "-out", out, "-rate", "4"}, values{}, "the run was started with -rate 3, not 4"},
		{[]string{"-resume", "-out", out, "-speed", "4"}, values{}, "the run was started with -rate 3, not 4"},
		{[]string{"-resume", "-out", dir + "/other"}, values{}, "it holds what another has made"},
		{[]string{"-resume", "-out", dir + "/eval"}, values{}, "it holds what imagenet-eval has made"},
		{[]string{"-resume", "-out", dir + "/nothing"}, values{}, "it holds no run of tool"},
		{[]string{"-resume", "-out", dir + "/damaged"}, values{}, "holds the settings of another command, or of another version"},
		{[]string{"-resume", "-out", dir + "/cut"}, values{}, "is damaged"},
		{[]string{"-resume", "-out", dir + "/none"}, values{}, "there is no run in"},
		{[]string{"-resume"}, values{}, "say with -out which run"},
		{[]string{"-out", out}, values{}, "holds a run already"},
		{[]string{"-out", dir + "/file"}, values{}, "it is a file"},
		{[]string{"-out", dir + "/file/x"}, values{}, "cannot make the output directory"},
		{[]string{"-rate", "-1"}, values{}, "-rate cannot be negative"},
		{[]string{"-recipe", "fasst"}, values{}, `-recipe is slow or fast, not "fasst"; did you mean fast?`},
	} {
		p, err := open(test.args...)
		switch {
		case test.err != "":
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%v: want %q, got %v", test.args, test.err, err)
			}
		case err != nil || *p.Settings != test.want:
			t.Errorf("%v: %v, want %+v", test.args, err, test.want)
		}
		if err == nil && p.Directory != nil {
			p.Directory.Close()
		}
	}
	var h head
	text, err := os.ReadFile(filepath.Join(out, configFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &h); err != nil || h.Command != "tool" || h.Version != cli.Version() {
		t.Errorf("%s", text)
	}
}
