package resnet_test

import (
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"gorgonia.org/gorgonia"
)

// TestNil builds every registered network by no builder, on no pictures, and on a node of
// no graph.
func TestNil(t *testing.T) {
	for _, name := range resnet.Names() {
		n := lookup(t, name, resnet.Options{})
		builds := map[string]func(*graph.Builder, *gorgonia.Node) *gorgonia.Node{"Build": n.Build}
		if f, ok := n.(resnet.FullyConvolutional); ok {
			builds["BuildFullyConvolutional"] = f.BuildFullyConvolutional
		}
		for method, build := range builds {
			for _, b := range []*graph.Builder{nil, {}} {
				if y := build(b, nil); y != nil {
					t.Errorf("%s: %s by no builder is %v", name, method, y)
				}
			}
			for _, x := range []*gorgonia.Node{nil, {}} {
				b := graph.NewBuilder(graph.NewState(), graph.Options{})
				if y := build(b, x); y != nil || b.Err() == nil || strings.Contains(b.Err().Error(), "runtime") {
					t.Errorf("%s: %s of no pictures is %v, %v", name, method, y, b.Err())
				}
			}
		}
	}
}
