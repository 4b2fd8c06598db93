package training

import (
	"math"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
)

func TestGroups(t *testing.T) {
	network, err := resnet.Lookup("resnet18", resnet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{})
	network.Build(b, b.Input("x", 1, 64, 64, 3))
	var layers []layer
	for _, x := range b.State().Tensors() {
		layers = append(layers, layer{x.Name, len(x.Shape())})
	}
	b.Parameter("layer_scale", graph.Constant(1), 96, 1, 1)
	b.Parameter("encoder.pos_embedding", graph.Constant(1), 1, 65, 192)
	head := func(name string, shape []int) (rate, decay float64) {
		if strings.HasPrefix(name, "fc.") {
			return 10, 3
		}
		return 1, 1
	}
	for _, test := range []struct {
		groups      Groups
		name        string
		rate, decay float64
	}{
		{Groups{}, "bn1.bias", 1, 1},
		{Groups{WeightsOnly: true}, "bn1.bias", 1, 0},
		{Groups{WeightsOnly: true}, "fc.bias", 1, 0},
		{Groups{WeightsOnly: true}, "fc.weight", 1, 1},
		{Groups{WeightsOnly: true}, "conv1.weight", 1, 1},
		{Groups{WeightsOnly: true}, "layer_scale", 1, 0},
		{Groups{WeightsOnly: true}, "encoder.pos_embedding", 1, 0},
		{Groups{LayerDecay: 1}, "conv1.weight", 1, 1},
		{Groups{LayerDecay: 0.5}, "fc.bias", 1, 1},
		{Groups{LayerDecay: 0.5}, "layer4.1.bn2.weight", 0.5, 1},
		{Groups{LayerDecay: 0.5}, "layer1.0.conv1.weight", 1. / 16, 1},
		{Groups{LayerDecay: 0.5}, "bn1.weight", 1. / 32, 1},
		{Groups{LayerDecay: 0.5}, "conv1.weight", 1. / 32, 1},
		{Groups{LayerDecay: 0.5, Factors: head}, "fc.weight", 10, 3},
		{Groups{WeightsOnly: true, LayerDecay: 0.5, Factors: head}, "fc.bias", 10, 0},
		{Groups{WeightsOnly: true, LayerDecay: 0.5, Factors: head}, "layer4.0.bn1.bias", 0.5, 0},
	} {
		rate, decay, err := test.groups.factors(stagesOf(layers), test.name, b.State().Get(test.name).Shape())
		if err != nil || rate != test.rate || decay != test.decay {
			t.Errorf("%+v: %s has factors %v and %v, %v; want %v and %v", test.groups, test.name, rate, decay, err, test.rate, test.decay)
		}
	}
	for _, test := range []struct {
		groups Groups
		want   string
	}{
		{Groups{LayerDecay: -1}, "the layer decay is above 0 and at most 1, not -1"},
		{Groups{LayerDecay: 2}, "the layer decay is above 0 and at most 1, not 2"},
		{Groups{LayerDecay: math.NaN()}, "the layer decay is above 0 and at most 1, not NaN"},
		{Groups{Factors: func(string, []int) (float64, float64) { return math.NaN(), 1 }}, "conv1.weight: want a rate of 0 or more, got NaN"},
		{Groups{Factors: func(string, []int) (float64, float64) { return -1, 1 }}, "conv1.weight: want a rate of 0 or more, got -1"},
		{Groups{Factors: func(string, []int) (float64, float64) { return 1, -1 }}, "conv1.weight: want a factor of the decay of 0 or more, got -1"},
	} {
		err := test.groups.check()
		if err == nil {
			_, _, err = test.groups.factors(stagesOf(layers), "conv1.weight", []int{1})
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("want %q, got %v", test.want, err)
		}
	}
}
