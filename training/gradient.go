package training

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
)

// differentiate computes the gradients of the next batch, part by part, and its mean
// loss, and measures it.
func (t *Trainer) differentiate(ctx context.Context, stream *Loader) (loss float64, err error) {
	parts := t.config.Accumulate
	t.network.Meter.Reset()
	var grads *gradients
	for i := range parts {
		batch, err := stream.Next(ctx)
		if err != nil {
			return 0, err
		}
		ctx = context.WithoutCancel(ctx) // running statistics have moved: the step is to be ended
		if err := t.prepare(batch, t.progress.Iteration*parts+i); err != nil {
			return 0, err
		}
		if err := t.network.run(batch, t.config.DetectAnomaly); err != nil {
			return 0, err
		}
		l := float64(graph.Scalar(t.network.Loss))
		if math.IsNaN(l) || math.IsInf(l, 0) {
			return 0, t.diverged(fmt.Sprintf("the loss became %v", l))
		}
		loss += l / float64(parts)
		if err := t.network.measure(batch); err != nil {
			return 0, err
		}
		if grads, err = t.gradients(); err != nil {
			return 0, err
		}
		grads.add(i, parts)
	}
	norm, worst := t.network.machine.GradientNorm()
	if worst != "" {
		return 0, t.diverged(fmt.Sprintf("the gradient of %s is not finite", worst))
	}
	grads.clip(norm, t.config.Clip)
	_, err = t.network.values()
	return loss, err
}

// diverged is the error of a batch that was computed last and gave numbers that are
// not finite. It computes it again to see where they begin: the weights are still
// those of before.
func (t *Trainer) diverged(what string) error {
	var where *graph.Anomaly
	if err := t.network.machine.RunChecked(); errors.As(err, &where) {
		what += ": " + where.Error()
	}
	return errors.Wrap(ErrDiverged, what+"; a lower rate, a warm-up or clipping of gradients may help")
}

// prepare readies a batch, the one of that number of the stream, for the graph.
func (t *Trainer) prepare(batch Batch, number int) (err error) {
	t.network.machine.SetStep(uint64(number)) // what dropout drops
	if t.network.Prepare == nil {
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			err = errors.Errorf("training: %s: preparing a batch: panic: %v", t.config.Task.Name(), r)
		}
	}()
	var source rand.PCG
	reseed(&source, t.config.Seed, number, batchNumbers)
	return t.network.Prepare(batch, &source)
}

// gradients are those of the parameters that are trained, in the memory of the graph.
type gradients struct {
	names  []string
	values [][]float32
	sums   [][]float32 // of the parts of a batch before the last; nil before there were any
}

// gradients are there after the first run of the graph.
func (t *Trainer) gradients() (*gradients, error) {
	if t.grads != nil {
		return t.grads, nil
	}
	g := &gradients{}
	for _, p := range t.network.machine.Params() {
		name, _, grad, err := unpack(p)
		if err != nil {
			return nil, err
		}
		g.names = append(g.names, name)
		g.values = append(g.values, grad.Float32s())
	}
	t.grads = g
	return g, nil
}

// add takes in the gradients of part i of so many; after the last they are the mean
// of all.
func (g *gradients) add(i, parts int) {
	if parts == 1 {
		return
	}
	if g.sums == nil {
		g.sums = make([][]float32, len(g.values))
		for j, v := range g.values {
			g.sums[j] = make([]float32, len(v))
		}
	}
	for j, sum := range g.sums {
		grad := g.values[j]
		switch i {
		case 0:
			copy(sum, grad)
		case parts - 1:
			for k, v := range sum {
				grad[k] = (v + grad[k]) / float32(parts)
			}
		default:
			for k, v := range grad {
				sum[k] += v
			}
		}
	}
}

// clip scales gradients of a norm above the limit down to it (Pascanu et al. 2013),
// as PyTorch's clip_grad_norm_ does.
func (g *gradients) clip(norm, limit float64) {
	if limit == 0 || norm <= limit {
		return
	}
	scale := float32(limit / (norm + 1e-6))
	for _, grad := range g.values {
		for i := range grad {
			grad[i] *= scale
		}
	}
}
