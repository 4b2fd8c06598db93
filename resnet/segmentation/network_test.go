package segmentation_test

import (
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet/segmentation"
)

// TestParameters wants torchvision's numbers, for 21 classes, with and without the
// auxiliary head.
func TestParameters(t *testing.T) {
	for name, want := range map[string][2]int{
		"fcn_resnet50": {35322218, 32957013}, "fcn_resnet101": {54314346, 51949141},
		"deeplabv3_resnet50": {42004074, 39638869}, "deeplabv3_resnet101": {60996202, 58630997},
	} {
		for i, without := range []bool{false, true} {
			n, err := segmentation.Lookup(name, segmentation.Options{NoAuxiliary: without})
			if err != nil {
				t.Fatal(err)
			}
			b := graph.NewBuilder(graph.NewState(), graph.Options{Training: true})
			y, heads, _ := n.BuildAuxiliary(b, b.Input("x", 2, 65, 97, 3))
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			if got := b.State().Parameters(); got != want[i] {
				t.Errorf("%s: %d parameters, want %d", name, got, want[i])
			}
			for _, y := range append(heads, y) {
				if !y.Shape().Eq([]int{2, 65, 97, 21}) {
					t.Errorf("%s: logits %v", name, y.Shape())
				}
			}
		}
	}
}

func TestMisuse(t *testing.T) {
	for _, test := range []struct {
		name string
		o    segmentation.Options
		want string
	}{
		{"fcn", segmentation.Options{}, `unknown model "fcn"`},
		{"fcn_resnet20", segmentation.Options{}, "fcn_resnext50_32x4d"},
		{"deeplabv3_preact_resnet18", segmentation.Options{}, "unknown model"},
		{"fcn_vgg16", segmentation.Options{}, "unknown model"},
		{"fcn_resnet18", segmentation.Options{OutputStride: 4}, "8, 16 or 32, not 4"},
		{"fcn_resnet18", segmentation.Options{Classes: -1}, "at least 1 class"},
		{"fcn_resnet18", segmentation.Options{Dropout: 1}, "below 1, got 1"},
	} {
		if _, err := segmentation.Lookup(test.name, test.o); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{})
	if (segmentation.Network{}).Build(b, b.Input("x", 1, 32, 32, 3)); b.Err() == nil {
		t.Error("a network of nothing is built")
	}
}
