package job

import (
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
)

func TestLayerDecay(t *testing.T) {
	network, err := resnet.Lookup("resnet18", resnet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{})
	network.Build(b, b.Input("x", 1, 64, 64, 3))
	factor := layerDecay(b.State(), 0.5)
	for name, want := range map[string]float64{
		"fc.bias": 1, "layer4.1.bn2.weight": 0.5, "layer1.0.conv1.weight": 1. / 16, "bn1.weight": 1. / 32, "conv1.weight": 1. / 32,
	} {
		if got := factor(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
