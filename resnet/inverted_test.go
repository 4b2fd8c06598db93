package resnet_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
)

// TestInvertedStart wants tensors to start with torchvision's spread.
func TestInvertedStart(t *testing.T) {
	for network, want := range map[string]map[string]float64{
		"efficientnet_b0": {
			"features.0.0.weight": math.Sqrt(2. / (9 * 32)), "features.6.0.block.1.0.weight": math.Sqrt(2. / (25 * 672)),
			"features.6.0.block.2.fc1.weight": math.Sqrt(2. / 28), "features.6.0.block.2.fc1.bias": 0, "features.6.0.block.3.0.weight": math.Sqrt(2. / 192),
			"features.8.0.weight": math.Sqrt(2. / 1280), "features.8.1.weight": 1, "classifier.1.weight": math.Sqrt(1. / 3 / 1000), "classifier.1.bias": 0,
		},
		"convnext_cifar": {
			"features.0.0.weight": 0.02, "features.0.0.bias": 0, "features.1.0.layer_scale": 1e-6, "features.2.1.weight": 0.02,
			"features.5.3.block.0.weight": 0.02, "features.5.3.block.3.weight": 0.02, "features.5.3.block.5.bias": 0, "classifier.2.weight": 0.02,
		},
	} {
		n := lookup(t, network, resnet.Options{})
		state := graph.NewState()
		b := graph.NewBuilder(state, graph.Options{Seed: 5})
		n.Build(b, b.Input("x", 1, n.Info().Input, n.Info().Input, 3))
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		for name, deviation := range want {
			square, data := 0.0, state.Get(name).Data()
			for _, v := range data {
				square += float64(v) * float64(v) / float64(len(data))
			}
			if got := math.Sqrt(square); math.Abs(got-deviation) > 0.15*deviation {
				t.Errorf("%s: %s starts with a deviation of %v, want %v", network, name, got, deviation)
			}
		}
	}
}

// TestInvertedDrop wants torchvision's probabilities of stochastic depth and dropout by
// layer, others on request, and none.
func TestInvertedDrop(t *testing.T) {
	for _, test := range []struct {
		network string
		options resnet.Options
		want    map[string]float64
		count   int
	}{
		{"efficientnet_b0", resnet.Options{}, map[string]float64{"features.2.1.drop": 0.2 * 2 / 16, "features.6.3.drop": 0.2 * 14 / 16, "classifier.0": 0.2}, 10},
		{"efficientnet_b0", resnet.Options{Drop: 0.4, Dropout: 0.5}, map[string]float64{"features.2.1.drop": 0.4 * 2 / 16, "classifier.0": 0.5}, 10},
		{"efficientnet_b0", resnet.Options{Drop: -1, Dropout: -1}, nil, 0},
		{"efficientnet_v2_s", resnet.Options{}, map[string]float64{"features.1.1.drop": 0.2 / 40, "features.6.14.drop": 0.2 * 39 / 40}, 35},
		{"convnext_tiny", resnet.Options{}, map[string]float64{"features.1.1.drop": 0.1 / 17, "features.7.2.drop": 0.1}, 17},
		{"convnext_base", resnet.Options{}, map[string]float64{"features.7.2.drop": 0.5}, 35},
		{"convnext_tiny", resnet.Options{Drop: -1}, nil, 0},
	} {
		n := lookup(t, test.network, test.options)
		b := graph.NewBuilder(graph.NewState(), graph.Options{Training: true})
		n.Build(b, b.Input("x", 2, 64, 64, 3))
		got := map[string]float64{}
		for _, o := range b.Operations() {
			if a, ok := o.Attributes.(graph.DropAttributes); ok {
				got[o.Layer] = a.Probability
			}
		}
		if len(got) != test.count {
			t.Errorf("%s %+v: %d layers drop, want %d", test.network, test.options, len(got), test.count)
		}
		for layer, p := range test.want {
			if math.Abs(got[layer]-p) > 1e-12 {
				t.Errorf("%s %+v: %s drops with %v, want %v", test.network, test.options, layer, got[layer], p)
			}
		}
	}
}

// TestInvertedOptions wants the constants of the norms, no shortcuts where there are to
// be none, and small pictures to keep their size at first.
func TestInvertedOptions(t *testing.T) {
	constants := map[string][2]float64{"efficientnet_b4": {1e-5, 0.1}, "efficientnet_b5": {1e-3, 0.01}, "efficientnet_v2_s": {1e-3, 0.1}, "convnext_tiny": {1e-6, 0}}
	for name, want := range constants {
		b := graph.NewBuilder(graph.NewState(), graph.Options{})
		n := lookup(t, name, resnet.Options{Shortcut: blocks.ShortcutNone})
		n.Build(b, b.Input("x", 1, 64, 64, 3))
		norms := 0
		for _, o := range b.Operations() {
			switch a := o.Attributes.(type) {
			case graph.AddAttributes:
				t.Errorf("%s: %s adds a shortcut", name, o.Layer)
			case graph.NormAttributes:
				norms++
				if a.Epsilon != want[0] || o.Kind == graph.KindBatchNorm && a.Momentum != want[1] || a.Shortcut {
					t.Errorf("%s: %s has %+v, want %v without a shortcut", name, o.Layer, a, want)
				}
			}
		}
		if norms < 20 {
			t.Errorf("%s: %d norms", name, norms)
		}
	}
	for name, want := range map[string]int{"efficientnet_b0": 4, "efficientnet_v2_s": 4, "convnext_cifar": 2} {
		b := graph.NewBuilder(graph.NewState(), graph.Options{})
		n := lookup(t, name, resnet.Options{Input: 32})
		features := n.Features(b, b.Input("x", 1, 32, 32, 3))
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		if got := features[len(features)-1].Shape()[1]; got != want {
			t.Errorf("%s: pictures of 32x32 end as %dx%d, want %dx%d", name, got, got, want, want)
		}
	}
	for want, n := range map[string]resnet.Network{
		"resnet: mine: an EfficientNet needs": resnet.EfficientNet{About: resnet.Info{Name: "mine", Input: 32, Classes: 2}},
		"resnet: mine: a ConvNeXt needs":      resnet.ConvNeXt{About: resnet.Info{Name: "mine", Input: 32, Classes: 2}},
		"does not fit into an input of 1x1":   lookup(t, "convnext_cifar", resnet.Options{Input: 8}),
	} {
		b := graph.NewBuilder(graph.NewState(), graph.Options{})
		n.Build(b, b.Input("x", 1, n.Info().Input, n.Info().Input, 3))
		if b.Err() == nil || !strings.Contains(b.Err().Error(), want) {
			t.Errorf("want an error with %q, got %v", want, b.Err())
		}
	}
}
