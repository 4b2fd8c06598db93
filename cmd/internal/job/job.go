package job

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/report"
)

// Place is where a run goes; see settings.Place.
type Place interface {
	Create() (*training.Directory, error)
	Extend() error
	Interrupted(done string) error
}

// Train runs the training with its records going to the directory of a run to go on
// with or, where that is nil, to a new one of the place, which is made once it is known
// that the training can start.
func (s *Settings) Train(ctx context.Context, c training.Config, dir *training.Directory, place Place) error {
	every, err := s.saveEvery()
	if err != nil {
		return err
	}
	j := &job{dir: dir, every: every, saved: time.Now(), words: wordsOf(c), ctx: ctx, onRecord: s.OnRecord}
	if err := j.begin(s, c, place); err != nil {
		return err
	}
	defer j.dir.Close()
	dir = j.dir
	dir.Histograms = s.Histograms
	cli.Textf("%s: %d parameters, %d training and %d test images, %d steps of %d, %v, to %s\n", c.Name, j.trainer.State().Parameters(),
		c.Train.Len(), c.Test.Len(), j.trainer.Iterations(), c.Batch, c.Schedule, dir.Path())
	if j.trainer.Iteration() > 0 {
		cli.Printf("going on from step %d\n", j.trainer.Iteration())
	}
	j.bar = cli.NewProgress(int64(j.trainer.Iteration()), int64(j.trainer.Iterations()), false)
	defer j.bar.Close()
	err = j.run(ctx, s.Retries)
	j.bar.Close()
	var result training.Result
	if err == nil {
		result, err = dir.Finish(ctx, j.trainer)
	}
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		if err := dir.Save(j.trainer); err != nil {
			return err
		}
		return place.Interrupted(fmt.Sprintf("after step %d and saved", j.trainer.Iteration()))
	}
	if err != nil {
		return err
	}
	if err := report.Make(dir.Path(), dir.Path()); err != nil {
		return err
	}
	if result.Iterations < j.trainer.Iterations() {
		cli.Textf("ended after step %d of %d: %s\n", result.Iterations, j.trainer.Iterations(), result.Ended)
	}
	cli.Textf("%s: %s after %d steps in %.0f s (%.1f s of it waiting for data); the report is %s\n",
		result.Model, j.words.outcome(result), result.Iterations, result.Seconds, j.trainer.Waited().Seconds(), filepath.Join(dir.Path(), report.File))
	return nil
}

// job is a run under way.
type job struct {
	dir     *training.Directory
	trainer *training.Trainer
	bar     *cli.Progress
	every   time.Duration // between checkpoints
	saved   time.Time
	stop    context.CancelCauseFunc // ends the run for an error of saving
	words   words

	ctx      context.Context // of the run, for onRecord
	onRecord func(context.Context, *training.Trainer, *training.Directory, training.Record) error
}

// begin makes the trainer, takes it to the newest checkpoint and saves the first.
func (j *job) begin(s *Settings, c training.Config, place Place) (err error) {
	c.OnStep, c.OnEpoch = j.step, j.epoch
	if j.trainer, err = training.New(c); err != nil {
		return err
	}
	if j.dir != nil {
		j.dir.OnDamage = func(err error) { cli.Warnf("%s", cli.Message(err)) }
		if err := j.dir.Restore(j.trainer); err != nil {
			return err
		}
	}
	if done, steps := j.trainer.Iteration(), j.trainer.Iterations(); j.dir != nil && steps != s.before {
		if done > steps {
			return fmt.Errorf("the run has done %d steps already: it cannot end after %d", done, steps)
		}
		if err := place.Extend(); err != nil {
			return err
		}
		cli.Textf("the run is to have %d steps now\n", steps)
	}
	first := j.trainer.Iteration() == 0
	if err := s.prepare(j.trainer, first); err != nil {
		return err
	}
	if j.dir == nil {
		if j.dir, err = place.Create(); err != nil {
			return err
		}
	}
	if first {
		return j.dir.Save(j.trainer)
	}
	return nil
}

// run trains to the end, going back so many times when the numbers stop being finite.
func (j *job) run(ctx context.Context, retries int) error {
	for {
		within, stop := context.WithCancelCause(ctx)
		j.stop = stop
		err := j.trainer.Run(within)
		if cause := context.Cause(within); cause != nil && ctx.Err() == nil {
			err = cause
		}
		stop(nil)
		if !errors.Is(err, training.ErrDiverged) || j.trainer.Setbacks() >= retries {
			return err
		}
		cli.Warnf("%s", cli.Message(err))
		if err := j.dir.GoBack(ctx, j.trainer); err != nil {
			return err
		}
		n := j.trainer.Setbacks()
		cli.Textf("back at step %d, going on with 1/%d of the scheduled rate; %d of %d retries\n", j.trainer.Iteration(), 1<<n, n, retries)
	}
}

func (j *job) step(s training.Step) {
	j.dir.Step(s)
	j.bar.Set(int64(s.Iteration), append(j.words.step(s), fmt.Sprintf("epoch %.2f", s.Epoch),
		fmt.Sprintf("%.0f images/s", s.ImagesPerSecond), fmt.Sprintf("lr %.4g", s.Rate))...)
	if time.Since(j.saved) < j.every {
		return
	}
	if err := j.dir.Save(j.trainer); err != nil {
		j.stop(err)
	}
	j.saved = time.Now()
}

func (j *job) epoch(r training.Record) error {
	parts := append([]string{fmt.Sprintf("epoch %6.2f", r.Epoch)}, j.words.epoch(r)...)
	cli.Row(append(parts, fmt.Sprintf("lr %-8.4g", r.Rate), fmt.Sprintf("%.0f images/s", r.ImagesPerSecond))...)
	if j.onRecord != nil {
		if err := j.onRecord(j.ctx, j.trainer, j.dir, r); err != nil {
			return err
		}
	}
	if err := j.dir.Record(j.trainer, r); err != nil {
		return err
	}
	j.saved = time.Now()
	return nil
}
