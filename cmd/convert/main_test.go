package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

const fixtures = "../../testdata/weights/"

// TestThereAndBack wants a PyTorch file to come back byte for byte by way of
// safetensors.
func TestThereAndBack(t *testing.T) {
	dir := t.TempDir()
	files := []string{fixtures + "zip.pth", filepath.Join(dir, "a.pth"), filepath.Join(dir, "b.safetensors"), filepath.Join(dir, "c.pt")}
	for i, out := range files[1:] {
		code, stdout, stderr := clitest.Run(t, files[i], out)
		if code != 0 || stderr != "warning: NaN or infinity in special, half, bfloat16, double\n" || !strings.HasSuffix(stdout, out+" holds 21 tensors, 163 values\n") {
			t.Fatalf("exit %d, %q, %q", code, stdout, stderr)
		}
		if said := strings.Contains(stdout, "rounded from float64 to float32: 1 of 21 tensors\n"); said != (i == 0) {
			t.Errorf("%q", stdout)
		}
	}
	a, err := os.ReadFile(files[1])
	if err != nil {
		t.Fatal(err)
	}
	if c, err := os.ReadFile(files[3]); err != nil || !bytes.Equal(a, c) {
		t.Errorf("the file came back with other bytes, %v", err)
	}
}

func TestNames(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.safetensors")
	const took = fixtures + "checkpoint-legacy.th: took state_dict; passed over optimizer (4 tensors), epoch, best\n"
	for _, test := range []struct {
		args   []string
		said   string
		second string
	}{
		{nil, took + "renamed: 7 of 7 tensors, such as module.linear.bias to fc.bias\n", "bn1.bias"},
		{[]string{"-keep-names"}, took, "module.bn1.bias"},
	} {
		code, stdout, stderr := clitest.Run(t, append(test.args, fixtures+"checkpoint-legacy.th", out)...)
		if want := test.said + out + " holds 7 tensors, 21 values\n"; code != 0 || stdout != want {
			t.Errorf("exit %d, %q, %q, want %q", code, stdout, stderr, want)
		}
		arrays, err := weights.Read(out)
		if err != nil || arrays[1].Name != test.second {
			t.Errorf("read %v, %v", arrays, err)
		}
	}
}

func TestModel(t *testing.T) {
	network, err := resnet.Lookup("resnet8", resnet.Options{Classes: 7})
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{})
	network.Build(b, b.Input("x", 1, 32, 32, 3))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.pth"), filepath.Join(dir, "out.safetensors")
	if err := weights.WriteTorch(in, b.State().Arrays()); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := clitest.Run(t, "-model", "resnet8", in, out); code != 1 || strings.Count(stderr, "\n") != 1 ||
		!strings.Contains(stderr, "in.pth is not for resnet8") || !strings.Contains(stderr, "fc.weight has shape [7 64], want [10 64]") {
		t.Errorf("exit %d, %q", code, stderr)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was written all the same")
	}
	if code, _, stderr := clitest.Run(t, "-model", "resnet8", "-classes", "7", in, out); code != 0 {
		t.Errorf("exit %d, %q", code, stderr)
	}
}

// TestChoice takes the network's tensors from among others, with -model and
// without, and says what it took.
func TestChoice(t *testing.T) {
	network, err := resnet.Lookup("resnet8", resnet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{Seed: 1})
	network.Build(b, b.Input("x", 1, 32, 32, 3))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	plain := b.State().Arrays()
	with := func(arrays []weights.Array, prefix string) []weights.Array {
		out := slices.Clip(arrays)
		for _, a := range plain {
			a.Name = prefix + a.Name
			out = append(out, a)
		}
		return out
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "out.pth")
	for _, test := range []struct {
		name   string
		arrays []weights.Array
		args   []string
		code   int
		want   string
	}{
		{"a run's", with(plain, "momentum."), nil, 0, "passed over momentum (37 tensors)"},
		{"a run's", with(plain, "momentum."), []string{"-model", "resnet8"}, 0, "passed over momentum (37 tensors)"},
		{"an averaging run's", with(with(plain, "momentum."), "raw."), nil, 0, "passed over momentum (37 tensors), raw (37 tensors)"},
		{"an averaging run's", with(with(plain, "momentum."), "raw."), []string{"-model", "resnet8"}, 0, "passed over momentum (37 tensors), raw (37 tensors)"},
		{"an earlier run's", with(with(plain, "momentum."), "average."), nil, 0, "took average, an average, before the weights that it is of; passed over momentum"},
		{"an earlier run's", with(with(plain, "momentum."), "average."), []string{"-model", "resnet8"}, 0, "took average, an average, before the weights that it is of; passed over momentum"},
		{"two", with(with(nil, "a."), "b."), []string{"-model", "resnet8"}, 1, "under the keys a, b; choose one by its key (-key)"},
		{"the second of two", with(with(nil, "a."), "b."), []string{"-model", "resnet8", "-key", "b"}, 0, "took b; passed over a (37 tensors)"},
		{"no such key", with(with(nil, "a."), "b."), []string{"-key", "c"}, 1, "no tensors under the key c"},
		{"another network", plain, []string{"-model", "resnet14"}, 1, "missing 30 of 67: layer1.1.conv1.weight, layer1.1.bn1.weight, layer1.1.bn1.bias and 27 more; they look like those of resnet8 for 10 classes"},
		{"another family", plain, []string{"-model", "vgg16"}, 1, "they look like those of resnet8 for 10 classes"},
	} {
		in := filepath.Join(dir, "in.safetensors")
		if err := weights.Write(in, test.arrays); err != nil {
			t.Fatal(err)
		}
		os.Remove(out)
		code, stdout, stderr := clitest.Run(t, append(test.args, in, out)...)
		if code != test.code || !strings.Contains(stdout+stderr, test.want) || len(stderr) > 600 {
			t.Errorf("%s %v: exit %d, %q, %q, want %q", test.name, test.args, code, stdout, stderr, test.want)
		}
		if code != 0 {
			continue
		}
		got, err := weights.Read(out)
		if err != nil || len(got) != len(plain) {
			t.Fatalf("%s %v: %d arrays, %v", test.name, test.args, len(got), err)
		}
		for i, a := range got {
			if a.Name != plain[i].Name || !slices.Equal(a.Data, plain[i].Data) {
				t.Errorf("%s %v: %s is not %s", test.name, test.args, a.Name, plain[i].Name)
			}
		}
	}
	// One input channel for three.
	grey := slices.Clone(plain)
	grey[0].Shape, grey[0].Data = []int{16, 1, 3, 3}, grey[0].Data[:144]
	in := filepath.Join(dir, "grey.pth")
	if err := weights.Write(in, grey); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := clitest.Run(t, "-model", "resnet8", in, out); code != 1 || !strings.Contains(stderr, "-adapt-input takes") {
		t.Errorf("exit %d, %q", code, stderr)
	}
	if code, stdout, stderr := clitest.Run(t, "-model", "resnet8", "-adapt-input", in, out); code != 0 || !strings.Contains(stdout, "conv1.weight adapted from 1 input channels") {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	empty, out := filepath.Join(dir, "empty"), filepath.Join(dir, "out.pth")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"nothing", nil, 2, "IN is missing"},
		{"one file", []string{empty}, 2, "OUT is missing"},
		{"three files", []string{empty, out, "more"}, 2, `unexpected argument "more"`},
		{"negative classes", []string{"-classes", "-1", empty, out}, 2, "-classes"},
		{"no such file", []string{dir + "/none", out}, 1, "none"},
		{"an empty file", []string{empty, out}, 1, "neither a safetensors nor a PyTorch file"},
		{"a tensor", []string{fixtures + "tensor.pth", out}, 1, "it holds a tensor"},
		{"another ending", []string{fixtures + "zip.pth", dir + "/out.h5"}, 1, "ends in .safetensors, .pth or .pt"},
		{"no such model", []string{"-model", "lenet", fixtures + "zip.pth", out}, 2, `unknown model "lenet"`},
		{"output in a file", []string{fixtures + "zip.pth", empty + "/out.pth"}, 1, "cannot write"},
	} {
		code, _, stderr := clitest.Run(t, test.args...)
		if code != test.code || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: want exit %d and one line with %q, got %d and %q", test.name, test.code, test.want, code, stderr)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was written all the same")
	}
	if code, stdout, _ := clitest.Run(t, "-h"); code != 0 || !strings.Contains(stdout, "usage: convert [flags] IN OUT") {
		t.Errorf("-h: exit %d, %q", code, stdout)
	}
}

// TestCard wants what a checkpoint says of its network in safetensors that are made of
// it, and no file that is written over itself.
func TestCard(t *testing.T) {
	dir := t.TempDir()
	network, err := resnet.Lookup("resnet8", resnet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	data := cifar.Synthetic(1, 8, 1).Train
	trainer, err := training.New(training.Config{Name: "resnet8", Model: network, Batch: 4, Train: cifar.Examples{Set: data, Normalization: cifar.PerPixelMean(data)}})
	if err != nil {
		t.Fatal(err)
	}
	in, out, torch := filepath.Join(dir, "best.safetensors"), filepath.Join(dir, "out.safetensors"), filepath.Join(dir, "out.pth")
	if err := trainer.Save(in); err != nil {
		t.Fatal(err)
	}
	want, err := training.ReadCard(in)
	if err != nil || want == nil || want.Preprocessing == nil {
		t.Fatal(want, err)
	}
	for _, args := range [][]string{{in, out}, {"-model", "resnet8", in, out}} {
		if code, _, stderr := clitest.Run(t, args...); code != 0 {
			t.Fatal(stderr)
		}
		if got, err := training.ReadCard(out); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v: %+v, %v, want %+v", args, got, err, want)
		}
	}
	if code, _, stderr := clitest.Run(t, out, torch); code != 0 {
		t.Error(stderr)
	}
	link := filepath.Join(dir, "link.safetensors")
	if err := os.Symlink(in, link); err != nil {
		t.Skip(err)
	}
	before, err := os.ReadFile(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{in, link} {
		code, _, stderr := clitest.Run(t, in, to)
		after, err := os.ReadFile(in)
		if code != 2 || !strings.Contains(stderr, "is both IN and OUT") || err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: exit %d, %s", to, code, stderr)
		}
	}
}
