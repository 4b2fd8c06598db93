package detection

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Backbone is where the feature maps of a detector come from: the stages of a network, and a
// pyramid over them. Tensors are backbone.body.conv1.weight and so on, backbone.fpn; without a
// pyramid backbone.conv1.weight and so on.
type Backbone struct {
	Network resnet.Network
	// Skip is how many of the first stages have no part in the pyramid.
	Skip int
	// Pyramid is over the stages; without one the last stage is the only map.
	Pyramid *blocks.Pyramid
	// Tail has the last stage of a residual network follow the pooling of regions, in place of
	// linear layers, and the one before be the only map: the C4 form (He et al. 2015, appendix A).
	Tail bool
}

// tailed is the residual network of a C4 form.
func (k Backbone) tailed(b *graph.Builder) (c resnet.Config, ok bool) {
	if !k.Tail {
		return c, false
	}
	c, ok = k.Network.(resnet.Config)
	if !ok || len(c.Stages) < 2 || k.Pyramid != nil {
		b.Fail(errors.New("detection: the last stage of a residual network of several can follow the pooling of regions, without a pyramid"))
		return c, false
	}
	return c, true
}

// tail emits the last stage on what is in regions, and the mean of every channel: [R C].
func (k Backbone) tail(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	c, ok := k.tailed(b)
	if !ok {
		return nil
	}
	b = b.Scope(k.body())
	return b.GlobalAvgPool("avgpool", c.Stage(b, len(c.Stages)-1, x))
}

// body is the scope of the network.
func (k Backbone) body() string {
	if k.Pyramid == nil {
		return "backbone"
	}
	return "backbone.body"
}

// begin checks what a network of that kind is given and emits the feature maps of its
// backbone, none after an error.
func (k Backbone) begin(b *graph.Builder, about resnet.Info, p Pictures, o *Objects) []*gorgonia.Node {
	if about.Classes < 2 {
		b.Fail(errors.Errorf("detection: %s: want a class besides the background, got %d in all", about.Name, about.Classes))
	}
	b.Fail(p.check(o))
	if b.Err() != nil {
		return nil
	}
	return k.maps(b, p.Images)
}

// maps emits the feature maps, the largest first.
func (k Backbone) maps(b *graph.Builder, x *gorgonia.Node) []*gorgonia.Node {
	if k.Network == nil {
		b.Fail(errors.New("detection: want a backbone, got nil"))
		return nil
	}
	network := k.Network
	if c, ok := k.tailed(b); ok {
		c.Stages = c.Stages[:len(c.Stages)-1]
		network = c
	}
	if b.Err() != nil {
		return nil
	}
	maps := network.Features(b.Scope(k.body()), x)
	switch {
	case b.Err() != nil:
		return nil
	case k.Pyramid == nil:
		return maps[len(maps)-1:]
	case k.Skip < 0 || k.Skip >= len(maps):
		b.Fail(errors.Errorf("detection: want a pyramid over some of %d stages, %d are left out", len(maps), k.Skip))
		return nil
	}
	return blocks.FeaturePyramid(b.Scope("backbone"), "fpn", maps[k.Skip:], *k.Pyramid)
}

// load sets the tensors from a file of weights of the network.
func (k Backbone) load(state *graph.State, path string, o weights.FitOptions) (weights.Taken, error) {
	return state.LoadPart(k.body(), path, o)
}

// frozen are the layers of the backbone that are not trained: see Network.
func (k Backbone) frozen(trained int) ([]string, error) {
	if k.Network == nil || trained < 0 {
		return nil, errors.Errorf("detection: want a backbone and no negative number of trained groups, got %d", trained)
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{})
	if x := b.Input("images", 1, 64, 64, 3); k.Tail {
		k.tail(b, k.maps(b, x)[0])
	} else {
		k.Network.Features(b.Scope(k.body()), x)
	}
	if b.Err() != nil {
		return nil, b.Err()
	}
	var groups, norms []string
	seen := map[string]bool{}
	for _, o := range b.Operations() {
		if o.Parameters == 0 {
			continue
		}
		if o.Kind == graph.KindBatchNorm {
			norms = append(norms, o.Layer)
		}
		if g := k.group(o.Layer); !seen[g] {
			seen[g] = true
			groups = append(groups, g)
		}
	}
	var frozen []string
	for _, g := range groups[:max(len(groups)-trained, 0)] {
		frozen = append(frozen, strings.Split(g, ",")...)
	}
	for _, layer := range norms {
		if !slices.ContainsFunc(frozen, func(f string) bool { return strings.HasPrefix(layer+".", f+".") }) {
			frozen = append(frozen, layer)
		}
	}
	return frozen, nil
}

// group is the group of layers that is trained together with a layer: a stage, the stem, or
// the layer alone.
func (k Backbone) group(layer string) string {
	rest := strings.TrimPrefix(layer, k.body()+".")
	first, _, _ := strings.Cut(rest, ".")
	switch {
	case rest == "conv1" || rest == "bn1":
		return fmt.Sprintf("%s.conv1,%[1]s.bn1", k.body())
	case strings.HasPrefix(first, "layer"):
		return k.body() + "." + first
	}
	return layer
}
