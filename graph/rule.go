package graph

import (
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// rule joins operations into one pass over memory where a pattern allows it,
// without changing what they compute. Each has a file of its own, and can be left
// out by name (Options.Unfused) to prove that.
type rule struct {
	name string
	// rewrite changes operations of a graph that is complete. It is nil for rules
	// that act while the graph is built, and ask whether they are wanted by fuses.
	rewrite func(c *construction, keep []*gorgonia.Node)
}

// The rules, by name.
const (
	ruleNormFolded       = "norm-folded"
	ruleTail             = "tail"
	rulePrologue         = "prologue"
	ruleMoments          = "moments"
	ruleShortcutGradient = "shortcut-gradient"
	ruleActivation       = "activation"
	ruleConcat           = "concatenation"
)

var rules = []rule{
	{ruleNormFolded, foldNorms},
	{ruleTail, takeTails},
	{rulePrologue, takePrologues},
	{ruleMoments, takeMoments},
	{ruleShortcutGradient, nil},
	{ruleActivation, nil},
	{ruleConcat, shareRows},
}

// Rules names the rules by which operations are joined, for Options.Unfused.
func Rules() []string {
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.name
	}
	return names
}

// checkRules refuses names of rules that there are not.
func checkRules(names []string) error {
	for _, name := range names {
		if !slices.Contains(Rules(), name) {
			return errors.Errorf("graph: there is no rule %q to leave out; there are %s", name, strings.Join(Rules(), ", "))
		}
	}
	return nil
}

// fuses tells whether a rule is wanted.
func (c *construction) fuses(name string) bool { return !slices.Contains(c.options.Unfused, name) }

// fuse applies the rules to a complete graph, from which operations come out as
// they were defined wherever no rule applies.
func (c *construction) fuse(keep []*gorgonia.Node) {
	for _, o := range c.ops {
		o.fusion = fusion{execute: o.run}
	}
	for _, r := range rules {
		if r.rewrite != nil && c.fuses(r.name) {
			r.rewrite(c, keep)
		}
	}
	if c.options.Packed != nil {
		c.packs()
	}
}

// fusion is what rules made of an operation.
type fusion struct {
	// execute is the definition's run, or what a rule put in its place.
	execute func(out []float32, in []operand)
	// absorbedBy is the operation that does this one's work too: this one is passed
	// over, and has no output. The other reads its inputs from args.
	absorbedBy *op
	absorbed   *op
	behind     *tail  // of what it does, unless it is the convolution or the norm that says so; nil for nothing
	start      *op    // that it does before the convolution; nil for nothing
	chain      *chain // of those that share memory of wider rows, nil for none
	pack       *pack  // the weights that it runs with, where they are packed
	// folds is the convolution whose weights it keeps packed, nil for none: what memory
	// that takes stands in place of the definition's workspace.
	folds *kernel.Algorithm
}
