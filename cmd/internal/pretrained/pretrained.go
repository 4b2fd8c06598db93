// Package pretrained has the flags that say what of a file of weights is taken, and
// loads it with a line on what that was.
package pretrained

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// Flags are what the user says about it.
type Flags struct {
	Key        string `json:"key,omitempty"`
	AdaptInput bool   `json:"adapt_input,omitempty"`
	Resize     bool   `json:"resize_positions,omitempty"`
}

// Bind binds them to flags.
func (p *Flags) Bind(f *cli.Flags) {
	p.BindKey(f)
	f.BoolVar(&p.AdaptInput, "adapt-input", false, "take a first layer for another number of input channels: the sum over them for one, for others repeated and scaled")
	f.BoolVar(&p.Resize, "resize-positions", false, "take a Vision Transformer's positions for pictures of another size, interpolated")
}

// BindKey binds the one that needs no network.
func (p *Flags) BindKey(f *cli.Flags) {
	f.StringVar(&p.Key, "key", "", "`NAME` of what leads to the tensors in a file of weights that holds several, such as state_dict or model_ema (default: what fits; an average before the weights it is of)")
}

// Options are the same for the library.
func (p Flags) Options() weights.FitOptions {
	return weights.FitOptions{Key: p.Key, AdaptInput: p.AdaptInput, ResizePositions: p.Resize}
}

// Load sets the tensors of a network from a file and writes a line on what it took
// and passed over, where that is not all. A checkpoint of another task than telling
// classes apart is refused.
func (p Flags) Load(w io.Writer, state *graph.State, path string) error {
	if card, err := training.ReadCard(path); err == nil && card != nil && card.Task != "" {
		return fmt.Errorf("%s is a checkpoint of the task %s, not of classification", path, printable.Name(card.Task))
	}
	_, err := Take(w, path, p.Options(), state.LoadFile)
	return err
}

// LoadBody is Load for a network that may have other classes than the file: then
// its last layer keeps the values that it has, and fresh is true.
func (p Flags) LoadBody(w io.Writer, state *graph.State, path string) (fresh bool, err error) {
	o := p.Options()
	o.Fresh = state.Head()
	taken, err := Take(w, path, o, state.LoadFile)
	return len(taken.Fresh) > 0, err
}

// Take has tensors set from a file, by a State's LoadFile or what goes on to it, and
// writes the line on what that took.
func Take(w io.Writer, path string, o weights.FitOptions, load func(path string, o weights.FitOptions) (weights.Taken, error)) (weights.Taken, error) {
	taken, err := load(path, o)
	if err != nil {
		return taken, Explain(err)
	}
	Print(w, path, taken)
	return taken, nil
}

// Finite refuses weights from a file that are no numbers or without end.
func Finite(state *graph.State, path string) error {
	for _, t := range state.Tensors() {
		for _, v := range t.Data() {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return fmt.Errorf("%s: %s holds %v; the weights are damaged", path, t.Name, v)
			}
		}
	}
	return nil
}

// Print writes the line.
func Print(w io.Writer, path string, taken weights.Taken) {
	if line := taken.String(); line != "" {
		fmt.Fprintf(w, "%s: %s\n", printable.Name(path), line)
	}
}

// Explain adds to an error of loading which network the file is of, and which flag
// helps.
func Explain(err error) error {
	var misfit *weights.MisfitError
	var ambiguous *weights.AmbiguousError
	switch {
	case errors.As(err, &ambiguous):
		return fmt.Errorf("%w (-key)", err)
	case errors.As(err, &misfit):
		if misfit.Channels > 0 {
			err = fmt.Errorf("%w; -adapt-input takes a first layer for another number of input channels", err)
		}
		if misfit.Patches > 0 {
			err = fmt.Errorf("%w; -resize-positions takes positions for pictures of another size", err)
		}
		if name, classes := resnet.Recognize(misfit.Tensors); name != "" {
			err = fmt.Errorf("%w; they look like those of %s for %d classes", err, name, classes)
		}
	}
	return err
}
