package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/preprocess"
	"github.com/gorgonet/gorgonet/imagenet"
)

// evaluation is the way of a set of pictures through an ensemble to the records.
type evaluation struct {
	ensemble *ensemble
	examples *imagenet.Examples
	protocol imagenet.Protocol
	together int // pictures that go through the networks at once
	records  *records
}

// evaluation gets what the settings name, but for the records.
func (s *options) evaluation(ctx context.Context) (*evaluation, error) {
	set, err := s.set(ctx)
	if err != nil {
		return nil, err
	}
	p, err := s.Pictures.Parse()
	if err != nil {
		return nil, err
	}
	e := &evaluation{examples: &imagenet.Examples{Set: set}}
	if e.ensemble, err = s.load(set, p.Crop); err != nil {
		return nil, err
	}
	if p, err = preprocess.Settle(p, e.ensemble.input); err != nil {
		return nil, err
	}
	e.protocol, e.together, err = s.protocol(p)
	return e, err
}

// run evaluates the pictures that are not recorded yet. What it has recorded stays
// when it ends early.
func (e *evaluation) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done, err := e.records.restore(e.together)
	if err != nil {
		return err
	}
	n := e.examples.Len()
	bar := cli.NewProgress(int64(done), int64(n), false)
	defer bar.Close()
	begun, first, unread := time.Now(), done, 0
	for queue := e.load(ctx, done); done < n; {
		size := min(e.together, n-done)
		pictures, reasons := make([][]imagenet.View, size), make([]error, size)
		for i := range size {
			coming, ok := <-queue
			if !ok {
				return ctx.Err()
			}
			p := <-coming
			pictures[i], reasons[i] = p.views, p.err
			if unread++; reasons[i] == nil {
				unread = 0
			} else if unread == tooMany {
				return fmt.Errorf("%d pictures in a row cannot be used; the last: %w", tooMany, reasons[i])
			}
		}
		if err := e.group(ctx, done, pictures, reasons); err != nil {
			return err
		}
		done += size
		top1, _ := e.records.tally.Errors()
		bar.Set(int64(done), fmt.Sprintf("top-1 error %.2f %%", 100*top1), fmt.Sprintf("%.3g pictures/s", float64(done-first)/time.Since(begun).Seconds()))
	}
	return nil
}

// tooMany is how many pictures in a row may be unusable before something else must
// be wrong.
const tooMany = 100

// group scores pictures that follow each other, and records them.
func (e *evaluation) group(ctx context.Context, from int, pictures [][]imagenet.View, reasons []error) error {
	var shown [][]imagenet.View
	for i, views := range pictures {
		if reasons[i] == nil {
			shown = append(shown, views)
		}
	}
	scores, err := e.ensemble.scores(ctx, shown)
	if err != nil {
		return err
	}
	rows := make([][]string, len(pictures))
	for i, reason := range reasons {
		var own []float32
		if reason == nil {
			own, scores = scores[0], scores[1:]
		} else {
			cli.Warnf("a picture is skipped: %s", cli.Message(reason))
		}
		if rows[i], err = e.records.row(from+i, own, reason); err != nil {
			return err
		}
	}
	return e.records.add(rows)
}

// picture is a picture as the networks see it, or why they do not.
type picture struct {
	views []imagenet.View
	err   error
}

// load reads the pictures from that one on, a few ahead, on all processors. It
// hands them on in order, and closes the queue after the last or when ctx ends.
func (e *evaluation) load(ctx context.Context, from int) <-chan chan picture {
	queue := make(chan chan picture, runtime.GOMAXPROCS(0))
	go func() {
		defer close(queue)
		for i := from; i < e.examples.Len(); i++ {
			p := make(chan picture, 1)
			select {
			case queue <- p:
			case <-ctx.Done():
				return
			}
			go func() {
				views, _, err := e.examples.Views(i, e.protocol)
				p <- picture{views, err}
			}()
		}
	}()
	return queue
}
