package training

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
)

// ErrStop is what Config.OnEpoch returns to end the run well. Wrapped, as by
// errors.WithMessage, it says why.
var ErrStop = errors.New("stopped by OnEpoch")

// Stopper ends a run whose network has stopped getting better (early stopping, Prechelt
// 1998). What it counts lies in checkpoints: a run that is resumed ends at the same
// record.
type Stopper struct {
	// Metric is what it goes by: a column of log.csv, such as train_loss, or a metric on
	// the test set, such as loss. Empty means what the best checkpoint goes by.
	Metric string
	// Patience is how many records in a row without a better value end the run; 0 means
	// that it does not end early.
	Patience int
	// MinDelta is how much better than the best so far a value must be to count.
	MinDelta float64
}

// stalled is how long there has been no better value.
type stalled struct {
	Metric string  `json:"metric"`
	Best   float64 `json:"best"`
	At     int     `json:"at"`    // iteration of the best
	Since  int     `json:"since"` // records since then
}

// settle finds what the stopper goes by.
func (s Stopper) settle(c *Config) (gauge, error) {
	switch {
	case s.Patience < 0 || !(s.MinDelta >= 0) || math.IsInf(s.MinDelta, 1):
		return gauge{}, errors.Errorf("training: stopper: want a patience and a least difference of 0 or more, got %d and %v", s.Patience, s.MinDelta)
	case s.Patience == 0 && s != Stopper{}:
		return gauge{}, errors.New("training: stopper: want a patience of 1 or more records")
	case s.Metric == "":
		return c.measures()[0], nil
	}
	m, err := c.find(s.Metric)
	return m, errors.WithMessage(err, "training: stopper")
}

// after is the count after one more record.
func (s Stopper) after(p *stalled, r Record, by gauge) *stalled {
	if s.Patience == 0 {
		return nil
	}
	value := bounded(r.Value(by.column), by.higher)
	if p != nil && p.Metric == by.column {
		better := value < p.Best-s.MinDelta
		if by.higher {
			better = value > p.Best+s.MinDelta
		}
		if !better {
			return &stalled{p.Metric, p.Best, p.At, p.Since + 1}
		}
	}
	return &stalled{Metric: by.column, Best: value, At: r.Iteration}
}

// ends says why a run ends after that count, nothing where it goes on.
func (s Stopper) ends(p *stalled, by gauge) string {
	if s.Patience == 0 || p == nil || p.Metric != by.column || p.Since < s.Patience {
		return ""
	}
	return fmt.Sprintf("%s was not better than %.6g of step %d in %d records", p.Metric, p.Best, p.At, p.Since)
}

// Ended says why the run has ended: it has done all steps, the Stopper or OnEpoch ended
// it. It says nothing of a run that goes on.
func (t *Trainer) Ended() string {
	early := t.config.Stop.ends(t.progress.Stop, t.stopping)
	switch {
	case early != "":
		return early
	case t.ended != "":
		return t.ended
	case t.progress.Iteration >= t.config.Iterations:
		return "all steps are done"
	}
	return ""
}
