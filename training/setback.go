package training

import (
	"cmp"
	"context"
	"io/fs"
	"math"
	"os"
	"slices"

	"github.com/pkg/errors"
)

// GoBack takes a run that has diverged back to a checkpoint, halves its learning rate
// from there on once more (see SetBack) and saves that. It is the newest checkpoint
// that is whole and not ruined: the loss and the gradient of its next batch are
// finite, and the loss is not above 10 (1 + l), where l is the higher of the losses of
// the run's first step and of the last record's steps. Weights can be finite and yet
// beyond repair. A run that diverges again before its next record goes further back
// than the last time, where there is such a checkpoint.
//
// Where all are ruined, the cause of the error is ErrDiverged.
func (d *Directory) GoBack(ctx context.Context, t *Trainer) error {
	if err := d.writable(t); err != nil {
		return err
	}
	setbacks := t.Setbacks() + 1
	sound, err := d.sound(ctx, t)
	if err != nil {
		return err
	}
	chosen := sound[0]
	if d.back.valid && d.recorded <= d.back.iteration {
		if i := slices.IndexFunc(sound, func(c candidate) bool { return c.iteration < d.back.iteration }); i >= 0 {
			chosen = sound[i]
		}
	}
	if err := t.Load(chosen.path); err != nil {
		return err
	}
	if err := d.forget(t); err != nil {
		return err
	}
	t.SetBack(setbacks)
	d.back = setback{true, t.Iteration()}
	d.whole = false // what is the newest now is not to be the previous one
	return d.Save(t)
}

// setback is where a run went back to last.
type setback struct {
	valid     bool
	iteration int
}

// candidate is a checkpoint to go back to.
type candidate struct {
	path      string
	iteration int
}

// sound are the checkpoints that can be gone on from, the newest first, at least one.
// It leaves the trainer at any of them.
func (d *Directory) sound(ctx context.Context, t *Trainer) (sound []candidate, err error) {
	var why error
	for _, path := range []string{d.Latest(), d.file(previousFile), d.Best()} {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		err := t.Load(path)
		if err == nil {
			err = t.sound(ctx)
		}
		switch {
		case err == nil:
			if err := t.Load(path); err != nil { // a batch has moved the running statistics
				return nil, err
			}
			sound = append(sound, candidate{path, t.Iteration()})
		case ctx.Err() != nil:
			return nil, err
		case why == nil:
			why = errors.WithMessagef(err, "%s of step %d", path, t.Iteration())
		}
	}
	if len(sound) == 0 && why == nil {
		return nil, errors.Wrap(ErrDiverged, "training: there is no checkpoint to go back to")
	}
	if len(sound) == 0 {
		return nil, errors.WithMessage(why, "training: no checkpoint can be gone on from; the newest")
	}
	slices.SortStableFunc(sound, func(a, b candidate) int { return cmp.Compare(b.iteration, a.iteration) })
	return sound, nil
}

// sound computes the next batch, without a step, and returns ErrDiverged where that
// shows that there is nothing to go on from. The running statistics move.
func (t *Trainer) sound(ctx context.Context) error {
	parts := t.config.Accumulate
	stream, err := NewStream(t.config.Train, t.config.Batch/parts, t.config.Seed, t.progress.Iteration*parts)
	if err != nil {
		return err
	}
	defer stream.Close()
	t.network.reads(stream)
	loss, err := t.differentiate(ctx, stream)
	if err != nil || t.progress.Iteration == 0 {
		return err
	}
	usual := t.progress.FirstLoss
	if last := t.progress.Last; last != nil && !math.IsInf(last.TrainLoss, 0) {
		usual = max(usual, last.TrainLoss)
	}
	if limit := 10 * (1 + usual); usual > 0 && loss > limit {
		return errors.Wrapf(ErrDiverged, "the loss of the next batch is %.4g, where %.4g was usual", loss, usual)
	}
	return nil
}
