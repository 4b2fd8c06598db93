package degradation

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
	Experiment string          `json:"experiment"` // always "degradation"
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

// experimentName marks the directories of this experiment.
const experimentName = "degradation"

// Name is resnet20, plain56 and so on, as resnet.Lookup has it.
func (n Network) Name() string {
	family := "plain"
	if n.Kind == Residual {
		family = "resnet"
	}
	name := fmt.Sprint(family, n.Depth)
	if n.From > 0 {
		name += fmt.Sprint("-from", n.From)
	}
	return name
}

// directory is its directory's name within the experiment's.
func (n Network) directory() string { return fmt.Sprintf("%s-seed%d", n.Name(), n.Seed) }

// config is the network as data.
func (n Network) config() resnet.Config {
	var c resnet.Config
	if n.Kind == Plain {
		c, _ = resnet.PlainCIFAR(n.Depth) // the depth has been checked
	} else {
		c, _ = resnet.CIFAR(n.Depth)
		c.Unit.Shortcut = n.Shortcut
		c.Unit.ZeroInit = n.From > 0
	}
	c.About.Classes, c.About.Input = n.Classes, n.Picture[0]
	return c
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
// at the end those that are constructed from trained ones.
func (c *Config) networks() (all []Network) {
	var constructed []Network
	for _, seed := range c.Seeds {
		for _, kind := range c.Kinds {
			for _, depth := range c.Depths {
				all = append(all, c.network(kind, depth, seed))
			}
			if kind == Residual && len(c.Depths) > 1 {
				constructed = append(constructed, c.construct(all[len(all)-1]))
			}
		}
	}
	return append(all, constructed...)
}

func (c *Config) network(kind Kind, depth int, seed uint64) Network {
	n := Network{
		Experiment: experimentName, Kind: kind, Depth: depth, Shortcut: blocks.ShortcutNone, Classes: c.Classes,
		Train: c.Train.Len(), Test: c.Test.Len(), Picture: [3]int(c.Train.Shape()), Subset: c.Subset, Batch: c.Batch,
		Iterations: c.Iterations, Every: c.Every, Seed: seed, Schedule: fmt.Sprint(c.schedule(depth)),
	}
	if kind == Residual {
		n.Shortcut = c.Shortcut
	}
	return n
}

// construct is the deepest network as it is made from the shallowest of its kind
// and seed: it is trained on for a quarter of the steps, with a tenth of the
// learning rate.
func (c *Config) construct(deep Network) Network {
	deep.From = c.Depths[0]
	deep.Iterations = max(c.Iterations/4, 1)
	deep.Every = max(min(c.Every, deep.Iterations/4), 1)
	deep.Schedule = fmt.Sprint(training.Constant{Base: c.Rate / 10})
	return deep
}

// schedule is the paper's (section 4.2) for a run of any length: the rate is
// divided by 10 at 1/2 and 3/4 of it, and networks of 110 layers and more begin
// with a tenth until the training error is below 80 %.
func (c *Config) schedule(depth int) training.Schedule {
	var s training.Schedule = training.Steps{Base: c.Rate, At: []training.Span{
		training.Iterations(c.Iterations / 2), training.Iterations(c.Iterations * 3 / 4)}}
	if depth >= 110 {
		s = training.ErrorWarmup{Low: c.Rate / 10, Then: s}
	}
	return s
}
