package experiment

import (
	"fmt"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/report"
	"github.com/pkg/errors"
)

const (
	preLN      Kind = "pre-LN"
	postLN     Kind = "post-LN"
	postLNWarm Kind = "post-LN-warmup"
	noShortcut Kind = "none"
)

// warmedUp is the part of the steps in which the learning rate rises, for the kind that
// has a warm-up.
const warmedUp = 0.2

// This compares encoder blocks with and without shortcuts, and where the norm stands
// (Xiong et al. 2020, arXiv:2002.04745).
var _ = register(&Design{
	Name: "transformer", Year: 2020,
	About:   "vit_tiny_cifar of 4, 12 and 24 blocks: shortcuts with the norm before, after, after and with warm-up, and none (Xiong et al. 2020)",
	Kinds:   []Kind{preLN, postLN, postLNWarm, noShortcut},
	Usual:   map[string]string{"depths": "4,12,24", "kinds": "pre-LN,post-LN,post-LN-warmup,none", "lr": "0.001", "batch": "32", "limit-test": "500", "subset": "500"},
	Records: 4, // of so large networks that to measure them takes as long as some dozen steps,
	Check: func(_ Kind, depth int) error {
		if depth < 1 || depth > 1000 {
			return errors.Errorf("experiment: a Transformer has 1 to 1000 blocks, not %d", depth)
		}
		return nil
	},
	Label: func(n Network) string { return fmt.Sprintf("vit%d-%s", n.Depth, n.Kind) },
	Model: func(n Network) resnet.Network {
		network, _ := resnet.Lookup("vit_tiny_cifar", resnet.Options{}) // there is one
		v, _ := network.(resnet.ViT)
		v.About.Classes, v.About.Input = n.Classes, n.Picture[0]
		v.Blocks = n.Depth
		v.Encoder.Order = map[Kind]blocks.EncoderOrder{preLN: blocks.PreLN, postLN: blocks.PostLN, postLNWarm: blocks.PostLN, noShortcut: blocks.NoShortcut}[n.Kind]
		return v
	},
	Settle: func(c *Config, n *Network) {
		var s training.Schedule = training.Cosine{Base: c.Rate}
		if n.Kind == postLNWarm {
			span := max(int(warmedUp*float64(c.Iterations)), 1)
			s = training.Warmup{Span: training.Iterations(span), Start: 0.01, Then: s}
		}
		if n.Schedule = fmt.Sprint(s); n.Kind != noShortcut {
			n.Shortcut = "identity"
		}
	},
	Optimizer: func(Network) training.Optimizer {
		a := training.NewAdamW()
		a.Decay = 0.05
		return a
	},
	Diverges: true,
	Judge: func(r *Results) Verdict {
		v := r.comparisons(pair{noShortcut, preLN}, pair{postLN, preLN}, pair{postLNWarm, postLN}, pair{postLNWarm, preLN})
		return v.conclude(transformerHeadline(v))
	},
	Page: func(r *Results, v Verdict) report.Page {
		return r.sheet(v.(Comparisons), sheet{
			title: "Transformers: what became of the shortcut",
			lead: "Every block of a Transformer has two shortcuts. In ViT the norm stands on the branch, x + F(norm(x)), and the shortcut is a pure identity from block to block; " +
				"in the Transformer of 2017 it stands behind the addition, norm(x + F(x)), and training needs a warm-up. Here both are compared with a twin that has none, F(norm(x)).",
			curves: "Xiong et al. 2020 derive that without a warm-up the gradients near the output are large where the norm stands after the addition, whatever the depth, and " +
				"well-behaved where it stands before.",
			recipe: "AdamW with a weight decay of 0.05, and a learning rate that falls with half a cosine; with warm-up it rises first, over a fifth of the steps",
		})
	},
})

func transformerHeadline(v Comparisons) string {
	text := "Whether shortcuts help is decided at some depths alone."
	var deep []string
	for _, c := range v.Comparisons {
		if c.without() && c.Says == worse {
			deep = append(deep, fmt.Sprint(c.Depth))
		}
	}
	if len(deep) > 0 {
		text = fmt.Sprintf("Without shortcuts the Transformer trains worse with %s blocks; at other depths that is not so, or not decided.", joined(deep))
	}
	switch {
	case v.all(worse, Comparison.without):
		text = "Without shortcuts the Transformer trains worse, at every depth."
	case v.all(undecided, Comparison.without):
		text = "Whether shortcuts help is not decided."
	case v.all(better, Comparison.without):
		text = "Without shortcuts the Transformer trains better, at every depth."
	case !v.any(Comparison.without):
		text = "There is no Transformer without shortcuts to compare with."
	}
	after := func(of Kind) func(Comparison) bool { return func(c Comparison) bool { return c.kind == of } }
	switch {
	case v.all(worse, after(postLN)):
		text += " With the norm after the addition and no warm-up it trains worse than with the norm before."
	case v.all(undecided, after(postLN)):
		text += " Whether it trains worse with the norm after the addition and no warm-up than with the norm before is not decided."
	case v.any(after(postLN)):
		text += " Whether it trains worse with the norm after the addition and no warm-up than with the norm before depends on the depth."
	}
	return text
}
