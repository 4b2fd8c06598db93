package segmentation_test

import (
	"context"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/internal/compare"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/resnet/segmentation"
)

// built is a network and a state with its tensors, with the auxiliary head's or without.
func built(t *testing.T, classes int, without bool, seed uint64) (segmentation.Network, *graph.State) {
	t.Helper()
	n, err := segmentation.Lookup("fcn_resnet8", segmentation.Options{Classes: classes, NoAuxiliary: without})
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{Training: true, Seed: seed})
	n.BuildAuxiliary(b, b.Input("x", 2, 16, 16, 3))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	return n, b.State()
}

// TestLoad writes and reads PyTorch's files: of the whole network, for other classes, of
// one without an auxiliary head, and of the backbone alone.
func TestLoad(t *testing.T) {
	n, from := built(t, 3, false, 1)
	whole := filepath.Join(t.TempDir(), "whole.pth")
	if err := weights.WriteTorch(whole, from.Arrays()); err != nil {
		t.Fatal(err)
	}
	_, again := built(t, 3, false, 2)
	if taken, err := again.LoadFile(whole, weights.FitOptions{Fresh: n.FreshHead()}); err != nil || len(taken.Fresh) > 0 || !reflect.DeepEqual(again.Arrays(), from.Arrays()) {
		t.Errorf("the file comes back otherwise: %v, %v", taken.Fresh, err)
	}
	_, plain := built(t, 3, true, 2)
	if _, err := plain.LoadFile(whole, weights.FitOptions{}); err != nil {
		t.Errorf("a network without an auxiliary head: %v", err)
	}
	short := filepath.Join(t.TempDir(), "short.pth")
	if err := weights.WriteTorch(short, plain.Arrays()); err != nil {
		t.Fatal(err)
	}
	for file, fresh := range map[string]string{whole: "classifier.4.weight classifier.4.bias", short: "classifier.4.weight classifier.4.bias"} {
		n, other := built(t, 5, false, 3)
		taken, err := other.LoadFile(file, weights.FitOptions{Fresh: n.FreshHead()})
		if err != nil || !strings.Contains(strings.Join(taken.Fresh, " "), fresh) || !reflect.DeepEqual(other.Get("backbone.conv1.weight").Data(), from.Get("backbone.conv1.weight").Data()) {
			t.Errorf("%s for other classes: %v, %v", file, taken.Fresh, err)
		}
	}
	body, err := resnet.Lookup("resnet8", resnet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{Seed: 7})
	body.Build(b, b.Input("x", 1, 16, 16, 3))
	backbone := filepath.Join(t.TempDir(), "backbone.pth")
	if err := weights.WriteTorch(backbone, b.State().Arrays()); err != nil {
		t.Fatal(err)
	}
	if _, err := n.LoadBackbone(again, backbone, weights.FitOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, a := range again.Tensors() {
		want := from.Get(a.Name) // heads stay
		if name, ok := strings.CutPrefix(a.Name, "backbone."); ok {
			want = b.State().Get(name)
		}
		if !reflect.DeepEqual(a.Data(), want.Data()) {
			t.Errorf("%s is another", a.Name)
		}
	}
	if _, err := n.LoadBackbone(again, whole, weights.FitOptions{}); err != nil {
		t.Errorf("the backbone of a network for segmentation: %v", err)
	}
}

// TestPredictor answers pictures of two sizes as graphs of their sizes do.
func TestPredictor(t *testing.T) {
	n, state := built(t, 3, false, 1)
	p, err := segmentation.NewPredictor(n, state)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, size := range [][2]int{{21, 34}, {40, 24}, {21, 34}, {1, 1}} {
		picture := make([]float32, size[0]*size[1]*3)
		for i := range picture {
			picture[i] = float32(math.Sin(float64(i)))
		}
		got, err := p.Predict(context.Background(), picture, size[0], size[1])
		if err != nil {
			t.Fatal(err)
		}
		b := graph.NewBuilder(state, graph.Options{})
		x := b.Input("x", 1, size[0], size[1], 3)
		y := n.Build(b, x)
		run(t, b, func() { copy(graph.Floats(x), picture) }, y)
		compare.Near(t, "logits", got, graph.Floats(y), 1e-5)
	}
	if _, err := p.Predict(context.Background(), make([]float32, 10), 2, 2); err == nil {
		t.Error("a picture of another size is taken")
	}
}
