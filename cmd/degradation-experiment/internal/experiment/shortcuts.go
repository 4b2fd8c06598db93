package experiment

import (
	"fmt"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training/report"
)

// This compares the shortcuts A, B and C and none at one depth (He et al. 2015, section
// 4.1 and table 3, where the three do nearly the same).
var _ = register(&Design{
	Name: "shortcuts", Year: 2015,
	About: "shortcuts A, B and C and none, at equal depth (He et al. 2015, table 3)",
	Kinds: []Kind{"A", "B", "C", noShortcut},
	Usual: map[string]string{"depths": "20", "kinds": "A,B,C,none", "seeds": "1,2,3", "lr": "0.05"},
	Paper: true,
	Check: checkCIFAR,
	Label: func(n Network) string { return fmt.Sprintf("resnet%d-%s", n.Depth, n.Kind) },
	Model: func(n Network) resnet.Network {
		c, _ := resnet.CIFAR(n.Depth) // the depth has been checked
		c.Unit.Shortcut = n.Shortcut
		return n.fit(c)
	},
	Settle:   func(_ *Config, n *Network) { n.Shortcut = blocks.Shortcut(n.Kind) },
	Shares:   identityUnits,
	Diverges: true,
	Judge: func(r *Results) Verdict {
		v := r.comparisons(pair{noShortcut, "A"}, pair{noShortcut, "B"}, pair{noShortcut, "C"}, pair{"B", "A"}, pair{"C", "A"}, pair{"C", "B"})
		return v.conclude(shortcutsHeadline(v))
	},
	Page: func(r *Results, v Verdict) report.Page {
		return r.sheet(v.(Comparisons), sheet{
			title: "Shortcuts: which one, and is there need of one?",
			lead: "A shortcut can be the identity, padded with zeros where channels are added (A), a projection there (B), or a projection in every unit (C). " +
				"He et al. 2015 find all three much better than none, and little between them: so projections, which cost parameters and multiply-adds, are not what cures degradation.",
			curves:   "In the paper C is slightly better than B, and B than A; the differences are put down to the parameters of the projections (section 4.1, table 3).",
			recipe:   paperRecipe,
			sections: []report.Section{r.shareSection()},
		})
	},
})

func shortcutsHeadline(v Comparisons) string {
	among := func(c Comparison) bool { return !c.without() }
	text := "Whether shortcuts help is decided in a part of the comparisons."
	switch {
	case v.all(undecided, Comparison.without):
		text = "Whether shortcuts help is not decided."
	case v.all(worse, Comparison.without):
		text = "Without shortcuts the network trains worse than with any of them."
	case v.all(better, Comparison.without):
		text = "Without shortcuts the network trains better than with any of them, at this depth and so few steps."
	case !v.any(Comparison.without):
		text = "There is no network without shortcuts to compare with."
	}
	switch {
	case v.all(undecided, among):
		text += " Among the shortcuts nothing is decided: their differences are within chance."
	case v.any(among):
		text += " Among the shortcuts there are differences beyond chance."
	}
	return text
}
