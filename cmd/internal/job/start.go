package job

import (
	"io"
	"os"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/pretrained"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training"
)

// Start says what a run begins with other than random weights, and which layers then
// change less than others.
type Start struct {
	Weights    string           `json:"weights"`
	Pretrained pretrained.Flags `json:"pretrained"`
	Freeze     string           `json:"freeze"`
	LayerDecay float64          `json:"layer_decay"`
}

// Bind binds it to flags, with the present values as defaults.
func (s *Start) Bind(f *cli.Flags) {
	f.StringVar(&s.Weights, "weights", s.Weights, "safetensors or PyTorch `FILE` to start from, or to measure with -eval; a last layer for other classes starts anew")
	s.Pretrained.Bind(f)
	f.StringVar(&s.Freeze, "freeze", s.Freeze, "`LAYERS` that keep their weights, such as conv1,bn1,layer1")
	f.Float64Var(&s.LayerDecay, "layer-decay", s.LayerDecay, "rate of each stage as a part of that of the stage after it, such as 0.5 (1: all the same)")
}

// Check finds what is wrong whatever the network. A run that is not fresh has its
// weights in its checkpoints.
func (s *Start) Check(fresh bool) error {
	if !(s.LayerDecay > 0 && s.LayerDecay <= 1) {
		return cli.Usagef("-layer-decay is above 0 and at most 1, not %v", s.LayerDecay)
	}
	if fresh && s.Weights != "" {
		return cli.Exists("weights", s.Weights)
	}
	return nil
}

// Fits finds out whether weights are for a network of examples of a shape [H W C], before
// the data are fetched. fresh says that its last layer may be for other classes.
func (s *Start) Fits(m training.Model, shape []int, weights string, fresh bool) error {
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{})
	m.Build(b, b.Input("images", 1, shape[0], shape[1], shape[2]))
	if b.Err() != nil {
		return b.Err()
	}
	if fresh {
		_, err := s.Pretrained.LoadBody(io.Discard, state, weights)
		return err
	}
	return s.Pretrained.Load(io.Discard, state, weights)
}

func (s *Start) frozen() []string {
	if s.Freeze == "" {
		return nil
	}
	return strings.Split(s.Freeze, ",")
}

// prepare gives a new run the weights it begins with.
func (s *Start) prepare(t *training.Trainer, first bool) error {
	if s.Weights == "" || !first {
		return nil
	}
	fresh, err := s.Pretrained.LoadBody(os.Stdout, t.State(), s.Weights)
	if err != nil {
		return err
	}
	more := ""
	if fresh {
		more = ", with a new last layer: the file's is for other classes"
	}
	cli.Textf("starting from %s%s\n", s.Weights, more)
	return nil
}
