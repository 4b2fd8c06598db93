package clitest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Usage asks a command for help and for its version, and uses it wrongly; without any
// arguments it must fail with the given exit code, or -1 where it does not fail. long
// is a flag of it.
func Usage(t *testing.T, name string, bare int, long string) {
	t.Helper()
	code, stdout, stderr := Run(t, "-h")
	if code != 0 || stderr != "" || !strings.Contains(stdout, "\nusage: "+name+" [flags]") || !strings.Contains(stdout, "\n  -"+long) {
		t.Errorf("-h: exit %d, %s, %s", code, stderr, stdout)
	}
	if !strings.HasSuffix(stdout, "\n\nHelp:\n  -h                    show this\n  -version              show what the command was built from\n") {
		t.Errorf("-h and -version are in no group: %s", stdout)
	}
	for _, line := range strings.Split(stdout, "\n") {
		if len([]rune(line)) > 100 {
			t.Errorf("-h: %d columns: %s", len([]rune(line)), line)
		}
	}
	if code, stdout, stderr := Run(t, "-version"); code != 0 || stderr != "" || !strings.HasPrefix(stdout, name+" ") || strings.Count(stdout, "\n") != 1 || !strings.Contains(stdout, "kernels: ") {
		t.Errorf("-version: exit %d, %s, %s", code, stdout, stderr)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-" + long[:len(long)-1]}, "there is no flag -" + long[:len(long)-1] + "; did you mean -" + long + "?"},
		{[]string{"-" + long}, "-" + long + " needs a value"},
	} {
		if code, _, stderr := Run(t, test.args...); code != 2 || !strings.HasPrefix(stderr, name+": ") || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: want exit 2 and one line with %q, got %d and %q", test.args, test.want, code, stderr)
		}
	}
	if bare < 0 {
		return
	}
	if code, _, stderr := Run(t); code != bare || strings.Count(stderr, "\n") != 1 {
		t.Errorf("no arguments: want exit %d and one line, got %d and %q", bare, code, stderr)
	}
}

// Damaged makes from a file what commands are given by mistake: a path to nothing, a
// folder, an empty file and the first half of it, by what is wrong.
func Damaged(t *testing.T, file string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	ext := filepath.Ext(file)
	paths := map[string]string{}
	for what, name := range map[string]string{"missing": "none", "folder": "folder", "empty": "empty", "half": "half"} {
		paths[what] = filepath.Join(dir, name+ext)
	}
	if err := os.Mkdir(paths["folder"], 0o755); err != nil {
		t.Fatal(err)
	}
	for what, n := range map[string]int{"empty": 0, "half": len(data) / 2} {
		if err := os.WriteFile(paths[what], data[:n], 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

// OnDamaged runs the command on each of the damaged files and wants one line that says
// which file it is, and exit code 1. Warnings do not count.
func OnDamaged(t *testing.T, file string, args func(path string) []string) {
	t.Helper()
	for what, path := range Damaged(t, file) {
		code, _, stderr := Run(t, args(path)...)
		lines := strings.Count(stderr, "\n") - strings.Count(stderr, "warning: ")
		if code != 1 || lines != 1 || !strings.Contains(stderr, path) || strings.Count(stderr, path+":") > 1 {
			t.Errorf("%s: want exit 1 and one line with its path once, got %d and %q", what, code, stderr)
		}
	}
}
