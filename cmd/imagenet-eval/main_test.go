package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/evaluation"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

// weightsFile writes a network's tensors as testdata/goldens.py computes them, and
// returns the value of -weights. A card says more of the network.
func weightsFile(t *testing.T, dir, model string, classes, seed int, card ...training.Card) string {
	t.Helper()
	network, err := resnet.Lookup(model, resnet.Options{Classes: classes})
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{})
	network.Build(b, b.Input("images", 1, 32, 32, 3))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	for _, x := range b.State().Tensors() {
		data, shape := x.Torch(), x.TorchShape()
		shift, fanIn := seed, 1
		for _, c := range []byte(x.Name) {
			shift += int(c)
		}
		for _, n := range shape[1:] {
			fanIn *= n
		}
		for i := range data {
			u := float64((i*i*31+i*7+shift)%1009)/1009 - 0.5
			switch {
			case len(shape) > 1:
				u *= math.Sqrt(24 / float64(fanIn))
			case strings.HasSuffix(x.Name, "running_var"), strings.HasSuffix(x.Name, "weight"):
				u++
			}
			data[i] = float32(u)
		}
		if err := x.SetTorch(data); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, fmt.Sprintf("%s-%d-%d.safetensors", model, classes, seed))
	var metadata map[string]string
	for _, c := range card {
		path = filepath.Join(dir, fmt.Sprintf("checkpoint-%d.safetensors", seed))
		if metadata, err = c.Metadata(); err != nil {
			t.Fatal(err)
		}
	}
	if err := weights.WriteSafetensors(path, b.State().Arrays(), metadata); err != nil {
		t.Fatal(err)
	}
	return model + "=" + path
}

// write makes a file, and the folders it is in.
func write(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// succeed runs the command and returns the rows of predictions.csv and the outcome.
func succeed(t *testing.T, out string, args ...string) (rows [][]string, r evaluation.Result) {
	t.Helper()
	if code, _, stderr := clitest.Run(t, append(args, "-out", out)...); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	return outcome(t, out)
}

func outcome(t *testing.T, out string) (rows [][]string, r evaluation.Result) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(out, "predictions.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if rows, err = csv.NewReader(bytes.NewReader(text)).ReadAll(); err != nil {
		t.Fatal(err)
	}
	if text, err = os.ReadFile(filepath.Join(out, "result.json")); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return rows[1:], r
}

// scores are those of a row's five classes.
func scores(t *testing.T, row []string) []float64 {
	t.Helper()
	out := make([]float64, 5)
	for k := 5; k < len(row); k += 2 {
		class, err := strconv.Atoi(row[k])
		if err != nil {
			t.Fatal(err)
		}
		if out[class], err = strconv.ParseFloat(row[k+1], 64); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// difference is the largest, in units of the larger of 1 and the value.
func difference(a, b []float64) (worst float64) {
	for i := range a {
		worst = max(worst, math.Abs(a[i]-b[i])/max(1, math.Abs(b[i])))
	}
	return worst
}

// small is an evaluation of testdata's three pictures.
func small(t *testing.T, dir string, more ...string) []string {
	t.Helper()
	here, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	list := write(t, filepath.Join(dir, "list.csv"), fmt.Appendf(nil, "path,label\n%[1]s/0.png,a\n%[1]s/1.png,d\n%[1]s/2.png,b\n", filepath.ToSlash(here)))
	labels := write(t, filepath.Join(dir, "labels.txt"), []byte("a\nb\nc\nd\ne\n"))
	return append([]string{"-data", list, "-labels", labels, "-resize", "36"}, more...)
}

// TestAgainstPyTorch compares all scores, by every protocol, of single networks and
// of their ensemble, with what PyTorch and torchvision make of the same pictures.
func TestAgainstPyTorch(t *testing.T) {
	text, err := os.ReadFile("testdata/scores.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Protocol, Average string
		Networks          []string
		Scores            [][]float64
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := map[string]string{"resnet8": weightsFile(t, dir, "resnet8", 5, 1), "resnet14": weightsFile(t, dir, "resnet14", 5, 2)}
	for i, c := range cases {
		args := small(t, dir, "-protocol", c.Protocol, "-average", c.Average)
		if c.Protocol == multiScale {
			args = append(args, "-sides", "36")
		}
		for _, name := range c.Networks {
			args = append(args, "-weights", files[name])
		}
		rows, r := succeed(t, filepath.Join(dir, strconv.Itoa(i)), args...)
		worst, wrong := 0.0, 0
		for k, want := range c.Scores {
			got := scores(t, rows[k])
			worst = max(worst, difference(got, want))
			rank := 0
			label := []int{0, 3, 1}[k]
			for class := range want {
				if want[class] > want[label] {
					rank++
				}
			}
			if rows[k][3] != strconv.Itoa(rank) {
				t.Errorf("%s of %v, picture %d: rank %s of the right class, want %d", c.Protocol, c.Networks, k, rows[k][3], rank)
			}
			wrong += min(rank, 1)
		}
		t.Logf("%s of %v, %s: largest difference %.1e", c.Protocol, c.Networks, c.Average, worst)
		if worst > 1e-5 {
			t.Errorf("%s of %v: %s differ by %.2g", c.Protocol, c.Networks, c.Average, worst)
		}
		if math.Abs(r.Top1Error-float64(wrong)/3) > 1e-9 || r.Top5Error != 0 || r.Pictures != 3 || r.Classes != 5 || r.Protocol != c.Protocol {
			t.Errorf("%+v, want %d of 3 wrong", r, wrong)
		}
	}
}

// TestTopFive wants the error of the five likeliest only where there are more classes.
func TestTopFive(t *testing.T) {
	dir := t.TempDir()
	for _, classes := range []int{5, 6} {
		args := small(t, dir, "-weights", weightsFile(t, dir, "resnet8", classes, 1), "-out", filepath.Join(dir, strconv.Itoa(classes)))
		write(t, filepath.Join(dir, "labels.txt"), []byte("a\nb\nc\nd\ne\nf\n"[:2*classes]))
		code, stdout, stderr := clitest.Run(t, args...)
		if code != 0 || !strings.Contains(stdout, "top-1 error ") || strings.Contains(stdout, "top-5") != (classes > 5) {
			t.Errorf("%d classes: exit %d, %q, %s", classes, code, stdout, stderr)
		}
	}
}

// TestSides wants the scores over several sizes to be the mean of those over each,
// and multi-scale testing at the crop's size of square pictures to be ten-crop
// testing without room to move.
func TestSides(t *testing.T) {
	dir := t.TempDir()
	file := weightsFile(t, dir, "resnet8", 5, 1)
	of := func(name string, more ...string) (out [][]float64) {
		rows, _ := succeed(t, filepath.Join(dir, name), small(t, dir, append(more, "-weights", file)...)...)
		for _, row := range rows {
			out = append(out, scores(t, row))
		}
		return out
	}
	a, b := of("a", "-protocol", "multi-scale", "-sides", "32"), of("b", "-protocol", "multi-scale", "-sides", "48")
	both := of("both", "-protocol", "multi-scale", "-sides", "48, 32")
	for k := range both {
		for c := range a[k] {
			a[k][c] = (a[k][c] + b[k][c]) / 2
		}
		if d := difference(both[k], a[k]); d > 1e-5 {
			t.Errorf("picture %d: %v, want %v", k, both[k], a[k])
		}
	}
	ten, full := of("ten", "-resize", "32", "-protocol", "10-crop"), of("full", "-protocol", "multi-scale", "-sides", "32")
	if d := difference(ten[2], full[2]); d > 1e-5 { // the third picture is square
		t.Errorf("ten crops of nothing but the picture give %v, the whole picture %v", ten[2], full[2])
	}
}

// TestData wants the same of pictures in class folders, in one folder with a
// ground-truth file, and in a table.
func TestData(t *testing.T) {
	dir := t.TempDir()
	file := weightsFile(t, dir, "resnet8", 5, 1)
	table := small(t, dir)
	for i, class := range []string{"a", "d", "b"} {
		data, err := os.ReadFile(fmt.Sprintf("testdata/%d.png", i))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "folders", class, "x.png"), data)
		write(t, filepath.Join(dir, "flat", fmt.Sprintf("%d.png", i)), data)
	}
	truth := write(t, filepath.Join(dir, "truth.txt"), []byte("5\n2\n4\n"))
	synsets := write(t, filepath.Join(dir, "synsets.txt"), []byte("c\nd\ne\nb\na\n"))
	want, _ := succeed(t, filepath.Join(dir, "1"), append(table, "-weights", file)...)
	flat, _ := succeed(t, filepath.Join(dir, "2"), append(table, "-weights", file, "-data", filepath.Join(dir, "flat"), "-truth", truth, "-synsets", synsets)...)
	folders, _ := succeed(t, filepath.Join(dir, "3"), append(table, "-weights", file, "-data", filepath.Join(dir, "folders"))...)
	for i, k := range []int{0, 2, 1} { // the order of folders is a, b, d
		for name, row := range map[string][]string{"flat": flat[k], "folders": folders[i]} {
			if !slices.Equal(row[2:], want[k][2:]) {
				t.Errorf("%s: picture %d is %v, want %v", name, k, row, want[k])
			}
		}
	}
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	good := weightsFile(t, dir, "resnet8", 5, 1)
	model, file, _ := strings.Cut(good, "=")
	out := filepath.Join(dir, "out")
	with := func(more ...string) []string {
		return small(t, dir, append([]string{"-weights", good, "-out", out}, more...)...)
	}
	without := func(more ...string) []string { return small(t, dir, append([]string{"-out", out}, more...)...) }
	finished, changed := filepath.Join(dir, "finished"), filepath.Join(dir, "changed")
	succeed(t, finished, small(t, dir, "-weights", good)...)
	succeed(t, changed, small(t, dir, "-weights", weightsFile(t, dir, "resnet8", 5, 3))...)
	if err := os.Rename(file, strings.Replace(file, "-1.", "-3.", 1)); err != nil {
		t.Fatal(err)
	}
	weightsFile(t, dir, "resnet8", 5, 1)
	all := write(t, filepath.Join(dir, "unreadable.csv"), []byte("path,label\nnone.png,a\nlabels.txt,b\n"))
	text := write(t, filepath.Join(dir, "text"), []byte("a\n"))
	moved := write(t, filepath.Join(dir, "moved.csv"), []byte("path,label\nx.png,a\ny.png,b\nz.png,c\n"))

	for _, test := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"unknown flag", []string{"-wights", "x"}, 2, "-wights"},
		{"stray argument", with("x"), 2, `unexpected argument "x"`},
		{"no weights", without(), 2, "-weights MODEL=FILE"},
		{"weights without a model", without("-weights", file), 2, "say so with -weights MODEL=FILE"},
		{"no data", []string{"-weights", good}, 2, "-data"},
		{"unknown protocol", with("-protocol", "12-crop"), 2, `-protocol is 1-crop, 10-crop or multi-scale, not "12-crop"`},
		{"sides that are none", with("-protocol", "multi-scale", "-sides", "48,x"), 2, "-sides are lengths"},
		{"sides too small", with("-protocol", "multi-scale", "-sides", "48,31"), 2, "from 32, which the network is made for"},
		{"unknown average", with("-average", "median"), 2, "-average is logits or probabilities"},
		{"batch", with("-batch", "0"), 2, "-batch"},
		{"truth without labels", []string{"-weights", good, "-data", dir, "-truth", text}, 2, "-labels"},
		{"synsets without truth", with("-synsets", text), 2, "-truth"},
		{"crop beyond resize", with("-resize", "20"), 2, "-resize 20 is less than -crop 32"},
		{"sizes of one crop", with("-sides", "64,96"), 2, "-sides belongs to -protocol multi-scale"},
		{"std of zero", with("-std", "0,0,0"), 2, "-std must be positive"},
		{"resume without -out", []string{"-resume"}, 2, "-out"},
		{"unknown model", without("-weights", "lenet="+file), 2, `unknown model "lenet"`},
		{"missing weights", without("-weights", good+"x"), 1, "safetensorsx"},
		{"weights of another network", without("-weights", "resnet14="+file), 1, "layer1.1.bn1.bias and 27 more; they look like those of resnet8 for"},
		{"weights that are none", without("-weights", model+"="+text), 1, "neither a safetensors nor a PyTorch file"},
		{"weights for other classes", without("-weights", weightsFile(t, dir, "resnet8", 7, 1)), 1, "no weights of a resnet8 for the 5 classes of"},
		{"networks of two sizes", without("-weights", good, "-weights", "resnet18="+file), 1, "give all one size with -crop"},
		{"missing data", with("-data", dir+"/none"), 1, "none"},
		{"folder without classes", with("-data", filepath.Dir(write(t, dir+"/flat/1.png", nil))), 1, "found no class folder"},
		{"missing labels", with("-labels", dir+"/none"), 1, "none"},
		{"labels that do not fit the data", with("-labels", text), 1, `"d" is none of the 1 classes`},
		{"output directory in a file", with("-out", text+"/x"), 1, "cannot make the output directory"},
		{"an evaluation is there already", with("-out", finished), 1, "holds a run already"},
		{"nothing to resume", []string{"-resume", "-out", dir + "/none"}, 1, "there is no run in"},
		{"resume with another protocol", []string{"-resume", "-out", finished, "-protocol", "10-crop"}, 1, "started with -protocol 1-crop, not 10-crop"},
		{"resume with changed weights", []string{"-resume", "-out", changed}, 1, "has changed since the evaluation was begun"},
		{"resume on other data", []string{"-resume", "-out", finished, "-data", moved}, 1, "they have changed since"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, _, stderr := clitest.Run(t, test.args...)
			errors := strings.Count(stderr, "\n") - strings.Count(stderr, "warning: ")
			if code != test.code || !strings.Contains(stderr, test.want) || errors != 1 {
				t.Errorf("want exit %d and one line with %q, got %d and %q", test.code, test.want, code, stderr)
			}
		})
	}
	code, _, stderr := clitest.Run(t, with("-data", all)...)
	if code != 1 || strings.Count(stderr, "a picture is skipped: ") != 2 || !strings.Contains(stderr, "none of the 2 pictures could be used") {
		t.Errorf("only unreadable pictures: exit %d, %q", code, stderr)
	}
}
