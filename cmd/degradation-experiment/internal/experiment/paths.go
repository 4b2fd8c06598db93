package experiment

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/report"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

const (
	// pathSamples is how many paths of each length are followed.
	pathSamples = 16
	// pathPictures is how many training pictures their gradient is of: the first ones.
	pathPictures = 16
)

// This follows the gradient of a trained residual network along single paths, and drops
// single units of it and of its plain twin (Veit et al. 2016, arXiv:1605.06431).
var _ = register(&Design{
	Name: "paths", Year: 2016,
	About: "the share of the gradient by the length of its path, and single units deleted, residual and plain (Veit et al. 2016)",
	Kinds: []Kind{Plain, Residual},
	Usual: map[string]string{"depths": "56", "kinds": "plain,residual"},
	Paper: true,
	Check: checkCIFAR,
	Label: labelCIFAR,
	Model: func(n Network) resnet.Network { return cifarNetwork(n) },
	Settle: func(_ *Config, n *Network) {
		if n.Kind == Residual {
			n.Shortcut = blocks.ShortcutA
		}
	},
	End: func(ctx context.Context, e *Experiment, m *meter) error {
		if err := unravelTrained(ctx, e, m); err != nil || m.network.Kind != Residual {
			return err
		}
		rows, err := follow(ctx, m.network, m.trainer.State(), m.trainer.Iteration(), e.config.Train)
		if err != nil {
			return err
		}
		return m.replace(paths, rows)
	},
	Ending: func(n Network) int {
		pictures := (len(n.droppable()) + 1) * min(unravelled, n.Test)
		if n.Kind == Residual {
			pictures += 3 * pathPictures * (pathSamples*(len(n.units())-1) + 2) // forward and backward
		}
		return pictures
	},
	Judge: func(r *Results) Verdict { return r.pathsVerdict() },
	Page:  func(r *Results, v Verdict) report.Page { return r.pathsPage(v.(Paths)) },
})

// paths is the table of gradients along single paths.
var paths = measurement{"paths.csv", []string{"iteration", "length", "gradient"}}

// units are the names of all residual units, in order.
func (n Network) units() (units []string) {
	for i, s := range n.config().Stages {
		for j := range s.Units {
			units = append(units, fmt.Sprintf("layer%d.%d", i+1, j))
		}
	}
	return units
}

// tracer measures the gradient at the input of the first unit along chosen ways back. A
// network of n units has 2ⁿ of them: at every unit the gradient comes back through the
// branch or through the shortcut. The forward pass is the trained network's, with the
// running statistics in batch norm.
type tracer struct {
	machine  *graph.Machine
	gates    *gorgonia.Node // [2n]: what of the gradient each branch, and each shortcut, lets back
	gradient *gorgonia.Node
	units    int
}

// newTracer builds the tracer of a residual network of basic blocks with shortcuts of
// kind A.
func newTracer(ctx context.Context, n Network, state *graph.State, d training.Dataset) (*tracer, error) {
	batch, err := head{d, pathPictures}.first(ctx)
	if err != nil {
		return nil, err
	}
	names := n.units()
	t := &tracer{units: len(names)}
	frozen := []string{"bn1"}
	for _, name := range names {
		frozen = append(frozen, name+".bn1", name+".bn2")
	}
	copied := graph.NewState()
	b := graph.NewBuilder(copied, graph.Options{Training: true, Freeze: frozen})
	images := b.Input("images", append([]int{batch.N}, d.Shape()...)...)
	labels := b.Labels("labels", batch.N)
	t.gates = b.Input("gates", 2*t.units)
	c, at := n.config(), 0
	c.Block = func(b *graph.Builder, name string, x *gorgonia.Node, u blocks.Unit) *gorgonia.Node {
		if at == 0 {
			x = t.watch(b, x)
		}
		at++
		return t.unit(b, name, x, u, at-1)
	}
	loss, _ := b.CrossEntropy("loss", c.Build(b, images), labels)
	b.Gradients(loss)
	if t.machine, err = b.Compile(t.gradient); err != nil {
		return nil, errors.WithMessagef(err, "experiment: the paths of %s", n.Name())
	}
	if err := copyState(copied, state); err != nil {
		return nil, err
	}
	copy(graph.Floats(images), batch.Images)
	copy(graph.Ints(labels), batch.Labels)
	return t, nil
}

// watch is the identity, of which the gradient is kept.
func (t *tracer) watch(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	same := func(y []float32, in ...[]float32) { copy(y, in[0]) }
	return b.Apply("watch", graph.CustomOp{Kind: "watch", Shape: x.Shape(), Forward: same, Gradient: func(d graph.Differentiation) gorgonia.Nodes {
		t.gradient = d.Apply(d.Layer, graph.CustomOp{Kind: "watch", Role: graph.InputGradient, Shape: x.Shape(), Forward: same}, d.Gradient)
		return gorgonia.Nodes{t.gradient}
	}}, x)
}

// unit is blocks.BasicBlock with a gate on the way back of its branch and its shortcut.
func (t *tracer) unit(b *graph.Builder, name string, x *gorgonia.Node, u blocks.Unit, at int) *gorgonia.Node {
	b = b.Scope(name)
	y := b.Conv("conv1", x, graph.Conv{Out: u.Planes, Kernel: 3, Stride: u.Stride, Pad: 1})
	y = b.Norm("bn1", y, u.ActivatedNorm())
	y = b.Conv("conv2", y, graph.Conv{Out: u.Planes, Kernel: 3, Pad: 1})
	y = t.gate(b, "branch", b.Norm("bn2", y, u.Norm), 2*at)
	if b.Err() == nil && (u.Stride > 1 || x.Shape()[3] != u.Planes) {
		x = b.Subsample("shortcut", x, u.Planes, u.Stride)
	}
	return b.Add("add", y, t.gate(b, "identity", x, 2*at+1), graph.ReLU)
}

// gate is the identity whose gradient is multiplied by one of the gates.
func (t *tracer) gate(b *graph.Builder, layer string, x *gorgonia.Node, at int) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	return b.Apply(layer, graph.CustomOp{
		Kind: "gate", Shape: x.Shape(), Forward: func(y []float32, in ...[]float32) { copy(y, in[0]) },
		Gradient: func(d graph.Differentiation) gorgonia.Nodes {
			return gorgonia.Nodes{d.Apply(d.Layer, graph.CustomOp{Kind: "gate", Role: graph.InputGradient, Shape: x.Shape(),
				Forward: func(y []float32, in ...[]float32) {
					open := in[1][at]
					for i, v := range in[0] {
						y[i] = open * v
					}
				}}, d.Gradient, t.gates), nil}
		},
	}, x, t.gates)
}

// along is the gradient that comes back through the branches of the units that are on,
// and through the shortcuts of the others.
func (t *tracer) along(on []bool) ([]float32, error) {
	gates := graph.Floats(t.gates)
	for i, branch := range on {
		gates[2*i], gates[2*i+1] = 0, 1
		if branch {
			gates[2*i], gates[2*i+1] = 1, 0
		}
	}
	err := t.machine.Run()
	return graph.Floats(t.gradient), errors.WithMessage(err, "experiment: paths")
}

// follow measures the gradient along paths of every length that are chosen at random, the
// same ones in every network of as many units. A row is a path.
func follow(ctx context.Context, n Network, state *graph.State, iteration int, d training.Dataset) (rows [][]string, err error) {
	t, err := newTracer(ctx, n, state, d)
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(uint64(t.units), 0))
	for length := range t.units + 1 {
		samples := pathSamples
		if length == 0 || length == t.units { // there is one such path
			samples = 1
		}
		for range samples {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			on := make([]bool, t.units)
			for _, at := range rng.Perm(t.units)[:length] {
				on[at] = true
			}
			g, err := t.along(on)
			if err != nil {
				return nil, err
			}
			rows = append(rows, []string{strconv.Itoa(iteration), strconv.Itoa(length), number(math.Sqrt(dot(g, g)))})
		}
	}
	return rows, nil
}
