package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training/segmentation"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

// tree writes n drawn pictures and their masks, of five classes, to images and masks.
func tree(t *testing.T, n int) string {
	t.Helper()
	root := t.TempDir()
	set, err := annotations.Synthetic(annotations.Scenes{Seed: 3, Pictures: n, Size: annotations.Size{Height: 40, Width: 40}, Least: 3, Most: 5})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		picture, err := set.Open(i)
		if err != nil {
			t.Fatal(err)
		}
		mask, err := set.ReadLabels(i)
		if err != nil {
			t.Fatal(err)
		}
		for j, l := range mask.Pix {
			if l != segmentation.Void {
				mask.Pix[j] = l % 5
			}
		}
		write(t, filepath.Join(root, "images", strconv.Itoa(i)+".png"), picture)
		write(t, filepath.Join(root, "masks", strconv.Itoa(i)+".png"), segmentation.Paint(mask))
	}
	return root
}

func write(t *testing.T, path string, m image.Image) {
	t.Helper()
	var text bytes.Buffer
	if err := png.Encode(&text, m); err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, text.String())
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// small is a run of a few seconds.
func small(data, out string, more ...string) []string {
	return append([]string{"-data", data, "-model", "fcn_resnet8", "-size", "24", "-base", "28", "-batch", "4", "-epochs", "2", "-out", out}, more...)
}

func TestBadInput(t *testing.T) {
	data, dir := tree(t, 12), t.TempDir()
	lonely, coloured, beyond, uneven := tree(t, 1), tree(t, 3), tree(t, 3), tree(t, 3)
	if err := os.Remove(filepath.Join(lonely, "masks", "0.png")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "coco", "annotations", "instances_train2017.json"), "{}")
	write(t, filepath.Join(coloured, "masks", "1.png"), image.NewRGBA(image.Rect(0, 0, 40, 40)))
	m := image.NewGray(image.Rect(0, 0, 40, 40))
	m.SetGray(3, 2, color.Gray{Y: 200})
	write(t, filepath.Join(beyond, "masks", "1.png"), m)
	writeFile(t, filepath.Join(beyond, "classes.txt"), "a\nb\nc\nd\ne\n")
	write(t, filepath.Join(uneven, "masks", "1.png"), image.NewGray(image.Rect(0, 0, 41, 40)))
	writeFile(t, filepath.Join(dir, "half.pth"), "PK\x03\x04 and no more")
	for _, test := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no data", []string{"-recipe", "quick"}, 2, "say with -data"},
		{"unknown recipe", small(data, dir+"/x", "-recipe", "magic"), 2, "torchvision"},
		{"unknown model", small(data, dir+"/x", "-model", "fcn_resnet19"), 2, "did you mean fcn_resnet"},
		{"unknown stride", small(data, dir+"/x", "-output-stride", "4"), 2, "-output-stride is 8, 16 or 32"},
		{"too small", small(data, dir+"/x", "-size", "4"), 2, "-size is 8 to"},
		{"scales the wrong way", small(data, dir+"/x", "-scale-min", "3"), 2, "-scale-min"},
		{"both weights", small(data, dir+"/x", "-weights", "a", "-backbone-weights", "b"), 2, "cannot both be given"},
		{"missing folder", small(dir+"/none", dir+"/x"), 1, "no such folder"},
		{"another folder", small(dir, dir+"/x"), 1, "neither ImageSets/Segmentation"},
		{"no picture with a mask", small(lonely, dir+"/x"), 1, "has a mask of none of the 1 pictures"},
		{"COCO without pictures", small(dir+"/coco", dir+"/x"), 1, "instances_train2017.json"},
		{"a mask in colours", small(coloured, dir+"/x"), 1, "got one of colours"},
		{"a class beyond the last", small(beyond, dir+"/x"), 1, "pixel 3, 2 is of class 200"},
		{"a mask of another size", small(uneven, dir+"/x"), 1, "has 40x40 pixels, its labels 41x40"},
		{"missing weights", small(data, dir+"/x", "-backbone-weights", dir+"/none.pth"), 1, "none.pth"},
		{"half a file of weights", small(data, dir+"/x", "-weights", dir+"/half.pth"), 1, "half.pth"},
		{"half a file of a backbone", small(data, dir+"/x", "-backbone-weights", dir+"/half.pth"), 1, "half.pth"},
		{"too few weights of classes", small(data, dir+"/x", "-class-weights", "1,2"), 2, "one for each of 5 classes, not 2"},
		{"nothing to resume", []string{"-resume", "-out", dir + "/none"}, 1, "there is no run in"},
		{"another column", small(data, dir+"/x", "-monitor", "test_error"), 2, "test_mean_iou"},
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

// record is what two runs with the same settings must agree on.
func record(t *testing.T, dir string) (tensors []weights.Array, log [][]string) {
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
		for j, column := range log[0] {
			if i > 0 && (column == "seconds" || column == "images_per_second") {
				row[j] = ""
			}
		}
	}
	return tensors, log
}

// TestResume starts from a backbone, interrupts the run, and compares it with one left
// alone on one processor; then it measures what came of it.
func TestResume(t *testing.T) {
	data, dir := tree(t, 20), t.TempDir()
	body, err := resnet.Lookup("resnet8", resnet.Options{Classes: 3})
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{Seed: 5})
	body.Build(b, b.Input("x", 1, 32, 32, 3))
	path := filepath.Join(dir, "resnet8.pth")
	if err := weights.WriteTorch(path, b.State().Arrays()); err != nil {
		t.Fatal(err)
	}
	options := []string{"-backbone-weights", path, "-freeze", "backbone.conv1,backbone.bn1", "-class-weights", "balanced", "-ema", "0.5", "-save-every", "100ms"}
	alone, broken := filepath.Join(dir, "alone"), filepath.Join(dir, "broken")
	c := clitest.Command(small(data, alone, options...)...)
	c.Env = append(c.Env, "GOMAXPROCS=1")
	if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "starting from the backbone") {
		t.Fatalf("%v: %s", err, out)
	}
	clitest.Interrupt(t, broken, 2, small(data, broken, options...)...)
	if err := os.Remove(path); err != nil { // no longer needed
		t.Fatal(err)
	}
	if code, _, stderr := clitest.Run(t, "-resume", "-out", broken); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	a, logA := record(t, alone)
	z, logZ := record(t, broken)
	if !reflect.DeepEqual(a, z) || !reflect.DeepEqual(logA, logZ) {
		t.Errorf("the resumed run differs from the one left alone:\n%v\n%v", logA, logZ)
	}
	for _, x := range a {
		if x.Name == "raw.backbone.conv1.weight" && !reflect.DeepEqual(x.Data, b.State().Get("conv1.weight").Torch()) {
			t.Error("the frozen layer has changed")
		}
	}
	for _, name := range []string{"report.html", "result.json", "iou.csv", "sections.json"} {
		if _, err := os.Stat(filepath.Join(broken, name)); err != nil {
			t.Error(err)
		}
	}
	page, err := os.ReadFile(filepath.Join(broken, "report.html"))
	if err != nil || !strings.Contains(string(page), "class 3") || !strings.Contains(string(page), "What was found") {
		t.Errorf("the page lacks its sections: %v", err)
	}
	measured(t, data, broken)
}

// measured wants -eval to say of the best weights what they are, with no flags but the
// data's.
func measured(t *testing.T, data, run string) {
	t.Helper()
	best, out := filepath.Join(run, "best.safetensors"), filepath.Join(t.TempDir(), "measured")
	code, first, stderr := clitest.Run(t, "-eval", "-out", run)
	if code != 0 || !strings.Contains(first, "2 pictures, mean IoU ") {
		t.Fatalf("exit %d, %s%s", code, first, stderr)
	}
	code, again, stderr := clitest.Run(t, "-eval", "-weights", best, "-data", data, "-out", out)
	if code != 0 || again != first {
		t.Errorf("exit %d, %s%s, want %s", code, again, stderr, first)
	}
	var o outcome
	text, err := os.ReadFile(filepath.Join(out, "result.json"))
	if err == nil {
		err = json.Unmarshal(text, &o)
	}
	if err != nil || o.MeanIoU == nil || o.Examples != 2 || len(o.Classes) != 5 || o.Model != "fcn_resnet8" {
		t.Errorf("%v: %+v", err, o)
	}
	code, _, stderr = clitest.Run(t, "-eval", "-weights", best, "-data", data, "-model", "fcn_resnet50")
	if code != 2 || !strings.Contains(stderr, "holds a fcn_resnet8, not a fcn_resnet50") {
		t.Errorf("another model: exit %d, %s", code, stderr)
	}
	code, _, stderr = clitest.Run(t, "-eval", "-weights", best, "-data", "synthetic")
	if code != 1 || !strings.Contains(stderr, "the network was trained for background, class 1") {
		t.Errorf("other classes: exit %d, %s", code, stderr)
	}
}

func TestUsage(t *testing.T) { clitest.Usage(t, "segment-train", 2, "output-stride") }
