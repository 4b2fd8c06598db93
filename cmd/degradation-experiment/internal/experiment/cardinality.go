package experiment

import (
	"fmt"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training/report"
	"github.com/pkg/errors"
)

// breadth is a template of ResNeXt: groups and the width of each, in units of 32 channels
// in and out of the first stage's inner convolutions.
type breadth struct {
	kind          Kind
	groups, width int
}

// breadths have units of nearly equal cost: with g groups of d channels between 128
// outside, 2·128·gd + 9·gd². The last two cost twice as much.
var breadths = []breadth{
	{"1x32d", 1, 32}, {"2x20d", 2, 20}, {"4x12d", 4, 12}, {"8x7d", 8, 7}, {"32x2d", 32, 2},
	{"1x50d", 1, 50}, {"16x7d", 16, 7},
}

// This compares wide convolutions with more groups of narrow ones, at equal cost (Xie et
// al. 2016, arXiv:1611.05431, table 3).
var _ = register(&Design{
	Name: "cardinality", Year: 2016,
	About: "one wide 3x3 convolution against more groups of narrow ones, at equal cost (Xie et al. 2016, table 3)",
	Kinds: breadthKinds(),
	Usual: map[string]string{"depths": "20", "kinds": "1x32d,2x20d,4x12d,8x7d"},
	Paper: true,
	Check: func(_ Kind, depth int) error {
		if depth < 11 || depth%9 != 2 {
			return errors.Errorf("experiment: networks of bottlenecks for CIFAR have 9n+2 layers (11, 20, 29, ...), not %d", depth)
		}
		return nil
	},
	Label: func(n Network) string { return fmt.Sprintf("resnext%d_%s", n.Depth, n.Kind) },
	Model: func(n Network) resnet.Network {
		units := (n.Depth - 2) / 9
		c := resnet.Config{
			About: resnet.Info{Name: n.Name(), Layers: n.Depth}, Block: blocks.Bottleneck, Unit: blocks.Unit{Shortcut: blocks.ShortcutB},
			Stages: []resnet.Stage{{Units: units, Planes: 32, Stride: 1}, {Units: units, Planes: 64, Stride: 2}, {Units: units, Planes: 128, Stride: 2}},
		}
		for _, b := range breadths {
			if b.kind == n.Kind { // Planes 32 at the base width of 64
				c.Unit.Groups, c.Unit.BaseWidth = b.groups, 2*b.width
			}
		}
		return n.fit(c)
	},
	Settle:   func(_ *Config, n *Network) { n.Shortcut = blocks.ShortcutB },
	Diverges: true,
	Judge: func(r *Results) Verdict {
		var pairs []pair
		for _, b := range breadths[1:5] {
			pairs = append(pairs, pair{b.kind, breadths[0].kind})
		}
		v := r.comparisons(append(pairs, pair{"16x7d", "1x50d"})...)
		return v.conclude(cardinalityHeadline(v))
	},
	Page: func(r *Results, v Verdict) report.Page {
		return r.sheet(v.(Comparisons), sheet{
			title: "Cardinality: wider, or in more groups?",
			lead: "A bottleneck's 3x3 convolution can be one wide one, or many narrow ones side by side. At equal parameters and multiply-adds Xie et al. 2016 find that more groups " +
				"are better than more width within one: 22.2 against 23.9 % on ImageNet from 1x64d to 32x4d (table 3, ResNet-50).",
			curves: "In the paper the training error is lower with more groups too: it is not a matter of overfitting (section 5.1, figure 5).",
			recipe: paperRecipe,
		})
	},
})

func breadthKinds() (kinds []Kind) {
	for _, b := range breadths {
		kinds = append(kinds, b.kind)
	}
	return kinds
}

func cardinalityHeadline(v Comparisons) string {
	every := func(Comparison) bool { return true }
	text := "Whether more groups are better than one wide one depends on how many."
	switch {
	case v.all(undecided, every):
		text = "Whether more groups are better than one wide one is not decided."
	case v.all(better, every):
		text = "At equal cost more groups train better than one wide one."
	case v.all(worse, every):
		text = "At equal cost more groups train worse than one wide one."
	}
	return text
}
