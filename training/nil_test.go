package training

import (
	"math"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/internal/misuse"
	"gorgonia.org/gorgonia"
)

// TestNil wants no panic of what nobody has made, or has left empty, and an error of what
// has one to give.
func TestNil(t *testing.T) {
	// Closing nothing is done at once, and what a nil schedule or a task says is no error.
	misuse.Methods(t, []string{"Close"}, (*Evaluator)(nil), &Evaluator{}, (*Loader)(nil), &Loader{}, (*Table)(nil), &Table{},
		SGD{}, Adam{}, AdamW{}, RMSProp{}, LAMB{}, Warmup{}, ErrorWarmup{}, OneCycle{}, Cosine{}, Plateau{}, Steps{}, Constant{},
		Classification{}, MultiLabel{}, Regression{}, Score{}, Record{}, Predictions{}, Span{}, Metric{}, (*Groups)(nil))
	misuse.Methods(t, nil, &Directory{}, &Trainer{}, &Solver{})
	for _, s := range []Schedule{Warmup{}, ErrorWarmup{}} {
		if rate := s.Rate(Progress{Iterations: 10}); !math.IsNaN(rate) {
			t.Errorf("%T of nothing has a rate of %v", s, rate)
		}
	}
	var none *Directory
	for what, err := range map[string]error{
		"a record":   none.Record(nil, Record{}),
		"saving":     none.Save(nil),
		"restoring":  none.Restore(nil),
		"extending":  none.Extend(nil),
		"going back": none.GoBack(t.Context(), nil),
	} {
		if err == nil || !strings.Contains(err.Error(), "want the directory of a run, got nil") {
			t.Errorf("%s in no directory: %v", what, err)
		}
	}
	none.Step(Step{})
	for _, task := range []Task{MultiLabel{Classes: 3}, Regression{}} {
		b := graph.NewBuilder(graph.NewState(), graph.Options{})
		task.Build(b, gorgonia.Nodes{b.Input("x", 2, 3)}, nil)
		if err := b.Err(); err == nil || !strings.Contains(err.Error(), "want an input named targets") {
			t.Errorf("%s without targets: %v", task.Name(), err)
		}
	}
}
