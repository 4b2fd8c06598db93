package training

import (
	"math"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// headed is a linear network with a head of its own, weighted with 0.5.
type headed struct{}

func (headed) Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return b.Linear("fc", b.GlobalAvgPool("pool", x), 3)
}

func (h headed) BuildAuxiliary(b *graph.Builder, x *gorgonia.Node) (*gorgonia.Node, []*gorgonia.Node, float64) {
	return h.Build(b, x), []*gorgonia.Node{b.Linear("aux", b.GlobalAvgPool("auxpool", x), 3)}, 0.5
}

// TestAuxiliary wants the losses of auxiliary heads in training, weighted, with labels
// and with targets, and none of them in evaluations.
func TestAuxiliary(t *testing.T) {
	for _, smoothing := range []float64{0, 0.1} {
		state := graph.NewState()
		task := mixing{smoothing: smoothing}
		n, err := build(task, headed{}, state, graph.Options{Training: true}, []int{2, 2, 4}, 2)
		if err != nil {
			t.Fatal(err)
		}
		defer n.machine.Close()
		for _, s := range state.Tensors() {
			clear(s.Data()) // every class is as probable
		}
		if err := n.machine.Run(); err != nil {
			t.Fatal(err)
		}
		if got, want := float64(graph.Scalar(n.Loss)), 1.5*math.Log(3); smoothing == 0 && math.Abs(got-want) > 1e-6 {
			t.Errorf("the loss is %v, want %v", got, want)
		}
		gradients := 0
		for _, p := range n.machine.Params() {
			if g, err := p.Grad(); err == nil && g != nil {
				gradients++
			}
		}
		if gradients != 4 {
			t.Errorf("%d parameters have gradients, want those of both layers", gradients)
		}
		e, err := build(task, headed{}, graph.NewState(), graph.Options{}, []int{2, 2, 4}, 2)
		if err != nil {
			t.Fatal(err)
		}
		defer e.machine.Close()
		if len(e.task.(mixing).auxiliary.heads) != 0 {
			t.Error("an evaluation has auxiliary heads")
		}
	}
}
