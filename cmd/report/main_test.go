package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

const log = "iteration,epoch,lr,train_loss,train_error,test_loss,test_error,test_top5_error,seconds,images_per_second\n50,1,0.1,2.1,0.8,1.9,0.75,0.3,60.5,900.1\n"

func TestReport(t *testing.T) {
	base := t.TempDir()
	run := func(name, log string) string {
		dir := filepath.Join(base, name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for file, text := range map[string]string{"config.json": `{"model": "resnet20"}`, "log.csv": log} {
			if text == "" {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	one, two := run("one", log), run("two", log)
	none := filepath.Join(base, "none")
	both := filepath.Join(base, "both")
	for _, test := range []struct {
		name string
		args []string
		code int
		want string // of standard output, or of the line of the error
		page string // that is made
	}{
		{"a run that has not ended", []string{one}, 0, "the report is " + filepath.Join(one, "report.html"), one},
		{"two runs", []string{"-out", both, one, two}, 0, "the report is " + filepath.Join(both, "report.html"), both},
		{"help", []string{"-h"}, 0, "usage: report [flags] DIR...", ""},
		{"no run", nil, 2, "DIR... is missing", ""},
		{"unknown flag", []string{"-oout", both, one}, 2, "-oout", ""},
		{"two runs and no folder", []string{one, two}, 2, "-out", ""},
		{"missing directory", []string{none}, 1, "there is no directory " + none, ""},
		{"no run in the directory", []string{base}, 1, "there is no run in " + base, ""},
		{"no log", []string{run("unlogged", "")}, 1, "log.csv has no rows", ""},
		{"damaged row", []string{run("damaged", log+"100,2,0.1,x,0.8,1.9,0.75,0.3,60.5,900.1\n")}, 1, `log.csv is damaged: row 2: train_loss is no number: "x"`, ""},
		{"row cut short", []string{run("short", log+"100,2,0.1")}, 1, "log.csv is damaged: row 2 is cut short", ""},
		{"a damaged run beside a whole one", []string{"-out", none, one, filepath.Join(base, "damaged")}, 1, "damaged: row 2", ""},
		{"folder in a file", []string{"-out", filepath.Join(one, "log.csv", "x"), one}, 1, "cannot make the directory", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, stdout, stderr := clitest.Run(t, test.args...)
			text, lines := stdout, 0
			if test.code != 0 {
				text, lines = stderr, 1
			}
			if code != test.code || !strings.Contains(text, test.want) || strings.Count(stderr, "\n") != lines {
				t.Errorf("want exit %d and %q, got %d, %q and %q", test.code, test.want, code, stdout, stderr)
			}
			if test.page != "" {
				if info, err := os.Stat(filepath.Join(test.page, "report.html")); err != nil || info.Size() == 0 {
					t.Error(err)
				}
			}
		})
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("a page was made of damaged records")
	}
}
