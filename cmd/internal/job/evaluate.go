package job

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/internal/durable"
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

	Finished time.Time        `json:"finished"`
	Machine  training.Machine `json:"machine"`
	Go       string           `json:"go"`
	Version  string           `json:"version"`
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
	if err := s.Pretrained.Load(os.Stdout, state, weights); err != nil {
		return err
	}
	score, err := e.Evaluate(ctx, test)
	if err != nil {
		return err
	}
	cli.Textf("%s: %d of %d right, error %.2f %%, loss %.4f\n", weights, score.Correct, score.N, 100*score.Error, score.Loss)
	// Eight decimals are more than any data set has pictures for.
	rounded := func(v float64) float64 { return math.Round(v*1e8) / 1e8 }
	return Keep(create, Evaluation{
		Model: name, Weights: weights, Examples: score.N, Correct: score.Correct, TestError: rounded(score.Error), TestLoss: rounded(score.Loss),
		TestTop5: rounded(score.Top5Error), Finished: time.Now().Round(time.Second), Machine: training.ThisMachine(), Go: runtime.Version(), Version: cli.Version(),
	})
}

// Keep writes what measuring has come to as result.json to the directory that create
// makes, nowhere where that is nil.
func Keep(create func() (*training.Directory, error), outcome any) error {
	if create == nil {
		return nil
	}
	dir, err := create()
	if err != nil {
		return err
	}
	defer dir.Close()
	return durable.WriteFile(filepath.Join(dir.Path(), "result.json"), func(w io.Writer) error {
		j := json.NewEncoder(w)
		j.SetIndent("", "  ")
		return j.Encode(outcome)
	})
}
