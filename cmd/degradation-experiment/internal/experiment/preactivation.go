package experiment

import (
	"fmt"
	"slices"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training/report"
	"github.com/pkg/errors"
)

const (
	original     Kind = "original"
	preactivated Kind = "preact"
)

// This compares units whose activation follows the addition with those that are
// pre-activated (He et al. 2016, arXiv:1603.05027, figure 1 and table 2).
var _ = register(&Design{
	Name: "preactivation", Year: 2016,
	About: "resnet110 against preact_resnet110 (He et al. 2016); with -depths 110,1001 for days",
	Kinds: []Kind{original, preactivated},
	Usual: map[string]string{"depths": "110", "kinds": "original,preact"},
	Paper: true,
	Check: func(_ Kind, depth int) error {
		if _, err := residualTwin(depth); err != nil {
			return errors.Errorf("experiment: pre-activation networks have 6n+2 layers (110), or are of 164 or 1001, not of %d", depth)
		}
		return nil
	},
	Label: func(n Network) string {
		if n.Kind == preactivated {
			return fmt.Sprint("preact_resnet", n.Depth)
		}
		return fmt.Sprint("resnet", n.Depth)
	},
	Model: func(n Network) resnet.Network {
		c, _ := residualTwin(n.Depth) // the depth has been checked
		if n.Kind == preactivated {
			return n.fit(c)
		}
		bottleneck := slices.Contains([]int{164, 1001}, n.Depth)
		if c.Block, c.PreAct = blocks.BasicBlock, false; bottleneck {
			c.Block = blocks.Bottleneck
		}
		return n.fit(c)
	},
	Settle: func(_ *Config, n *Network) {
		c, _ := residualTwin(n.Depth)
		n.Shortcut = c.Unit.Shortcut
	},
	Diverges: true,
	Judge: func(r *Results) Verdict {
		v := r.comparisons(pair{preactivated, original})
		every := func(Comparison) bool { return true }
		text := "Whether pre-activation helps is not decided."
		switch {
		case v.all(better, every):
			text = "The pre-activated network trains better."
		case v.all(worse, every):
			text = "The pre-activated network trains worse."
		case !v.all(undecided, every):
			text = "Whether pre-activation helps is decided at some depths alone."
		}
		return v.conclude(text)
	},
	Page: func(r *Results, v Verdict) report.Page {
		return r.sheet(v.(Comparisons), sheet{
			title: "Pre-activation: a shortcut that nothing interrupts",
			lead: "In a unit of 2015 a ReLU follows the addition, so that what the shortcut carries is cut at zero in every unit. In one of 2016 norm and ReLU come first, " +
				"and from unit to unit the shortcut is a pure identity. With 1001 layers that makes the difference between 7.61 and 4.92 % (He et al. 2016, table 2).",
			curves: "In the paper the ReLU after the addition makes the training error of very deep networks fall slowly at the start; at 110 layers there is little between the two " +
				"(6.61 against 6.37 %, table 2).",
			recipe: paperRecipe,
		})
	},
})

// residualTwin is the pre-activation network of a depth: that of the paper where it has
// one, otherwise one like its 110 layers.
func residualTwin(depth int) (resnet.Config, error) {
	name := fmt.Sprint("preact_resnet", depth)
	if slices.Contains([]int{110, 164, 1001}, depth) {
		n, err := resnet.Lookup(name, resnet.Options{})
		if err != nil {
			return resnet.Config{}, err
		}
		c, _ := n.(resnet.Config)
		return c, nil
	}
	c, err := resnet.CIFAR(depth)
	c.About.Name = name
	c.Block, c.PreAct = blocks.PreActBlock, true
	return c, err
}
