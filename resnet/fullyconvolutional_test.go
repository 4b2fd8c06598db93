package resnet_test

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/internal/compare"
	"github.com/gorgonet/gorgonet/internal/splitmix"
	"github.com/gorgonet/gorgonet/resnet"
)

// densePredictor ends the test unless there is one.
func densePredictor(t *testing.T, network resnet.Network, state *graph.State) *resnet.FullyConvolutionalPredictor {
	t.Helper()
	p, err := resnet.NewFullyConvolutionalPredictor(network.(resnet.FullyConvolutional), state)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// pictures are [N H W 3], the same for the same name.
func pictures(name string, n, h, w int) []float32 {
	nchw := splitmix.Symmetric(name+" pictures", n*3*h*w)
	x := make([]float32, len(nchw))
	for i, u := range nchw {
		place, c, image := i%(h*w), i/(h*w)%3, i/(h*w*3)
		x[(image*h*w+place)*3+c] = float32(u * math.Sqrt(3))
	}
	return x
}

// TestDenseAgainstPyTorch compares with a sliding evaluation: the heads of
// PyTorch's networks on every window of the feature maps that PyTorch computed.
func TestDenseAgainstPyTorch(t *testing.T) {
	for _, c := range narrowNetworks(t, "dense.safetensors") {
		state := graph.NewState()
		p := densePredictor(t, c.network(t), state)
		c.fill(t, state)
		h, w := c.Size[0], c.Size[1]
		scores, err := p.Predict(t.Context(), pictures(c.Name, c.batch, h, w), h, w)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s, %d places: relative error %.1e", c.Name, c.Places, compare.Near(t, c.Name, scores, c.arrays["scores"], 1e-4))
	}
}

// TestDenseIsOrdinary wants the same bits as from the ordinary form, of pictures of
// the usual size: of every named network, whose windows differ.
func TestDenseIsOrdinary(t *testing.T) {
	for _, c := range slices.Concat(narrowNetworks(t, "networks.safetensors"), narrowNetworks(t, "inverted.safetensors")) {
		network := c.network(t)
		if network.Info().Layers > 60 {
			continue // the same but for the number of units
		}
		state := graph.NewState()
		dense := densePredictor(t, network, state)
		c.fill(t, state)
		ordinary, err := resnet.NewPredictor(network, state, c.Side, c.Side, resnet.PredictorOptions{})
		if err != nil {
			t.Fatal(err)
		}
		x := pictures(c.Name, 2, c.Side, c.Side)
		want, err := ordinary.Predict(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		got, err := dense.Predict(t.Context(), x, c.Side, c.Side)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
				t.Fatalf("%s: logit %d is %v, want %v", c.Name, i, got[i], want[i])
			}
		}
	}
}

// TestDenseShapes asks for many shapes, twice: the answers stay the same and the
// memory is bounded.
func TestDenseShapes(t *testing.T) {
	p := densePredictor(t, lookup(t, "resnet8", resnet.Options{}), graph.NewState())
	const shapes = 40
	var answers [2][shapes]string
	var heap [2]uint64
	for round := range answers {
		for i := range shapes {
			logits, err := p.Predict(t.Context(), pictures("any", 1, 40, 72-i), 40, 72-i)
			if err != nil {
				t.Fatal(err)
			}
			answers[round][i] = fmt.Sprint(logits)
			if heap[round] == 0 && i == 15 { // as many shapes as are kept, and more
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				heap[round] = m.HeapAlloc
			}
		}
	}
	if answers[0] != answers[1] {
		t.Errorf("the second answers are %v, want %v as at first", answers[1], answers[0])
	}
	if float64(heap[1]) > 1.2*float64(heap[0]) {
		t.Errorf("%d bytes in use after 16 shapes, %d after 56", heap[0], heap[1])
	}
}

func TestDenseErrors(t *testing.T) {
	p := densePredictor(t, lookup(t, "resnet8", resnet.Options{}), graph.NewState())
	for _, test := range []struct {
		values, h, w int
		want         string
	}{
		{3 * 32 * 31, 32, 31, "resnet8: want pictures of at least 32x32, got 32x31"},
		{3*32*32 + 1, 32, 32, "height 32 and width 32 in three colours, got 3073 values"},
		{0, 32, 32, "got 0 values"},
		{12, -2, -2, "height -2"},
	} {
		if _, err := p.Predict(t.Context(), make([]float32, test.values), test.h, test.w); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("want an error with %q, got %v", test.want, err)
		}
	}
	if _, err := p.Predict(t.Context(), make([]float32, 3*32*40), 32, 40); err != nil {
		t.Errorf("after errors: %v", err)
	}
	if _, err := resnet.NewFullyConvolutionalPredictor(resnet.Config{Block: tiny.Block, Unit: tiny.Unit, Stages: tiny.Stages, About: resnet.Info{Name: "no size", Classes: 5}}, graph.NewState()); err == nil {
		t.Error("a network without a usual size was accepted")
	}
}
