package resnet_test

import (
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet"
)

// TestRecognize knows networks by their tensors, whatever counters are beside them,
// and no network that has others.
func TestRecognize(t *testing.T) {
	specs := func(name string, o resnet.Options) []weights.Spec {
		network, err := resnet.Lookup(name, o)
		if err != nil {
			t.Fatal(err)
		}
		b := graph.NewBuilder(graph.NewState(), graph.Options{})
		network.Build(b, b.Input("x", 1, network.Info().Input, network.Info().Input, 3))
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		return append(b.State().Specs(), weights.Spec{Name: "bn1.num_batches_tracked", Shape: []int{}}, weights.Spec{Name: "total_ops", Shape: []int{1}})
	}
	for _, test := range []struct {
		name    string
		options resnet.Options
		want    string
		classes int
	}{
		{"resnet8", resnet.Options{}, "resnet8", 10},
		{"resnet20", resnet.Options{Classes: 100}, "resnet20", 100},
		{"resnet20", resnet.Options{Shortcut: blocks.ShortcutB}, "resnet20 with shortcuts B", 10},
		{"resnet18", resnet.Options{}, "resnet18", 1000},
		{"resnet18", resnet.Options{Input: 32, Classes: 10}, "resnet18 for pictures of 32x32", 10},
		{"resnet50", resnet.Options{Classes: 1}, "resnet50", 1},
		{"resnet50_2015", resnet.Options{}, "resnet50", 1000},
		{"wide_resnet50_2", resnet.Options{}, "wide_resnet50_2", 1000},
		{"seresnet18", resnet.Options{}, "seresnet18", 1000},
		{"preact_resnet18", resnet.Options{}, "preact_resnet18", 1000},
		{"efficientnet_b0", resnet.Options{Classes: 5}, "efficientnet_b0", 5},
		{"efficientnet_b1", resnet.Options{}, "efficientnet_b1", 1000},
		{"efficientnet_v2_s", resnet.Options{}, "efficientnet_v2_s", 1000},
		{"convnext_tiny", resnet.Options{}, "convnext_tiny", 1000},
		{"convnext_small", resnet.Options{}, "convnext_small", 1000},
		{"convnext_base", resnet.Options{Classes: 7}, "convnext_base", 7},
		{"convnext_cifar", resnet.Options{}, "convnext_cifar", 10},
	} {
		if name, classes := resnet.Recognize(specs(test.name, test.options)); name != test.want || classes != test.classes {
			t.Errorf("%s %+v: %q for %d classes, want %q for %d", test.name, test.options, name, classes, test.want, test.classes)
		}
	}
	known := specs("resnet18", resnet.Options{})
	checkpoint := known
	for _, s := range known {
		checkpoint = append(checkpoint, weights.Spec{Name: "momentum." + s.Name, Shape: s.Shape}, weights.Spec{Name: "raw." + s.Name, Shape: s.Shape})
	}
	if name, classes := resnet.Recognize(checkpoint); name != "resnet18" || classes != 1000 {
		t.Errorf("with velocities: %q for %d classes", name, classes)
	}
	for what, tensors := range map[string][]weights.Spec{
		"one is missing":    known[1:],
		"one is too many":   append(known[:len(known):len(known)], weights.Spec{Name: "aux.weight", Shape: []int{2, 2}}),
		"a group of others": append(known[:len(known):len(known)], weights.Spec{Name: "momentum.conv1.weight", Shape: []int{2, 2}}),
		"none":              nil,
	} {
		if name, _ := resnet.Recognize(tensors); name != "" {
			t.Errorf("%s: taken for %s", what, name)
		}
	}
}
