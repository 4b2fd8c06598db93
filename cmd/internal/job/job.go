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

// saveEvery is the flag's duration.
func (s *Settings) saveEvery() (time.Duration, error) {
	d, err := time.ParseDuration(s.SaveEvery)
	if err != nil || d <= 0 {
		return 0, cli.Usagef("-save-every is a time such as 90s, 10m or 1h, not %q", s.SaveEvery)
	}
	return d, nil
}

// Train runs the training of a command with its records going to the directory.
// Start, unless nil, prepares the trainer of a run that has no checkpoint yet.
func (s *Settings) Train(ctx context.Context, command string, dir *training.Directory, c training.Config, start func(*training.Trainer) error) error {
	every, err := s.saveEvery()
	if err != nil {
		return err
	}
	dir.Histograms = s.Histograms
	j := &job{dir: dir, every: every, saved: time.Now()}
	c.OnStep, c.OnEpoch = j.step, j.epoch
	if j.trainer, err = training.New(c); err != nil {
		return err
	}
	if err := dir.Restore(j.trainer); err != nil {
		return err
	}
	if j.trainer.Iteration() == 0 {
		if start != nil {
			if err := start(j.trainer); err != nil {
				return err
			}
		}
		if err := dir.Save(j.trainer); err != nil {
			return err
		}
	}
	fmt.Printf("%s: %d parameters, %d training and %d test images, %d steps of %d, %v, to %s\n", c.Name, j.trainer.State().Parameters(),
		c.Train.Len(), c.Test.Len(), j.trainer.Iterations(), c.Batch, c.Schedule, dir.Path())
	j.bar = cli.NewProgress(int64(j.trainer.Iteration()), int64(j.trainer.Iterations()), false)
	defer j.bar.Close()
	err = j.run(ctx, s.Retries)
	var r training.Result
	if err == nil {
		j.bar.Close()
		r, err = dir.Finish(ctx, j.trainer)
	}
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		if err := dir.Save(j.trainer); err != nil {
			return err
		}
		j.bar.Println(fmt.Sprintf("interrupted after step %d and saved; go on with: %s -resume -out %s", j.trainer.Iteration(), command, dir.Path()))
		return cli.ErrInterrupted
	}
	if err != nil {
		return err
	}
	if err := report.Make(dir.Path(), dir.Path()); err != nil {
		return err
	}
	fmt.Printf("%s: test error %.2f %% (best %.2f %%, top-5 %.2f %%) after %d steps in %.0f s; the report is %s\n",
		r.Model, 100*r.TestError, 100*r.BestTestError, 100*r.TestTop5Error, r.Iterations, r.Seconds, filepath.Join(dir.Path(), report.File))
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
		j.bar.Println(err.Error())
		n := j.trainer.Setbacks() + 1
		if err := j.dir.Restore(j.trainer); err != nil {
			return err
		}
		j.trainer.SetBack(n)
		if err := j.dir.Save(j.trainer); err != nil {
			return err
		}
		j.bar.Println(fmt.Sprintf("back at step %d, going on with 1/%d of the scheduled rate; %d of %d retries", j.trainer.Iteration(), 1<<n, n, retries))
	}
}

func (j *job) step(s training.Step) {
	j.dir.Step(s)
	j.bar.Set(int64(s.Iteration), fmt.Sprintf("epoch %.2f  lr %.4g  loss %.4f  error %.1f %%  %.0f images/s",
		s.Epoch, s.Rate, s.Loss, 100*s.Error, s.ImagesPerSecond))
	if time.Since(j.saved) < j.every {
		return
	}
	if err := j.dir.Save(j.trainer); err != nil {
		j.stop(err)
	}
	j.saved = time.Now()
}

func (j *job) epoch(r training.Record) error {
	j.bar.Println(fmt.Sprintf("epoch %6.2f  lr %-8.4g  train loss %.4f error %5.2f %%  test loss %.4f error %5.2f %%  %.0f images/s",
		r.Epoch, r.Rate, r.TrainLoss, 100*r.TrainError, r.Test.Loss, 100*r.Test.Error, r.ImagesPerSecond))
	if err := j.dir.Record(j.trainer, r); err != nil {
		return err
	}
	j.saved = time.Now()
	return nil
}
