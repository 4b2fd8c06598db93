package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestMessage(t *testing.T) {
	missing := &fs.PathError{Op: "lstat", Path: "/a/b", Err: errors.New("no such file or directory")}
	for _, test := range []struct {
		err  error
		want string
	}{
		{missing, "/a/b: no such file or directory"},
		{fmt.Errorf("imagenet: %w", missing), "/a/b: no such file or directory"},
		{fmt.Errorf("imagenet: /a/b: %w", missing), "/a/b: no such file or directory"},
		{fmt.Errorf("report: report: /a/b is missing: %w", missing), "/a/b is missing: no such file or directory"},
		{errors.New("cannot resume: training: graph: layer3.0.conv2: want 256"), "cannot resume: layer3.0.conv2: want 256"},
		{fmt.Errorf("cannot write /a/b: %w", &fs.PathError{Op: "open", Path: "/a/.b.tmp-1", Err: errors.New("permission denied")}), "cannot write /a/b: permission denied"},
		{fmt.Errorf("cannot read weights: %w", &fs.PathError{Op: "open", Path: "a", Err: errors.New("no such file")}), "cannot read weights: a: no such file"},
		{fmt.Errorf("cannot read weights: %w", &fs.PathError{Op: "open", Path: "weights", Err: errors.New("no such file")}), "cannot read weights: weights: no such file"},
		{fmt.Errorf("training: imagenet: %w", &fs.PathError{Op: "open", Path: "report", Err: errors.New("graph: no")}), "report: no"},
		{fmt.Errorf("version 1.23: %w", &fs.PathError{Op: "open", Path: "1.2", Err: errors.New("no such file")}), "version 1.23: 1.2: no such file"},
		{errors.New("the report: is here\n  and\r\nthere"), "the report: is here; and; there"},
		{Usagef("-model: %w", errors.New("resnet: no")), "-model: no"},
	} {
		if got := Message(test.err); got != test.want {
			t.Errorf("%q: %q, want %q", test.err, got, test.want)
		}
	}
}

// TestMessagesNameNoPackage wants the packages whose errors begin with their names to be
// those that Message knows.
func TestMessagesNameNoPackage(t *testing.T) {
	clause := regexp.MustCompile(`(?m)^package (\w+)$`)
	root, known := filepath.Join("..", "..", ".."), 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name := clause.FindSubmatch(text)
		if name == nil || string(name[1]) == "main" || !bytes.Contains(text, []byte(`"`+string(name[1])+`: `)) {
			return nil
		}
		known++
		if got := Message(errors.New(string(name[1]) + ": it is so")); got != "it is so" {
			t.Errorf("%s: %q", path, got)
		}
		return nil
	})
	if err != nil || known < 50 {
		t.Fatalf("%d files, %v", known, err)
	}
}

func TestDidYouMean(t *testing.T) {
	words := []string{"resnet18", "resnet20", "vgg16", "learning-rate", "lr", "epochs", "resnext20_32x4d", "vgg16_bn"}
	for given, want := range map[string]string{
		"resnet21": "; did you mean resnet20?", "rsenet18": "; did you mean resnet18?", "ResNet20": "; did you mean resnet20?",
		"epoch": "; did you mean epochs?", "rl": "; did you mean lr?", "alexnet": "", "": "", "batch": "",
		"vgg": "; did you mean vgg16 or vgg16_bn?", "resnext20": "; did you mean resnet20 or resnext20_32x4d?", "vg": "", "learn": "; did you mean learning-rate?",
	} {
		if got := DidYouMean(given, words); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-epoch", "3"}, "there is no flag -epoch; did you mean -epochs?"},
		{[]string{"-x"}, "there is no flag -x"},
		{[]string{"-epochs"}, "-epochs needs a value"},
		{[]string{"-epochs", "ten"}, `-epochs is a whole number, not "ten"`},
		{[]string{"-epochs", "99999999999999999999"}, `-epochs cannot be as large as "99999999999999999999"`},
		{[]string{"-rate", "x"}, `-rate is a number, not "x"`},
		{[]string{"-all=maybe"}, `-all is true or false, not "maybe"`},
		{[]string{"more"}, `unexpected argument "more"`},
	} {
		f := NewFlags("tool")
		f.Int("epochs", 1, "")
		f.Float64Var(new(float64), "rate", 1, "")
		f.Alias("rate", "speed")
		f.Bool("all", false, "")
		f.Bool("mean", false, "")
		if err := Parse(f, "", test.args); err == nil || err.Error() != test.want {
			t.Errorf("%v: %v, want %q", test.args, err, test.want)
		}
	}
}

func TestHelp(t *testing.T) {
	f := NewFlags("tool")
	f.Group("data")
	f.String("data", "", "`FOLDER` of pictures")
	f.Group("optimisation")
	f.Float64Var(new(float64), "rate", 0.5, strings.Repeat("many words ", 12))
	f.Alias("rate", "speed")
	f.Group("data")
	f.Int("limit", 0, "pictures at most (0: all)")
	var b strings.Builder
	f.help(&b, "Tool does things.", []string{"FILE"})
	text := b.String()
	if strings.Contains(text, "speed") || !strings.Contains(text, "usage: tool [flags] FILE\n") || !strings.Contains(text, "  -data FOLDER          FOLDER of pictures\n") ||
		strings.Index(text, "Data:") < strings.Index(text, "Optimisation:") || !strings.Contains(text, "(default 0.5)") {
		t.Error(text)
	}
	for _, line := range strings.Split(text, "\n") {
		if len(line) > 100 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
}

func TestCommandLine(t *testing.T) {
	for text, want := range map[string]string{"runs/a-1": "runs/a-1", "my run": "'my run'", "it's": `'it'\''s'`, "": "''", "-data=$HOME": "'-data=$HOME'", "Löwe": "Löwe"} {
		if got := quote(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestByGoRun tells the files of go run from those that people make.
func TestByGoRun(t *testing.T) {
	for file, want := range map[string]bool{
		"/tmp/go-build3141592653/b001/exe/cifar-train":                                                                            true,
		"/home/ada/.cache/go-build/e7/e7229801571c67969d6728b66cfaf01a1d758ae26a4ee61b2f187152cf96eb85-d/cifar-train":             true,
		`C:\Users\x\AppData\Local\Temp\go-build31\b001\exe\cifar-train.exe`:                                                       true,
		`C:\Users\x\AppData\Local\go-build\e7\e7229801571c67969d6728b66cfaf01a1d758ae26a4ee61b2f187152cf96eb85-d\cifar-train.exe`: true,
		"/home/ada/go/bin/cifar-train":     false,
		"/home/x/go-build/cifar-train":     false,
		"/home/x/go-build/exe/cifar-train": false,
	} {
		if got := byGoRun.MatchString(file); got != want {
			t.Errorf("%s: %v, want %v", file, got, want)
		}
	}
}

// TestWarnings wants a path once, and no name of a package.
func TestWarnings(t *testing.T) {
	for _, test := range []struct {
		attrs []any
		want  string
	}{
		{[]any{"path", "/a/b", "error", "/a/b: no picture"}, "a picture is skipped: /a/b: no picture"},
		{[]any{"path", "/a/b", "error", "imagenet: no picture"}, "a picture is skipped: /a/b: no picture"},
		{[]any{"folder", "/a", "files", 3}, "a picture is skipped: /a, files 3"},
	} {
		r := slog.Record{Level: slog.LevelWarn, Message: "imagenet: a picture is skipped"}
		r.Add(test.attrs...)
		if got := (warnings{}).text(r); got != test.want {
			t.Errorf("%v: %q, want %q", test.attrs, got, test.want)
		}
	}
	if !(warnings{}).Enabled(context.Background(), slog.LevelWarn) {
		t.Error("warnings are not shown")
	}
}
