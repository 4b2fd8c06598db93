package weights

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// kinds are the files that testdata/checkpoints.py made with PyTorch, and what its
// index says to want of each.
func kinds(t testing.TB) (files map[string][]byte, index []kind) {
	t.Helper()
	f, err := os.Open("../../testdata/weights/kinds.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files = map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.Unmarshal(files["index.json"], &index); err != nil {
		t.Fatal(err)
	}
	return files, index
}

type kind struct {
	File, Key, Took, Head, Error  string
	Adapt, Spread, Average, Model bool
}

// tiny are the tensors of the network that all of them hold.
var tiny = []Spec{
	{"conv1.weight", []int{2, 3, 3, 3}}, {"bn1.weight", []int{2}}, {"bn1.bias", []int{2}}, {"bn1.running_mean", []int{2}}, {"bn1.running_var", []int{2}},
	{"layer1.0.conv1.weight", []int{2, 2, 1, 1}},
	{"layer1.0.bn1.weight", []int{2}}, {"layer1.0.bn1.bias", []int{2}}, {"layer1.0.bn1.running_mean", []int{2}}, {"layer1.0.bn1.running_var", []int{2}},
	{"fc.weight", []int{4, 2}}, {"fc.bias", []int{4}},
}

// TestKinds finds a network in files of every kind, and its values.
func TestKinds(t *testing.T) {
	files, index := kinds(t)
	f, err := open(slices.Clone(files["ref.pth"]))
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := f.Fit(tiny, FitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// The values are those of the script, by its formula.
	order := []int{0, 1, 2, 5, 6, 7, 10, 11, 3, 4, 8, 9}
	for i, at := range order {
		for j, v := range want[at].Data {
			if v != float32(j)/8-float32(i) {
				t.Fatalf("%s: value %d is %v", want[at].Name, j, v)
			}
		}
	}
	loaded := 0
	for _, k := range index {
		t.Run(k.File, func(t *testing.T) {
			f, err := open(slices.Clone(files[k.File]))
			var arrays []Array
			var taken Taken
			if err == nil {
				arrays, taken, err = f.Fit(tiny, FitOptions{Key: k.Key, AdaptInput: k.Adapt})
			}
			if k.Error != "" {
				wantError(t, "Fit", err, k.Error)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if taken.Key != k.Took || taken.Average != k.Average || taken.Renamed != k.Head || (taken.Adapted != "") != k.Adapt {
				t.Errorf("took %+v", taken)
			}
			want := slices.Clone(want)
			if k.Spread { // the first channel in place of all
				first := slices.Clone(want[0].Data)
				for i := range first {
					first[i] = first[i/27*27+i%9]
				}
				want[0].Data = first
			}
			equal(t, arrays, want)
			if strings.Contains(taken.String(), "\n") {
				t.Errorf("more than a line: %q", taken)
			}
			loaded++
		})
	}
	t.Logf("%d of %d files load, of others %d are refused", loaded, len(index), len(index)-loaded)
}

// equal compares names, shapes and values, not types.
func equal(t *testing.T, got, want []Array) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d arrays, want %d", len(got), len(want))
	}
	for i, w := range want {
		if got[i].Name != w.Name || !slices.Equal(got[i].Shape, w.Shape) ||
			!slices.EqualFunc(got[i].Data, w.Data, func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }) {
			t.Errorf("%+v, want %+v", got[i], w)
		}
	}
}

// TestArrays reads files without a network to go by.
func TestArrays(t *testing.T) {
	files, _ := kinds(t)
	for _, test := range []struct {
		file, key, took string
		tensors         int
		raw             string // of an average
		over            string
		err             string
	}{
		{file: "ref.pth", tensors: 14},
		{file: "c-torchvision.pth", took: "model", tensors: 14, over: "optimizer (8 tensors), lr_scheduler, epoch, args (argparse.Namespace)"},
		{file: "c-timm.pth", took: "state_dict_ema", tensors: 14, raw: "state_dict", over: "epoch, arch, optimizer, version, args (argparse.Namespace), metric"},
		{file: "c-timm.pth", key: "state_dict", took: "state_dict", tensors: 14, over: "state_dict_ema (12 tensors), epoch, arch, optimizer, version, args (argparse.Namespace), metric"},
		{file: "c-lightning.pth", key: "state_dict.model", took: "state_dict.model", tensors: 14, over: "state_dict.criterion, state_dict.train_acc, callbacks, " +
			"optimizer_states (8 tensors), epoch, pytorch-lightning_version, loops, lr_schedulers, hyper_parameters"},
		{file: "a-ema.pth", took: "model_ema", tensors: 15, raw: "model"},
		{file: "k-whole.pth", tensors: 14},
		{file: "k-wholeema.pth", took: "ema.module", tensors: 14, over: "model"},
		{file: "k-key.pth", key: "b", took: "b", tensors: 14, over: "a (12 tensors)"},
		{file: "k-ambiguous.pth", err: "under the keys a, b"},
		{file: "k-nokey.pth", key: "b", err: "no tensors under the key b; there are a"},
		{file: "ref.pth", key: "b", err: "no tensors under the key b; the file has no keys"},
		{file: "e-thop.pth", tensors: 22},
		{file: "t-complex.pth", err: "fc.bias: values of type ComplexFloat"},
		{file: "s-run.safetensors", tensors: 14, over: "momentum (8 tensors)"},
		{file: "s-runaverage.safetensors", took: "average", tensors: 14, raw: "", over: "momentum (8 tensors)"},
	} {
		f, err := open(slices.Clone(files[test.file]))
		if err != nil {
			t.Fatal(err)
		}
		arrays, taken, err := f.Arrays(test.key)
		if test.err != "" {
			wantError(t, test.file, err, test.err)
			continue
		}
		if over := strings.Join(taken.Over, ", "); err != nil || len(arrays) != test.tensors || taken.Key != test.took || taken.Raw != test.raw || over != test.over {
			t.Errorf("%s: %d tensors, took %q, raw %q, over %q, %v", test.file, len(arrays), taken.Key, taken.Raw, over, err)
		}
	}
}

// TestTaken words what was taken.
func TestTaken(t *testing.T) {
	for _, test := range []struct {
		taken Taken
		want  string
	}{
		{Taken{}, ""},
		{Taken{Key: "model", Over: []string{"epoch"}}, "took model; passed over epoch"},
		{Taken{Key: "ema", Average: true, Raw: "model"}, "took ema, an average, before model"},
		{Taken{Key: "ema", Average: true}, "took ema, an average, before the weights that it is of"},
		{Taken{Renamed: "head.fc", Adapted: "conv1.weight", Channels: 1}, "the last layer is head.fc; conv1.weight adapted from 1 input channels"},
		{Taken{Key: "a\x1b[1m\n"}, `took "a\x1b[1m\n"`},
		{Taken{Over: strings.Split("a b c d e f g h i j k", " ")}, "passed over a, b, c, d, e, f, g, h and 3 more"},
	} {
		if got := test.taken.String(); got != test.want {
			t.Errorf("%+v: %q, want %q", test.taken, got, test.want)
		}
	}
}

// TestFitFresh keeps a last layer for other classes, and wants the rest.
func TestFitFresh(t *testing.T) {
	files, _ := kinds(t)
	want := slices.Clone(tiny)
	want[10].Shape, want[11].Shape = []int{7, 2}, []int{7}
	for _, test := range []struct{ file, err string }{
		{"ref.pth", ""}, {"a-moco.pth", ""}, {"h-two.pth", ""}, {"e-missing.pth", "missing 1 of 12: bn1.bias"}, {"e-deeper.pth", "1 unexpected: layer1.1.conv1.weight"},
	} {
		f, err := open(slices.Clone(files[test.file]))
		if err != nil {
			t.Fatal(err)
		}
		arrays, taken, err := f.Fit(want, FitOptions{Fresh: []string{"fc."}})
		if test.err != "" {
			wantError(t, test.file, err, test.err)
		} else if err != nil || len(arrays) != 10 || !slices.Equal(taken.Fresh, []string{"fc.weight", "fc.bias"}) {
			t.Errorf("%s: %d arrays, fresh %v, %v", test.file, len(arrays), taken.Fresh, err)
		}
	}
	f, _ := open(slices.Clone(files["ref.pth"]))
	_, _, err := f.Fit(want, FitOptions{})
	wantError(t, "no fresh layer", err, "2 of another shape: fc.weight has shape [4 2], want [7 2], fc.bias has shape [4], want [7]")
	var misfit *MisfitError
	if !errors.As(err, &misfit) || len(misfit.Tensors) != 14 || misfit.Channels != 0 {
		t.Errorf("%+v", misfit)
	}
}

// TestFitCounters takes the counters of batches after their norms.
func TestFitCounters(t *testing.T) {
	files, _ := kinds(t)
	f, err := open(slices.Clone(files["c-torchvision.pth"]))
	if err != nil {
		t.Fatal(err)
	}
	arrays, _, err := f.Fit(tiny, FitOptions{Counters: true})
	var names []string
	for _, a := range arrays {
		names = append(names, a.Name)
	}
	if err != nil || len(arrays) != 14 || names[5] != "bn1.num_batches_tracked" || names[11] != "layer1.0.bn1.num_batches_tracked" || len(arrays[5].Ints) != 1 {
		t.Errorf("%v, %v", names, err)
	}
}

// TestAdaptInput wants timm's rules.
func TestAdaptInput(t *testing.T) {
	a := Array{Name: "a", Shape: []int{1, 3, 1, 2}, Data: []float32{1, 2, 10, 20, 100, 200}}
	for channels, want := range map[int][]float32{
		1: {111, 222},
		2: {1.5, 3, 15, 30},
		4: {0.75, 1.5, 7.5, 15, 75, 150, 0.75, 1.5},
	} {
		got := adaptInput(a, []int{1, channels, 1, 2})
		if !slices.Equal(got.Data, want) || !slices.Equal(got.Shape, []int{1, channels, 1, 2}) {
			t.Errorf("%d channels: %v %v, want %v", channels, got.Shape, got.Data, want)
		}
	}
}
