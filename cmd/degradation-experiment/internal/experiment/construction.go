package experiment

import (
	"context"
	"fmt"
	"math"
	"path/filepath"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// Construction is the paper's argument (section 1) carried out: "there exists a
// solution by construction to the deeper model: the added layers are identity
// mapping, and the other layers are copied from the learned shallower model".
//
// Units are appended to every stage of a trained network. The scale of their last
// batch norm is 0, and so is its shift, so that a unit is relu(0 + x), which is x
// to the bit, for x is the output of a ReLU. In inference and in training mode
// alike all that follows sees the same bits.
type Construction struct {
	From     string  `json:"from"`
	To       string  `json:"to"`
	Pictures int     `json:"pictures"` // test pictures compared
	Equal    bool    `json:"equal"`    // all logits, to the bit
	Largest  float64 `json:"largest_difference"`
}

// constructionFile is where the comparison is kept.
const constructionFile = "construction.json"

// compared is how many test pictures the two networks are compared on.
const compared = 64

// construct sets the deep network's tensors from the shallow one's; those of the
// appended units keep their values, the last scale being 0.
func construct(deep, shallow *graph.State) error {
	for _, t := range shallow.Tensors() {
		to := deep.Get(t.Name)
		if to == nil || len(to.Data()) != len(t.Data()) {
			return errors.Errorf("experiment: the deep network has no %s of %d values", t.Name, len(t.Data()))
		}
		copy(to.Data(), t.Data())
	}
	return nil
}

// compare answers the first test pictures with both networks.
func compare(ctx context.Context, shallow, deep Network, a, b *graph.State, test training.Dataset) (Construction, error) {
	c := Construction{From: shallow.Name(), To: deep.Name(), Equal: true}
	batch, err := head{test, compared}.first(ctx)
	if err != nil {
		return c, err
	}
	logits := make([][]float32, 2)
	for i, n := range []Network{shallow, deep} {
		p, err := resnet.NewPredictor(n.config(), []*graph.State{a, b}[i], test.Shape()[0], test.Shape()[1], resnet.PredictorOptions{Batch: batch.N})
		if err != nil {
			return c, err
		}
		if logits[i], err = p.Predict(ctx, batch.Images); err != nil {
			return c, err
		}
	}
	c.Pictures = batch.N
	for i, v := range logits[0] {
		w := logits[1][i]
		c.Equal = c.Equal && math.Float32bits(v) == math.Float32bits(w)
		if d := math.Abs(float64(v) - float64(w)); d > c.Largest && !math.IsInf(d, 1) {
			c.Largest = d
		}
	}
	return c, nil
}

// compareConstructed keeps what a constructed network answers against the shallow one.
func compareConstructed(ctx context.Context, e *Experiment, m *meter) error {
	shallow, err := e.shallow(m.network)
	if err != nil {
		return err
	}
	from := e.config.network(m.network.Kind, m.network.From, m.network.Seed)
	c, err := compare(ctx, from, m.network, shallow, m.trainer.State(), e.config.Test)
	if err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(m.dir.Path(), constructionFile), c); err != nil {
		return err
	}
	e.line(append(append([]string{named(m.network)}, c.found()...), fmt.Sprintf("seed %d", m.network.Seed))...)
	return nil
}

// found is what was found, in parts of which the first matter most.
func (c Construction) found() []string {
	outcome := "all logits equal"
	if !c.Equal {
		outcome = fmt.Sprintf("logits off by %.3g", c.Largest)
	}
	return []string{outcome, fmt.Sprintf("as of %s, by identity units", c.From), fmt.Sprintf("%d pictures", c.Pictures)}
}
