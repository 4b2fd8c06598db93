package experiment

import (
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// Config says which networks are compared and how they are trained. All of them
// are trained with the same recipe; those of one seed see the same batches.
type Config struct {
	Experiment string          // the name of a Design
	Depths     []int           // layers, or blocks, as the design has them
	Kinds      []Kind          // of the design's
	Seeds      []uint64        // every network is trained once for each
	Shortcut   blocks.Shortcut // of residual networks where the design leaves that open: "" means A, the paper's

	Train, Test training.Dataset
	Classes     int // 0 means 10

	Batch      int     // 0 means 128
	Iterations int     // steps of each network; 0 means 64,000
	Rate       float64 // learning rate, divided by 10 at 1/2 and 3/4 of the steps; 0 means 0.1
	Every      int     // steps between measurements; 0 means a twelfth of the steps or what the design says, but at most 1,000
	Subset     int     // training pictures that the training error is measured on; 0 means 2,000

	// Parallel is how many networks are trained at the same time; 0 means 1.
	Parallel int

	// OnLine is called with a line for every measurement and every network that has
	// ended, in parts of which the first matter most; OnProgress after every step;
	// neither by two goroutines at once. Nil means nobody wants to know.
	OnLine     func(parts ...string)
	OnProgress func(Progress)

	design *Design
	costs  map[string]cost // by name, of networks that have been timed
}

// paperSteps are the steps of the paper's runs (section 4.2).
const paperSteps = 64000

// maxSteps bounds the steps of a network, so that counting pictures cannot
// overflow.
const maxSteps = 1 << 30

// Check tells whether the networks and the recipe make sense, before there are
// data.
func (c Config) Check() error {
	d, err := Lookup(c.Experiment)
	switch {
	case err != nil:
		return err
	case len(c.Depths) == 0 || len(c.Kinds) == 0 || len(c.Seeds) == 0:
		return errors.New("experiment: at least one depth, kind and seed are needed")
	case c.Batch < 0 || c.Iterations < 0 || c.Every < 0 || c.Subset < 0 || c.Parallel < 0 || c.Classes < 0 || !(c.Rate >= 0):
		return errors.New("experiment: numbers cannot be negative")
	case c.Iterations > maxSteps:
		return errors.Errorf("experiment: want at most %d steps, got %d", maxSteps, c.Iterations)
	case twice(c.Depths) || twice(c.Kinds) || twice(c.Seeds):
		return errors.Errorf("experiment: every depth, kind and seed once, got %v, %v and %v", c.Depths, c.Kinds, c.Seeds)
	}
	for _, k := range c.Kinds {
		if !slices.Contains(d.Kinds, k) {
			return errors.Errorf("experiment: unknown kind %q; there are %s", k, joined(d.Kinds))
		}
		for _, depth := range c.Depths {
			if err := d.Check(k, depth); err != nil {
				return err
			}
		}
	}
	if c.Shortcut != "" {
		if _, err := blocks.ParseShortcut(string(c.Shortcut)); err != nil || c.Shortcut == blocks.ShortcutNone {
			return errors.Errorf("experiment: the shortcuts of residual networks are A, B or C, not %q", c.Shortcut)
		}
	}
	return nil
}

// settle checks everything and fills in what was left open.
func (c *Config) settle() error {
	if err := c.Check(); err != nil {
		return err
	}
	c.design, _ = Lookup(c.Experiment) // Check has looked
	if c.Train == nil || c.Test == nil {
		return errors.New("experiment: a training and a test set are needed")
	}
	for i, set := range []training.Dataset{c.Train, c.Test} {
		pass, err := training.NewPass(set, 1) // which refuses what has no pictures, such as a nil pointer
		if err != nil {
			return errors.WithMessagef(err, "experiment: the %s set", []string{"training", "test"}[i])
		}
		pass.Close()
	}
	if len(c.Train.Shape()) != 3 || !slices.Equal(c.Train.Shape(), c.Test.Shape()) {
		return errors.Errorf("experiment: training and test pictures must have one shape [H W C], got %v and %v", c.Train.Shape(), c.Test.Shape())
	}
	c.Depths = slices.Sorted(slices.Values(c.Depths))
	if c.Shortcut == "" {
		c.Shortcut = blocks.ShortcutA
	}
	c.Classes = orDefault(c.Classes, 10)
	c.Batch = orDefault(c.Batch, 128)
	c.Iterations = orDefault(c.Iterations, paperSteps)
	c.Rate = orDefault(c.Rate, 0.1)
	c.Every = orDefault(c.Every, max(min(c.Iterations/orDefault(c.design.Records, 12), 1000), 1))
	c.Subset = min(orDefault(c.Subset, 2000), c.Train.Len())
	c.Parallel = orDefault(c.Parallel, 1)
	return nil
}

func orDefault[T int | float64](given, otherwise T) T {
	if given != 0 {
		return given
	}
	return otherwise
}

func twice[T comparable](list []T) bool {
	seen := map[T]bool{}
	for _, v := range list {
		if seen[v] {
			return true
		}
		seen[v] = true
	}
	return false
}

// joined lists words: A, B and C.
func joined[T ~string](words []T) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i > 0 && i == len(words)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}
