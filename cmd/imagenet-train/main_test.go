package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

// tree writes pictures of a colour for each class, train/CLASS/N.JPEG and val.
func tree(t *testing.T, classes ...string) string {
	t.Helper()
	root := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 2))
	for i, class := range classes {
		for part, n := range map[string]int{"train": 8, "val": 3} {
			for k := range n {
				m := image.NewRGBA(image.Rect(0, 0, 44, 40))
				for p := range m.Rect.Dx() * m.Rect.Dy() {
					v := [3]uint8{uint8(rng.IntN(120)), uint8(rng.IntN(120)), uint8(rng.IntN(120))}
					v[i%3] += 130
					m.Set(p%44, p/44, color.RGBA{v[0], v[1], v[2], 255})
				}
				var buffer bytes.Buffer
				if err := jpeg.Encode(&buffer, m, nil); err != nil {
					t.Fatal(err)
				}
				write(t, filepath.Join(root, part, class, fmt.Sprintf("%d.JPEG", k)), buffer.Bytes())
			}
		}
	}
	return root
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// small is a run of a few seconds.
func small(data, out string, more ...string) []string {
	return append([]string{"-data", data, "-model", "resnet8", "-crop", "32", "-batch", "8", "-epochs", "4", "-out", out}, more...)
}

func TestBadInput(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	data, dir := tree(t, "red", "green", "blue"), t.TempDir()
	write(t, filepath.Join(dir, "half.pth"), []byte("PK\x03\x04 and no more"))
	write(t, filepath.Join(dir, "empty", "train", "red", "note.txt"), nil)
	write(t, filepath.Join(dir, "broken", "train", "red", "a.jpg"), []byte("no picture"))
	write(t, filepath.Join(dir, "broken", "val", "red", "a.jpg"), []byte("no picture"))
	write(t, filepath.Join(dir, "other", "train", "red", "a.jpg"), []byte("no picture"))
	write(t, filepath.Join(dir, "other", "val", "pink", "a.jpg"), []byte("no picture"))
	for _, test := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no data", nil, 2, "-data"},
		{"unknown recipe", small(data, dir+"/x", "-recipe", "magic"), 2, "-recipe is paper, torchvision, finetune, alexnet, vgg, densenet, efficientnet, vit or convnext"},
		{"a rate of dropping above 1", small(data, dir+"/x", "-drop-path", "1.5"), 2, `-drop-path: a probability is 0 to below 1, not "1.5"`},
		{"fine-tuning of nothing", small(data, dir+"/x", "-recipe", "finetune"), 2, "needs -weights"},
		{"unknown augmentation", small(data, dir+"/x", "-augment", "more"), 2, "-augment is"},
		{"layer decay of nothing", small(data, dir+"/x", "-layer-decay", "0"), 2, "-layer-decay"},
		{"parts that do not divide", small(data, dir+"/x", "-accumulate", "3"), 2, "-accumulate 3"},
		{"unknown model", small(data, dir+"/x", "-model", "resnet19"), 2, "6n+2 layers"},
		{"missing folder", small(dir+"/none", dir+"/x"), 1, "none"},
		{"class without pictures", small(dir+"/empty", dir+"/x"), 1, "red"},
		{"another class in val", small(dir+"/other", dir+"/x"), 1, "pink"},
		{"pictures that are none", small(dir+"/broken", dir+"/y"), 1, "a.jpg"},
		{"missing weights", small(data, dir+"/x", "-weights", dir+"/none.pth"), 1, "none.pth"},
		{"half a file of weights", small(data, dir+"/x", "-weights", dir+"/half.pth"), 1, "half.pth"},
		{"unknown layer", small(data, dir+"/x", "-freeze", "layer9"), 1, "cannot freeze layer9"},
		{"nothing to resume", []string{"-resume", "-out", dir + "/none"}, 1, "there is no run in"},
		{"truth that is missing", small(data, dir+"/x", "-truth", dir+"/truth.txt"), 1, "truth.txt"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, _, stderr := clitest.Run(t, test.args...)
			lines := strings.Split(strings.TrimSpace(stderr), "\n")
			if code != test.code || !strings.Contains(lines[len(lines)-1], test.want) {
				t.Errorf("want exit %d and %q, got %d and %q", test.code, test.want, code, stderr)
			}
			if _, err := os.Stat(dir + "/x"); err == nil {
				t.Error("the directory of a run that cannot start is there")
			}
		})
	}
}

// outcome is what two runs with the same settings must agree on.
func outcome(t *testing.T, dir string) (tensors []weights.Array, log [][]string) {
	t.Helper()
	tensors, _, _, err := weights.ReadSafetensors(filepath.Join(dir, "latest.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "log.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if log, err = csv.NewReader(bytes.NewReader(text)).ReadAll(); err != nil {
		t.Fatal(err)
	}
	for i, row := range log {
		log[i] = row[:8] // the rest is time
	}
	return tensors, log
}

// TestFineTune starts from the weights of a network for other classes, interrupts
// the run, and compares it with one left alone on one processor. It uses most options.
func TestFineTune(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	data, dir := tree(t, "red", "green", "blue"), t.TempDir()
	network, err := resnet.Lookup("resnet8", resnet.Options{Classes: 5})
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{Seed: 5})
	network.Build(b, b.Input("x", 1, 32, 32, 3))
	path := filepath.Join(dir, "weights.pth")
	if err := weights.WriteTorch(path, b.State().Arrays()); err != nil {
		t.Fatal(err)
	}
	options := []string{"-recipe", "finetune", "-weights", path, "-freeze", "conv1,bn1", "-layer-decay", "0.7", "-label-smoothing", "0.1",
		"-mixup", "0.2", "-cutmix", "1", "-ema", "0.9", "-accumulate", "2", "-jitter", "0.2", "-clip-norm", "5", "-save-every", "100ms"}
	alone, broken := filepath.Join(dir, "alone"), filepath.Join(dir, "broken")
	c := clitest.Command(small(data, alone, options...)...)
	c.Env = append(c.Env, "GOMAXPROCS=1")
	if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "with a new last layer") {
		t.Fatalf("%v: %s", err, out)
	}
	clitest.Interrupt(t, broken, 2, small(data, broken, options...)...)
	if err := os.Remove(path); err != nil { // no longer needed
		t.Fatal(err)
	}
	if code, _, stderr := clitest.Run(t, "-resume", "-out", broken); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	a, logA := outcome(t, alone)
	z, logZ := outcome(t, broken)
	if !reflect.DeepEqual(a, z) || !reflect.DeepEqual(logA, logZ) {
		t.Errorf("the resumed run differs from the one left alone:\n%v\n%v", logA, logZ)
	}
	for _, x := range a {
		if x.Name == "conv1.weight" && !reflect.DeepEqual(x.Data, b.State().Get("conv1.weight").Torch()) {
			t.Error("the frozen layer has changed")
		}
	}
	for _, name := range []string{"report.html", "result.json", "predictions.csv"} {
		if _, err := os.Stat(filepath.Join(broken, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestLearns tells three colours apart, from a table of pictures of which one is
// damaged.
func TestLearns(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	data, dir := tree(t, "red", "green", "blue"), t.TempDir()
	table := "path,label\n"
	for _, class := range []string{"red", "green", "blue"} {
		for k := range 8 {
			table += fmt.Sprintf("train/%s/%d.JPEG,%s\n", class, k, class)
		}
	}
	write(t, filepath.Join(data, "train.csv"), []byte(table))
	write(t, filepath.Join(data, "train", "red", "3.JPEG"), []byte("damaged"))
	code, stdout, stderr := clitest.Run(t, "-data", data, "-train", data+"/train.csv", "-model", "resnet8", "-crop", "32", "-batch", "8",
		"-iterations", "36", "-lr", "0.05", "-out", dir+"/run")
	if code != 0 || !strings.Contains(stdout, "resnet8: test error 0.00 %") || strings.Contains(stdout, "top-5") { // of few classes all are among the five
		t.Errorf("exit %d: %s %s", code, stdout, stderr)
	}
	if !strings.Contains(stderr, "warning: 1 pictures could not be read") || strings.Count(stderr, "warning: a picture is skipped: ") != 1 || !strings.Contains(stderr, "red/3.JPEG") {
		t.Errorf("the damaged picture is not mentioned once: %s %s", stdout, stderr)
	}
}

func TestTwoAtOnce(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := filepath.Join(t.TempDir(), "run")
	clitest.TwoAtOnce(t, small(tree(t, "red", "green"), dir, "-epochs", "60"), []string{"-resume", "-out", dir}, dir)
}
