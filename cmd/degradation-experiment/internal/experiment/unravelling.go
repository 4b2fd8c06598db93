package experiment

import (
	"context"
	"fmt"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
	"gorgonia.org/gorgonia"
)

// unravelled is how many test pictures the network is measured on without each of
// its units.
const unravelled = 1000

// intact stands for the unit where none is dropped.
const intact = "none"

// unravelling is the table of test errors with single units dropped (Veit et al.
// 2016, arXiv:1605.06431, section 4.1): a residual network behaves like a
// collection of many paths, of which dropping a unit takes only half; in a plain
// one every picture goes through every unit.
var unravelling = measurement{"unravelling.csv", []string{"iteration", "unit", "test_loss", "test_error"}}

// unravel measures the network with each unit dropped that keeps the shape of its
// input. The first row is the whole network.
func unravel(ctx context.Context, n Network, state *graph.State, iteration int, test training.Dataset) (rows [][]string, err error) {
	test = head{test, unravelled}
	for _, unit := range append([]string{intact}, n.droppable()...) {
		e, err := training.NewEvaluator(without(n.config(), unit), state, test.Shape(), min(n.Batch, test.Len()))
		if err != nil {
			return nil, err
		}
		score, err := e.Evaluate(ctx, test)
		if err != nil {
			return nil, err
		}
		rows = append(rows, []string{fmt.Sprint(iteration), unit, number(score.Loss), number(score.Error)})
	}
	return rows, nil
}

// droppable are the units that keep the shape of their input.
func (n Network) droppable() (units []string) {
	for i, s := range n.config().Stages {
		for j := range s.Units {
			if j > 0 || s.Stride == 1 {
				units = append(units, fmt.Sprintf("layer%d.%d", i+1, j))
			}
		}
	}
	return units
}

// place is how deep a unit lies, from 0 for the first to 1 for the last.
func (n Network) place(unit string) float64 {
	at, units := 0, 0
	for i, s := range n.config().Stages {
		for j := range s.Units {
			if unit == fmt.Sprintf("layer%d.%d", i+1, j) {
				at = units
			}
			units++
		}
	}
	return float64(at) / float64(units-1)
}

// without is the network with the unit passed over.
func without(c resnet.Config, unit string) resnet.Config {
	block := c.Block
	c.Block = func(b *graph.Builder, name string, x *gorgonia.Node, u blocks.Unit) *gorgonia.Node {
		if name == unit {
			return x
		}
		return block(b, name, x, u)
	}
	return c
}

// unravelTrained measures a network that has been trained with each unit dropped.
func unravelTrained(ctx context.Context, e *Experiment, m *meter) error {
	rows, err := unravel(ctx, m.network, m.trainer.State(), m.trainer.Iteration(), e.config.Test)
	if err != nil {
		return err
	}
	return m.replace(unravelling, rows)
}
