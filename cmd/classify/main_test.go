package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

// weightsFile writes those of a resnet8 whose logits are 0, 1, 2 to 8 and the last,
// whatever the picture.
func weightsFile(t *testing.T, path string, last float32) string {
	t.Helper()
	network, err := resnet.Lookup("resnet8", resnet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{})
	network.Build(b, b.Input("images", 1, 32, 32, 3))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	clear(state.Get("fc.weight").Data())
	for i := range 10 {
		state.Get("fc.bias").Data()[i] = float32(i)
	}
	state.Get("fc.bias").Data()[9] = last
	if err := weights.WriteSafetensors(path, state.Arrays(), nil); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestClassify(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	picture := image.NewRGBA(image.Rect(0, 0, 50, 40))
	picture.Set(20, 20, color.White)
	var text bytes.Buffer
	if err := png.Encode(&text, picture); err != nil {
		t.Fatal(err)
	}
	photo, other := write("photo.png", text.Bytes()), write("other.png", text.Bytes())
	broken, empty := write("broken.png", text.Bytes()[:60]), write("empty.jpg", nil)
	var lines strings.Builder
	for i := range 10 {
		fmt.Fprintf(&lines, "kind %c\n", 'a'+i)
	}
	labels, nine := write("labels.txt", []byte(lines.String())), write("nine.txt", []byte(strings.TrimSuffix(lines.String(), "kind j\n")))
	good := weightsFile(t, filepath.Join(dir, "good.safetensors"), 9)
	diverged := weightsFile(t, filepath.Join(dir, "nan.safetensors"), float32(math.NaN()))
	small := func(more ...string) []string { return append([]string{"-model", "resnet8", "-weights", good}, more...) }

	for _, test := range []struct {
		name   string
		args   []string
		code   int
		stdout string // a pattern
		stderr []string
	}{
		{"two pictures", small("-top", "2", "-labels", labels, photo, other), 0,
			`^\S+photo\.png\n   1   63\.21 %  kind j\n   2   23\.26 %  kind i\n\S+other\.png\n   1   63\.21 %  kind j\n   2   23\.26 %  kind i\n$`, nil},
		{"numbers for names", small(photo), 0, `(?s)class 9\n.*class 8\n.*class 7\n.*class 6\n.*class 5\n$`, nil},
		{"broken among others", small("-top", "1", broken, photo, empty), 1, `^\S+photo\.png\n   1   63\.21 %  class 9\n$`,
			[]string{broken + ": damaged picture", empty + ": no picture of a known kind", "2 of 3 pictures could not be classified"}},
		{"one broken picture", small(broken), 1, `^$`, []string{broken + ": damaged picture"}},
		{"missing picture", small(filepath.Join(dir, "none.jpg")), 1, `^$`, []string{"none.jpg: no such file"}},
		{"own preprocessing", small("-mean", "0.5, 0.5,0.5", "-std", "1,1,1", "-resize", "40", "-crop", "32", "-interpolation", "bicubic", "-top", "1", photo), 0, "63.21", nil},

		{"no weights", []string{photo}, 2, "^$", []string{"-weights"}},
		{"no picture", small(), 2, "^$", []string{"PICTURE... is missing"}},
		{"unknown flag", small("-lables", "x"), 2, "^$", []string{"-lables"}},
		{"top", small("-top", "0", photo), 2, "^$", []string{"-top is at least 1"}},
		{"classes", small("-classes", "-2", photo), 2, "^$", []string{"-classes"}},
		{"mean", small("-mean", "1,2", photo), 2, "^$", []string{"-mean: want three numbers"}},
		{"std", small("-std", "1,x,1", photo), 2, "^$", []string{`-std: "x" is no number`}},
		{"std of zero", small("-std", "0,0,0", photo), 2, "^$", []string{"-std must be positive"}},
		{"interpolation", small("-interpolation", "lanczos", photo), 2, "^$", []string{"-interpolation is bilinear or bicubic"}},
		{"crop beyond resize", small("-resize", "20", photo), 2, "^$", []string{"-resize 20 is less than -crop 32"}},
		{"unknown model", []string{"-weights", good, "-model", "lenet", photo}, 2, "^$", []string{"lenet"}},
		{"missing weights", []string{"-weights", good + "x", "-model", "resnet8", photo}, 1, "^$", []string{"good.safetensorsx"}},
		{"weights of another model", []string{"-weights", good, "-model", "resnet14", photo}, 1, "^$", []string{"layer1.1.bn1.bias and 27 more; they look like those of resnet8 for"}},
		{"names of another number", small("-labels", nine, "-classes", "10", photo), 1, "^$", []string{"names 9 classes, want 10"}},
		{"names that do not fit the weights", small("-labels", nine, photo), 1, "^$", []string{"fc.bias has shape [10], want [9]"}},
		{"weights that are no numbers", []string{"-weights", diverged, "-model", "resnet8", photo}, 1, "^$", []string{"the network answers NaN for class 9"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, stdout, stderr := clitest.Run(t, test.args...)
			if code != test.code || !regexp.MustCompile(test.stdout).MatchString(stdout) || strings.Count(stderr, "\n") != len(test.stderr) {
				t.Errorf("want exit %d, %q and %d lines of errors, got %d,\n%s and\n%s", test.code, test.stdout, len(test.stderr), code, stdout, stderr)
			}
			for _, want := range test.stderr {
				if !strings.Contains(stderr, want) {
					t.Errorf("want %q in %q", want, stderr)
				}
			}
		})
	}
}
