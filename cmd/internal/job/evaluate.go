package job

import (
	"context"
	"encoding/json"
	"io"
	"path/filepath"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training"
)

// Evaluation is what measuring a weights file comes to: result.json. Errors are
// fractions.
type Evaluation struct {
	Model     string  `json:"model"`
	Weights   string  `json:"weights"`
	Examples  int     `json:"examples"`
	Correct   int     `json:"correct"`
	TestError float64 `json:"test_error"`
	TestLoss  float64 `json:"test_loss"`
	TestTop5  float64 `json:"test_top5_error"`
	Version   string  `json:"version"`
}

// Evaluate measures a weights file. Where create is not nil, the outcome goes to the
// directory that it makes.
func (s *Settings) Evaluate(ctx context.Context, name string, m training.Model, test training.Dataset, weights string, create func() (*training.Directory, error)) error {
	state := graph.NewState()
	e, err := training.NewEvaluator(m, state, test.Shape(), s.Batch)
	if err != nil {
		return err
	}
	e.Workers = s.Workers
	if err := training.LoadWeights(state, weights); err != nil {
		return err
	}
	score, err := e.Evaluate(ctx, test)
	if err != nil {
		return err
	}
	cli.Printf("%s: %d of %d right, error %.2f %%, loss %.4f\n", weights, score.Correct, score.N, 100*score.Error, score.Loss)
	if create == nil {
		return nil
	}
	dir, err := create()
	if err != nil {
		return err
	}
	defer dir.Close()
	return graph.WriteFile(filepath.Join(dir.Path(), "result.json"), func(w io.Writer) error {
		j := json.NewEncoder(w)
		j.SetIndent("", "  ")
		return j.Encode(Evaluation{name, weights, score.N, score.Correct, score.Error, score.Loss, score.Top5Error, cli.Version()})
	})
}
