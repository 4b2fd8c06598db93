package main

import (
	"context"
	"fmt"
	"os"

	"github.com/gorgonet/gorgonet/cmd/internal/pretrained"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training"
)

// evaluate measures a weights file.
func evaluate(ctx context.Context, m training.Model, test training.Dataset, weights string, p pretrained.Flags, batch int) error {
	state := graph.NewState()
	e, err := training.NewEvaluator(m, state, test.Shape(), batch)
	if err != nil {
		return err
	}
	if err := p.Load(os.Stdout, state, weights); err != nil {
		return err
	}
	score, err := e.Evaluate(ctx, test)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d of %d right, error %.2f %%, loss %.4f\n", weights, score.Correct, score.N, 100*score.Error, score.Loss)
	return nil
}
