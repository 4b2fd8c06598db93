package experiment

import (
	"context"
	"math"
	"strings"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// probed is how many training pictures the probe looks at: the first ones,
// without augmentation.
const probed = 64

// probe looks into a network in the middle of its training: at the gradients of a
// fixed batch, and at what the layers answer to it. It has a training graph (the
// batch's own statistics in batch norm) over a copy of the state, so that the
// training itself does not notice.
type probe struct {
	state          *graph.State
	machine        *graph.Machine
	images, labels *gorgonia.Node
	gradients      []gradient
	responses      []response
	shares         []share
}

// gradient is the gradient of the weights of a convolution or linear layer.
type gradient struct {
	layer string
	node  *gorgonia.Node
}

// newProbe builds the probe of a network for the first pictures of a data set.
func newProbe(ctx context.Context, n Network, d training.Dataset) (*probe, error) {
	batch, err := head{d, probed}.first(ctx)
	if err != nil {
		return nil, err
	}
	p := &probe{state: graph.NewState()}
	b := graph.NewBuilder(p.state, graph.Options{Training: true})
	p.images = b.Input("images", append([]int{batch.N}, d.Shape()...)...)
	p.labels = b.Labels("labels", batch.N)
	loss, _ := b.CrossEntropy("loss", n.model().Build(b, p.images), p.labels)
	p.findResponses(b)
	p.findGradients(b, b.Gradients(loss))
	p.findShares(b, n)
	var keep []*gorgonia.Node
	for _, r := range p.responses {
		keep = append(keep, r.conv)
	}
	for _, s := range p.shares {
		keep = append(keep, s.shortcut, s.total)
	}
	if p.machine, err = b.Compile(keep...); err != nil {
		return nil, errors.WithMessagef(err, "experiment: the probe of %s", n.Name())
	}
	copy(graph.Floats(p.images), batch.Images)
	copy(graph.Ints(p.labels), batch.Labels)
	return p, nil
}

func (p *probe) findGradients(b *graph.Builder, gradients gorgonia.Nodes) {
	for i, g := range gradients {
		name := b.Params()[i].Name()
		if layer, ok := strings.CutSuffix(name, ".weight"); ok && len(p.state.Get(name).Shape()) > 1 {
			p.gradients = append(p.gradients, gradient{layer, g})
		}
	}
}

// run puts the batch through the network as it stands.
func (p *probe) run(state *graph.State) error {
	if err := copyState(p.state, state); err != nil {
		return err
	}
	return errors.WithMessage(p.machine.Run(), "experiment: probe")
}

// norm is the L2 norm of the gradient.
func (g gradient) norm() float64 { return math.Sqrt(dot(graph.Floats(g.node), graph.Floats(g.node))) }

// dot is the inner product, summed in float64.
func dot(a, b []float32) (sum float64) {
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}

// copyState sets every tensor of dst from the one of its name in src.
func copyState(dst, src *graph.State) error {
	for _, t := range dst.Tensors() {
		from := src.Get(t.Name)
		if from == nil || len(from.Data()) != len(t.Data()) {
			return errors.Errorf("experiment: %s: there is no such tensor of %d values", t.Name, len(t.Data()))
		}
		copy(t.Data(), from.Data())
	}
	return nil
}
