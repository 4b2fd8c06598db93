package training_test

import (
	"github.com/gorgonet/gorgonet/graph/weights"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// TestCard wants a checkpoint to say what its network is for.
func TestCard(t *testing.T) {
	data := cifar.Synthetic(1, 20, 10)
	mean := cifar.PerPixelMean(data.Train)
	channels := &training.Preprocessing{Mean: []float32{0.5, 0.25, 0.125}, Deviation: []float32{1, 2, 3}}
	resized := &training.Preprocessing{Resize: 36, Interpolation: "bilinear", Mean: []float32{0.5, 0.5, 0.5}}
	for _, test := range []struct {
		name    string
		train   training.Dataset
		given   *training.Preprocessing
		classes []string
		want    *training.Preprocessing
	}{
		{"mean picture", cifar.Examples{Set: data.Train, Normalization: mean}, nil, data.Train.Classes, &training.Preprocessing{Mean: mean.Mean}},
		{"channels", cifar.Examples{Set: data.Train, Normalization: cifar.PerChannel([3]float32{0.5, 0.25, 0.125}, [3]float32{1, 2, 3})}, nil, data.Train.Classes, channels},
		{"none", cifar.Examples{Set: data.Train}, nil, data.Train.Classes, &training.Preprocessing{}},
		{"given", cifar.Examples{Set: data.Train, Normalization: mean}, resized, data.Train.Classes, resized},
		{"unknown", sized{blobs{5}, []int{32, 32, 3}}, nil, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := config()
			c.Train, c.Test, c.Preprocessing = test.train, nil, test.given
			path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
			if err := newTrainer(t, c).Save(path); err != nil {
				t.Fatal(err)
			}
			got, err := training.ReadCard(path)
			if err != nil {
				t.Fatal(err)
			}
			if got.Model != "tiny" || !reflect.DeepEqual(got.Classes, test.classes) || !reflect.DeepEqual(got.Shape, []int{32, 32, 3}) || !got.Preprocessing.Equal(test.want) {
				t.Errorf("%+v with %+v, want classes %v and %+v", got, got.Preprocessing, test.classes, test.want)
			}
			if got.Preprocessing == nil {
				return
			}
			n, err := cifar.NormalizationOf(got.Preprocessing.Mean, got.Preprocessing.Deviation)
			if err != nil {
				t.Fatal(err)
			}
			if p, d := n.Values(); !got.Preprocessing.Equal(&training.Preprocessing{Resize: test.want.Resize, Interpolation: test.want.Interpolation, Mean: p, Deviation: d}) {
				t.Errorf("the normalisation comes back as %v, %v", p, d)
			}
		})
	}
}

// TestCardOfOthers wants none of files that are no checkpoints, what an earlier
// version says, and an error of what no version says.
func TestCardOfOthers(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, metadata map[string]string) string {
		path := filepath.Join(dir, name)
		if err := weights.WriteSafetensors(path, nil, metadata); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("not weights at all"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{text, file("plain", nil)} {
		if card, err := training.ReadCard(path); card != nil || err != nil {
			t.Errorf("%s: %v, %v", path, card, err)
		}
	}
	if card, err := training.ReadCard("testdata/momentum.safetensors"); err != nil || !reflect.DeepEqual(card, &training.Card{Model: "narrow"}) {
		t.Errorf("of an earlier version: %+v, %v", card, err)
	}
	if _, err := training.ReadCard(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for want, metadata := range map[string]map[string]string{
		"shape [0 8 3]":           {"shape": "[0,8,3]"},
		"shape [8 8]":             {"shape": "[8,8]"},
		"shape [99999 99999 3]":   {"shape": "[99999,99999,3]"},
		"classes":                 {"classes": "3"},
		"without a shape":         {"preprocessing": "{}"},
		"5 means":                 {"shape": "[8,8,3]", "preprocessing": `{"mean":[1,2,3,4,5]}`},
		"2 deviations":            {"shape": "[8,8,3]", "preprocessing": `{"std":[1,2]}`},
		"a deviation of 0":        {"shape": "[8,8,3]", "preprocessing": `{"std":[1,0,1]}`},
		"pictures of -1 pixels":   {"shape": "[8,8,3]", "preprocessing": `{"resize":-1}`},
		"cannot unmarshal number": {"shape": "[8,8,3]", "preprocessing": `{"mean":[1e99]}`},
	} {
		metadata["model"] = "tiny"
		if _, err := training.ReadCard(file("wrong", metadata)); err == nil || !strings.Contains(err.Error(), "damaged") || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}

// TestAverageUnderPlainNames loads a checkpoint with an average as other programs do,
// by the names that a network has and no others, and wants what the run measured.
func TestAverageUnderPlainNames(t *testing.T) {
	c := config()
	c.Average = 0.9
	tr := newTrainer(t, c)
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
	if err := tr.Save(path); err != nil {
		t.Fatal(err)
	}
	arrays, err := weights.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	state := graph.NewState()
	e, err := training.NewEvaluator(c.Model, state, []int{8, 8, 3}, c.Batch)
	if err != nil {
		t.Fatal(err)
	}
	if err := state.SetArrays(arrays, func(string) bool { return true }); err != nil {
		t.Fatal(err)
	}
	got, err := e.Evaluate(t.Context(), c.Test)
	if err != nil {
		t.Fatal(err)
	}
	if want := *tr.Last().Test; got != want {
		t.Errorf("the plain names measure %+v, the run %+v", got, want)
	}
	same := true
	for _, x := range tr.State().Tensors() {
		for i, v := range x.Data() {
			same = same && math.Float32bits(v) == math.Float32bits(state.Get(x.Name).Data()[i])
		}
	}
	if same {
		t.Error("the average is the weights themselves: nothing was tested")
	}
}
