package experiment

import (
	"context"
	"fmt"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/report"
	"github.com/pkg/errors"
)

const (
	// Plain networks are stacks of 3x3 convolutions.
	Plain Kind = "plain"
	// Residual networks are the same with shortcuts.
	Residual Kind = "residual"
)

// This compares plain and residual networks of several depths (He et al. 2015,
// figures 1 and 6), and carries the construction argument out.
var _ = register(&Design{
	Name: "degradation", Year: 2015,
	About: "plain networks get worse as they get deeper, residual ones do not (He et al. 2015)",
	Kinds: []Kind{Plain, Residual},
	Paper: true,
	Check: checkCIFAR,
	Label: labelCIFAR,
	Model: func(n Network) resnet.Network { return cifarNetwork(n) },
	Settle: func(c *Config, n *Network) {
		if n.Kind == Residual {
			n.Shortcut = c.Shortcut
		}
	},
	Derived: func(c *Config, trained []Network) (all []Network) {
		for _, n := range trained {
			if n.Kind == Residual && len(c.Depths) > 1 && n.Depth == c.Depths[len(c.Depths)-1] {
				all = append(all, c.construct(n))
			}
		}
		return all
	},
	Shares: identityUnits,
	Prepare: func(_ context.Context, e *Experiment, m *meter) error {
		shallow, err := e.shallow(m.network)
		if err != nil {
			return err
		}
		return construct(m.trainer.State(), shallow)
	},
	Begin:  compareConstructed,
	End:    unravelTrained,
	Ending: func(n Network) int { return (len(n.droppable()) + 1) * min(unravelled, n.Test) },
	Judge:  func(r *Results) Verdict { return r.depths() },
	Page:   func(r *Results, v Verdict) report.Page { return r.degradationPage(v.(Depths)) },
})

// checkCIFAR wants a depth that the paper's networks for CIFAR have.
func checkCIFAR(_ Kind, depth int) error {
	_, err := resnet.CIFAR(depth)
	return errors.WithMessage(err, "experiment")
}

// labelCIFAR is resnet20, plain56 and so on, as resnet.Lookup has it.
func labelCIFAR(n Network) string {
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

// cifarNetwork is a plain or residual network as data.
func cifarNetwork(n Network) resnet.Config {
	var c resnet.Config
	if n.Kind == Plain {
		c, _ = resnet.PlainCIFAR(n.Depth) // the depth has been checked
	} else {
		c, _ = resnet.CIFAR(n.Depth)
		c.Unit.Shortcut = n.Shortcut
		c.Unit.ZeroInit = n.From > 0
	}
	return n.fit(c)
}

// fit gives a network the classes and pictures of the data.
func (n Network) fit(c resnet.Config) resnet.Config {
	c.About.Classes, c.About.Input = n.Classes, n.Picture[0]
	return c
}

// identityUnits are the units of the first stage, whose shortcut is the identity in a
// residual network with shortcuts of kind A or B.
func identityUnits(n Network) (units []string) {
	if n.Shortcut != blocks.ShortcutA && n.Shortcut != blocks.ShortcutB {
		return nil
	}
	for j := range n.config().Stages[0].Units {
		units = append(units, fmt.Sprintf("layer1.%d", j))
	}
	return units
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

// shallow reads the trained network that n is constructed from.
func (e *Experiment) shallow(n Network) (*graph.State, error) {
	from := e.config.network(n.Kind, n.From, n.Seed)
	dir, err := e.open(from)
	if err != nil {
		return nil, err
	}
	if dir == nil {
		return nil, errors.Errorf("experiment: %s needs %s, which has not been trained", n.Name(), from.Name())
	}
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{})
	from.model().Build(b, b.Input("images", append([]int{1}, e.config.Train.Shape()...)...))
	if b.Err() != nil {
		return nil, b.Err()
	}
	return state, training.LoadWeights(state, dir.Latest())
}
