package training

import (
	"fmt"

	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// AuxiliaryModel is a Model with further heads that help it to learn, such as a
// resnet.GoogLeNet. In training, Classification and any other AuxiliaryTask adds their
// losses to that of the network; evaluations do without them.
type AuxiliaryModel interface {
	Model

	// BuildAuxiliary emits what Build does and the heads on images x [N H W C]. It
	// returns the logits of the network and of the heads, all of one shape, and what the
	// losses of the heads are weighted with.
	BuildAuxiliary(b *graph.Builder, x *gorgonia.Node) (logits *gorgonia.Node, heads []*gorgonia.Node, weight float64)
}

// AuxiliaryTask is a Task that takes the auxiliary heads of a model.
type AuxiliaryTask interface {
	Task

	// WithAuxiliary is the task for a graph of training with such heads, whose losses
	// are to be added by the weight.
	WithAuxiliary(heads []*gorgonia.Node, weight float64) Task
}

// WithAuxiliary implements AuxiliaryTask.
func (m mixing) WithAuxiliary(heads []*gorgonia.Node, weight float64) Task {
	m.auxiliary = auxiliary{heads, weight}
	return m
}

// auxiliary are the heads of a network in training.
type auxiliary struct {
	heads  []*gorgonia.Node
	weight float64
}

// logits emits a model of one output, with its auxiliary heads where they are to learn.
func (n *network) logits(b *graph.Builder, m Model) *gorgonia.Node {
	task := n.task
	if plain, ok := task.(Classification); ok { // whose methods others have that it is a part of
		task = mixing{Classification: plain}
	}
	of, takes := task.(AuxiliaryTask)
	a, ok := m.(AuxiliaryModel)
	if !ok || !takes || !b.Training() {
		return m.Build(b, n.images)
	}
	logits, heads, weight := a.BuildAuxiliary(b, n.images)
	n.task = of.WithAuxiliary(heads, weight)
	return logits
}

// add adds the losses of the heads to that of the network.
func (a auxiliary) add(b *graph.Builder, total *gorgonia.Node, loss func(layer string, logits *gorgonia.Node) *gorgonia.Node) *gorgonia.Node {
	losses, weights := gorgonia.Nodes{total}, []float64{1}
	for i, h := range a.heads {
		losses = append(losses, loss(fmt.Sprintf("loss%d", i+1), h))
		weights = append(weights, a.weight)
	}
	if len(losses) == 1 {
		return total
	}
	return b.WeightedSum("loss.total", weights, losses...)
}
