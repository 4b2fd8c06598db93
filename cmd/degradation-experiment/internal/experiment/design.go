package experiment

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/report"
	"github.com/pkg/errors"
)

// Design is an experiment as a value. A file has one and registers it.
type Design struct {
	Name  string
	About string // a line that says what is compared with what
	Year  int    // of the paper; designs are listed in this order

	// Kinds are what the networks of one depth differ in, in the order of tables.
	Kinds []Kind
	// Usual are the values that flags have which are not given; those of the command
	// where there is none. Without "iterations" as many steps are made as the budget has
	// time for.
	Usual map[string]string
	// Records is how often networks are measured along their training; 0 means twelve times.
	Records int
	// Paper tells whether the recipe of He et al. 2015 makes sense for its networks.
	Paper bool

	// Check refuses a network that cannot be.
	Check func(kind Kind, depth int) error
	// Label names a network, apart from its seed.
	Label func(n Network) string
	// Model makes the network of what has been checked.
	Model func(n Network) resnet.Network
	// Settle sets what is a network's own besides kind, depth and seed, such as its
	// schedule. Nil leaves the engine's.
	Settle func(c *Config, n *Network)
	// Derived are networks that start from one that has been trained; nil for none.
	Derived func(c *Config, trained []Network) []Network
	// Optimizer is what the networks are trained with; nil means SGD as in He et al. 2015.
	Optimizer func(n Network) training.Optimizer

	// Shares lists the units of which the share of the gradient that comes through the
	// shortcut is measured; nil for none.
	Shares func(n Network) []string

	// Prepare is called for a derived network with its first weights, Begin before its
	// first step, End for every other network after the last one; nil for nothing.
	Prepare, Begin func(ctx context.Context, e *Experiment, m *meter) error
	End            func(ctx context.Context, e *Experiment, m *meter) error
	// Ending is how many pictures End takes the time of, to be evaluated.
	Ending func(n Network) int

	// Diverges says that a network which diverges is left out, and the others go on.
	Diverges bool

	// Judge says what has been seen so far.
	Judge func(r *Results) Verdict
	// Page explains it.
	Page func(r *Results, v Verdict) report.Page
}

// Verdict is what an experiment says: its JSON is verdict.json, its String lines to read.
type Verdict interface{ String() string }

// Kind is what sets the networks of one depth apart, such as plain and residual.
type Kind string

var designs []*Design

// register adds a design, for the variable of a file.
func register(d *Design) *Design {
	at := slices.IndexFunc(designs, func(other *Design) bool {
		return cmp.Or(cmp.Compare(other.Year, d.Year), strings.Compare(other.Name, d.Name)) > 0
	})
	if at < 0 {
		at = len(designs)
	}
	designs = slices.Insert(designs, at, d)
	return d
}

// Designs lists all experiments by the year of their paper.
func Designs() []*Design { return slices.Clone(designs) }

// Names are those of all experiments.
func Names() (names []string) {
	for _, d := range designs {
		names = append(names, d.Name)
	}
	return names
}

// Lookup finds an experiment.
func Lookup(name string) (*Design, error) {
	for _, d := range designs {
		if d.Name == name {
			return d, nil
		}
	}
	return nil, errors.Errorf("experiment: there is no experiment %q; there are %s", name, strings.Join(Names(), ", "))
}

// rank is the place of a kind in tables.
func (d *Design) rank(k Kind) int {
	if at := slices.Index(d.Kinds, k); at >= 0 {
		return at
	}
	return len(d.Kinds)
}
