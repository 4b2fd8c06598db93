package degradation

import (
	"fmt"
	"time"

	"github.com/gorgonet/gorgonet/training"
)

// Progress is how far an experiment has come.
type Progress struct {
	Done, Total time.Duration // of work as Estimate measured it, what was done before included
	Words       string        // on the newest step
}

// Progress is how far the experiment has come.
func (e *Experiment) Progress() Progress {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.progress
}

// step hands out the progress after a step of one of the networks.
func (e *Experiment) step(n Network, s training.Step) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.progress.Done += e.work(n, s.Iteration) - e.work(n, s.Iteration-1)
	e.progress.Words = fmt.Sprintf("%s seed %d  step %d/%d  loss %.4f  error %.1f %%", n.Name(), n.Seed, s.Iteration, s.Iterations, s.Loss, 100*s.Error)
	if e.config.OnProgress != nil {
		e.config.OnProgress(e.progress)
	}
}

// describe is a record as a line to read.
func describe(n Network, r training.Record, s *sample) string {
	return fmt.Sprintf("%-18s seed %d  step %6d/%d  lr %-7.4g  error on batches %5.2f %%  training %5.2f %%  test %5.2f %%",
		n.Name(), n.Seed, r.Iteration, n.Iterations, r.Rate, 100*r.TrainError, 100*s.score.Error, 100*r.Test.Error)
}

// line hands out a line of the report.
func (e *Experiment) line(text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.config.OnLine != nil {
		e.config.OnLine(text)
	}
}
