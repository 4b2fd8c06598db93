package experiment

import (
	"fmt"
	"time"

	"github.com/gorgonet/gorgonet/training"
)

// Progress is how far an experiment has come.
type Progress struct {
	Done, Total time.Duration // of work as Estimate measured it, what was done before included
	Words       []string      // on the newest step, the most important first
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
	e.progress.Words = []string{n.Name(), fmt.Sprintf("error %.1f %%", 100*s.Error), fmt.Sprintf("seed %d", n.Seed),
		fmt.Sprintf("step %d/%d", s.Iteration, s.Iterations), fmt.Sprintf("loss %.4f", s.Loss)}
	if e.config.OnProgress != nil {
		e.config.OnProgress(e.progress)
	}
}

// named begins a line on a network, so short that the outcome after it is still seen
// where there are 40 columns.
func named(n Network) string { return fmt.Sprintf("%-12s", n.Name()) }

// describe is a record as a line to read.
func describe(n Network, r training.Record, s *sample) []string {
	return []string{named(n), fmt.Sprintf("training %5.2f %%", 100*s.score.Error), fmt.Sprintf("test %5.2f %%", 100*r.Test.Error), fmt.Sprintf("seed %d", n.Seed),
		fmt.Sprintf("step %*d/%d", len(fmt.Sprint(n.Iterations)), r.Iteration, n.Iterations), fmt.Sprintf("lr %-6.4g", r.Rate), fmt.Sprintf("batches %5.2f %%", 100*r.TrainError)}
}

// line hands out a line of the report.
func (e *Experiment) line(parts ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.config.OnLine != nil {
		e.config.OnLine(parts...)
	}
}
