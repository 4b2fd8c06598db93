package job

import (
	"context"
	"errors"
	"fmt"
	"os"
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

// Run is what a command wants done.
type Run struct {
	Command string // its name, to say how to go on
	Config  training.Config

	// Directory is that of a run to go on with; a new one is made by Create, once it
	// is known that the training can start.
	Directory *training.Directory
	Create    func() (*training.Directory, error)

	// Longer, unless nil, are the settings of a run to go on with for another number of
	// steps than it was to have; see Longer.
	Longer any

	// Prepare, unless nil, readies the trainer; first says that no step is done yet.
	Prepare func(t *training.Trainer, first bool) error
}

// Longer is what Run.Longer is for a run that was to have so many steps before, 0 for a
// new one, and now has other settings.
func Longer(before, steps int, settings any) any {
	if before == 0 || before == steps {
		return nil
	}
	return settings
}

// Train runs the training with its records going to the directory.
func (s *Settings) Train(ctx context.Context, r Run) error {
	every, err := s.saveEvery()
	if err != nil {
		return err
	}
	j := &job{dir: r.Directory, every: every, saved: time.Now()}
	if err := j.begin(r); err != nil {
		return err
	}
	defer j.dir.Close()
	dir, c := j.dir, r.Config
	dir.Histograms = s.Histograms
	fmt.Printf("%s: %d parameters, %d training and %d test images, %d steps of %d, %v, to %s\n", c.Name, j.trainer.State().Parameters(),
		c.Train.Len(), c.Test.Len(), j.trainer.Iterations(), c.Batch, c.Schedule, dir.Path())
	if j.trainer.Iteration() > 0 {
		fmt.Printf("going on from step %d\n", j.trainer.Iteration())
	}
	j.bar = cli.NewProgress(int64(j.trainer.Iteration()), int64(j.trainer.Iterations()), false)
	defer j.bar.Close()
	err = j.run(ctx, s.Retries)
	var result training.Result
	if err == nil {
		j.bar.Close()
		result, err = dir.Finish(ctx, j.trainer)
	}
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		if err := dir.Save(j.trainer); err != nil {
			return err
		}
		j.bar.Println(fmt.Sprintf("interrupted after step %d and saved; go on with: %s -resume -out %s", j.trainer.Iteration(), r.Command, dir.Path()))
		return cli.ErrInterrupted
	}
	if err != nil {
		return err
	}
	if err := report.Make(dir.Path(), dir.Path()); err != nil {
		return err
	}
	fmt.Printf("%s: test error %.2f %% (best %.2f %%, top-5 %.2f %%) after %d steps in %.0f s (%.1f s of it waiting for data); the report is %s\n",
		result.Model, 100*result.TestError, 100*result.BestTestError, 100*result.TestTop5Error, result.Iterations, result.Seconds,
		j.trainer.Waited().Seconds(), filepath.Join(dir.Path(), report.File))
	return nil
}

// StartFrom gives a trainer the weights of a file, but for a last layer that is for
// other classes, and says so.
func StartFrom(file string, t *training.Trainer) error {
	fresh, err := training.LoadPretrained(t.State(), file)
	if err != nil {
		return err
	}
	fmt.Printf("starting from %s", file)
	if fresh {
		fmt.Print(", with a new last layer: the file's is for other classes")
	}
	fmt.Println()
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

// begin makes the trainer, takes it to the newest checkpoint and saves the first.
func (j *job) begin(r Run) (err error) {
	r.Config.OnStep, r.Config.OnEpoch = j.step, j.epoch
	if j.trainer, err = training.New(r.Config); err != nil {
		return err
	}
	if j.dir != nil {
		j.dir.OnDamage = func(err error) { fmt.Fprintf(os.Stderr, "%s: %v\n", r.Command, err) }
		if err := j.dir.Restore(j.trainer); err != nil {
			return err
		}
	}
	if done, steps := j.trainer.Iteration(), j.trainer.Iterations(); r.Longer != nil {
		if done > steps {
			return fmt.Errorf("the run has done %d steps already: it cannot end after %d", done, steps)
		}
		if err := j.dir.Extend(r.Longer); err != nil {
			return err
		}
		fmt.Printf("the run is to have %d steps now\n", steps)
	}
	first := j.trainer.Iteration() == 0
	if r.Prepare != nil {
		if err := r.Prepare(j.trainer, first); err != nil {
			return err
		}
	}
	if j.dir == nil {
		if j.dir, err = r.Create(); err != nil {
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
		j.bar.Println(err.Error())
		if err := j.dir.GoBack(ctx, j.trainer); err != nil {
			return err
		}
		n := j.trainer.Setbacks()
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
	j.bar.Println(fmt.Sprintf("epoch %6.2f  lr %-8.4g  train loss %.4f error %5.2f %%  test loss %.4f error %5.2f %% top-5 %5.2f %%  %.0f images/s",
		r.Epoch, r.Rate, r.TrainLoss, 100*r.TrainError, r.Test.Loss, 100*r.Test.Error, 100*r.Test.Top5Error, r.ImagesPerSecond))
	if err := j.dir.Record(j.trainer, r); err != nil {
		return err
	}
	j.saved = time.Now()
	return nil
}
