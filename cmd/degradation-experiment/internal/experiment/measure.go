package experiment

import (
	"context"
	"strconv"

	"github.com/gorgonet/gorgonet/training"
)

// measurement is a kind of row that is written along the training: a CSV file of
// the network's directory.
type measurement struct {
	file    string
	columns []string
}

// What is measured along the training, besides log.csv with the loss and error on
// the augmented batches and the test error.
var (
	scores    = measurement{"scores.csv", []string{"iteration", "train_loss", "train_error"}}
	gradients = measurement{"gradients.csv", []string{"iteration", "layer", "norm"}}
	responses = measurement{"responses.csv", []string{"iteration", "layer", "deviation"}}
	shares    = measurement{"shares.csv", []string{"iteration", "unit", "share"}}

	measurements = []measurement{scores, gradients, responses, shares}
)

func (m measurement) table(d *training.Directory) *training.Table {
	return d.Table(m.file, m.columns...)
}

// meter measures a network along its training.
type meter struct {
	network Network
	dir     *training.Directory
	trainer *training.Trainer
	probe   *probe
	subset  training.Dataset
}

// sample is what was measured at one time: the score on the subset, nil if that
// was not taken, and the new rows of each table by file.
type sample struct {
	score *training.Score
	rows  map[string][][]string
}

func (s *sample) add(m measurement, iteration int, cells ...string) {
	s.rows[m.file] = append(s.rows[m.file], append([]string{strconv.Itoa(iteration)}, cells...))
}

// recorded is the step of the newest measurement that the checkpoint knows of, 0
// for that before the training.
func (m *meter) recorded() int {
	if last := m.trainer.Last(); last != nil {
		return last.Iteration
	}
	return 0
}

// trim takes rows newer than the iteration out of all tables.
func (m *meter) trim(iteration int) error {
	for _, t := range measurements {
		if err := t.table(m.dir).Trim(iteration); err != nil {
			return err
		}
	}
	return nil
}

// measure takes all measurements of the network as it stands. Before the first
// step the running statistics are those of no data, so the scores, which depend
// on them, are taken only where the network was constructed from a trained one.
func (m *meter) measure(ctx context.Context) (*sample, error) {
	at := m.trainer.Iteration()
	s := &sample{rows: map[string][][]string{}}
	if at > 0 || m.network.From > 0 {
		score, err := m.trainer.Evaluate(ctx, m.subset)
		if err != nil {
			return nil, err
		}
		s.score = &score
		s.add(scores, at, number(score.Loss), number(score.Error))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := m.probe.run(m.trainer.State()); err != nil {
		return nil, err
	}
	for _, g := range m.probe.gradients {
		s.add(gradients, at, g.layer, number(g.norm()))
	}
	for _, r := range m.probe.responses {
		s.add(responses, at, r.layer, number(r.deviation()))
	}
	for _, x := range m.probe.shares {
		s.add(shares, at, x.unit, number(x.value()))
	}
	return s, nil
}

// write appends the rows to their tables.
func (m *meter) write(s *sample) error {
	for _, t := range measurements {
		if err := t.table(m.dir).Append(s.rows[t.file]...); err != nil {
			return err
		}
	}
	return nil
}

// replace makes the rows those of a table that is written once, at the end.
func (m *meter) replace(of measurement, rows [][]string) error {
	t := of.table(m.dir)
	if err := t.Trim(-1); err != nil {
		return err
	}
	return t.Append(rows...)
}

// number writes the shortest decimals that read back the same.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
