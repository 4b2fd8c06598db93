package training_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// TestTrainersSideBySide trains two networks at the same time and one after the
// other, to the same bits.
func TestTrainersSideBySide(t *testing.T) {
	train := func(seed uint64) ([]uint64, error) {
		var records []training.Record
		c := config()
		c.Seed = seed
		c.OnEpoch = func(r training.Record) error { records = append(records, r); return nil }
		tr, err := training.New(c)
		if err == nil {
			err = tr.Run(t.Context())
		}
		if err != nil {
			return nil, err
		}
		return bits(t, tr, records), nil
	}
	var want, got [2][]uint64
	for i := range want {
		var err error
		if want[i], err = train(uint64(i)); err != nil {
			t.Fatal(err)
		}
	}
	if slices.Equal(want[0], want[1]) {
		t.Error("two seeds give the same bits")
	}
	var both sync.WaitGroup
	for i := range got {
		both.Go(func() {
			var err error
			if got[i], err = train(uint64(i)); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	for i := range got {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("seed %d: side by side come other bits than one after the other", i)
		}
	}
}

// stopping ends the context when so many examples have been read.
type stopping struct {
	blobs
	left *atomic.Int64
	stop func()
}

func (d stopping) Example(i int, rng *rand.Rand, dst []float32) (int32, error) {
	if d.left.Add(-1) == 0 {
		d.stop()
	}
	return d.blobs.Example(i, rng, dst)
}

// TestCancel cancels a run at many moments, while examples are loaded and after
// steps: it returns with at most the step that was under way, and the same trainer
// goes on to the bits of a run left alone, as do evaluation and prediction.
func TestCancel(t *testing.T) {
	var records []training.Record
	var left atomic.Int64
	var cancel context.CancelFunc
	var ctx context.Context
	after := 0 // steps since the context ended
	c := config()
	stop := func() { cancel() }
	c.Train, c.Test = stopping{blobs{60}, &left, stop}, stopping{blobs{50}, &left, stop}
	c.OnEpoch = func(r training.Record) error { records = append(records, r); return nil }
	c.OnStep = func(training.Step) {
		if ctx.Err() != nil {
			after++
		}
		if left.Add(-5) <= 0 { // so that some come after a step
			cancel()
		}
	}
	run := func(every int64) *training.Trainer {
		records = nil
		tr := newTrainer(t, c)
		for stops := 0; ; stops++ {
			ctx, cancel = context.WithCancel(t.Context())
			left.Store(every)
			after = 0
			err := tr.Run(ctx)
			cancel()
			if err == nil {
				if every < 1000 && stops < 3 {
					t.Errorf("stopped %d times only", stops)
				}
				return tr
			}
			if !errors.Is(err, context.Canceled) || after > 1 {
				t.Fatalf("%d steps after the context ended, and then %v", after, err)
			}
		}
	}
	alone := run(1 << 40)
	want := bits(t, alone, records)
	for _, every := range []int64{97, 131, 149, 211} {
		tr := run(every)
		if !slices.Equal(bits(t, tr, records), want) {
			t.Errorf("stopped every %d examples: other bits than a run left alone", every)
		}
		ctx, cancel = context.WithCancel(t.Context())
		cancel()
		left.Store(1 << 40)
		if _, err := tr.Evaluate(ctx, c.Test); !errors.Is(err, context.Canceled) {
			t.Errorf("an evaluation that was cancelled: %v", err)
		}
		if _, err := tr.Predict(ctx, c.Test); !errors.Is(err, context.Canceled) {
			t.Errorf("a prediction that was cancelled: %v", err)
		}
		score, err := tr.Evaluate(t.Context(), c.Test)
		if last := *alone.Last().Test; err != nil || score != last {
			t.Errorf("after all: %v, want %v: %v", fmt.Sprint(score), last, err)
		}
	}
}
