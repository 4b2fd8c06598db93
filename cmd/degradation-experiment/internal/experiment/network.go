package experiment

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// Network is one network of an experiment, and all that decides how it is
// trained: the config.json of its directory.
type Network struct {
	Experiment string          `json:"experiment"`
	Kind       Kind            `json:"kind"`
	Depth      int             `json:"depth"`
	From       int             `json:"from,omitempty"` // layers of the trained network that it was constructed from
	Shortcut   blocks.Shortcut `json:"shortcut"`
	Classes    int             `json:"classes"`
	Train      int             `json:"train"` // pictures
	Test       int             `json:"test"`
	Picture    [3]int          `json:"picture"` // height, width, channels
	Subset     int             `json:"subset"`
	Batch      int             `json:"batch"`
	Iterations int             `json:"iterations"`
	Every      int             `json:"every"`
	Schedule   string          `json:"schedule"`
	Seed       uint64          `json:"seed"`
}

// design is the experiment that the network belongs to; nil if there is none such.
func (n Network) design() *Design {
	d, _ := Lookup(n.Experiment)
	return d
}

// Name is what the network is called, apart from its seed, such as resnet20.
func (n Network) Name() string { return n.design().Label(n) }

// directory is its directory's name within the experiment's.
func (n Network) directory() string { return fmt.Sprintf("%s-seed%d", n.Name(), n.Seed) }

// model is the network to train.
func (n Network) model() resnet.Network { return n.design().Model(n) }

// config is the model of a residual network as data.
func (n Network) config() resnet.Config {
	c, _ := n.model().(resnet.Config)
	return c
}

// optimizer is what the network is trained with, nil for the engine's.
func (n Network) optimizer() training.Optimizer {
	if of := n.design().Optimizer; of != nil {
		return of(n)
	}
	return nil
}

// differences lists what another network has otherwise.
func (n Network) differences(other Network) string {
	var out []string
	a, b := reflect.ValueOf(n), reflect.ValueOf(other)
	for i := range a.NumField() {
		if field, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("json"), ","); !a.Field(i).Equal(b.Field(i)) {
			out = append(out, fmt.Sprintf("%s %v, not %v", field, b.Field(i), a.Field(i)))
		}
	}
	return strings.Join(out, "; ")
}

// networks lists the networks in the order they are trained: seed by seed, and
// at the end those that are derived from trained ones.
func (c *Config) networks() (all []Network) {
	for _, seed := range c.Seeds {
		for _, kind := range c.Kinds {
			for _, depth := range c.Depths {
				all = append(all, c.network(kind, depth, seed))
			}
		}
	}
	if c.design.Derived != nil {
		all = append(all, c.design.Derived(c, all)...)
	}
	return all
}

func (c *Config) network(kind Kind, depth int, seed uint64) Network {
	n := Network{
		Experiment: c.design.Name, Kind: kind, Depth: depth, Shortcut: blocks.ShortcutNone, Classes: c.Classes,
		Train: c.Train.Len(), Test: c.Test.Len(), Picture: [3]int(c.Train.Shape()), Subset: c.Subset, Batch: c.Batch,
		Iterations: c.Iterations, Every: c.Every, Seed: seed, Schedule: fmt.Sprint(c.schedule(depth)),
	}
	if c.design.Settle != nil {
		c.design.Settle(c, &n)
	}
	return n
}

// schedule is that of He et al. 2015 (section 4.2) for a run of any length: the
// rate is divided by 10 at 1/2 and 3/4 of it, and networks of 110 layers and more
// begin with a tenth until the training error is below 80 %.
func (c *Config) schedule(depth int) training.Schedule {
	var s training.Schedule = training.Steps{Base: c.Rate, At: []training.Span{
		training.Iterations(c.Iterations / 2), training.Iterations(c.Iterations * 3 / 4)}}
	if depth >= 110 {
		s = training.ErrorWarmup{Low: c.Rate / 10, Then: s}
	}
	return s
}
