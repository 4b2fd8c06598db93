package resnet

import (
	"fmt"
	"strings"

	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// step is an operation of a built network with what it reads.
type step struct {
	graph.Operation
	inputs   []*step // in order; nil stands for the picture
	stage    string
	shortcut bool
}

// trace lists the operations with what feeds each.
func trace(b *graph.Builder) []*step {
	var steps []*step
	of := map[int64]*step{}
	for _, o := range b.Operations() {
		s := &step{Operation: o}
		steps = append(steps, s)
		of[o.Node.ID()] = s
	}
	parameters := map[int64]bool{}
	for _, n := range b.Params() {
		parameters[n.ID()] = true
	}
	for _, s := range steps {
		s.inputs = feeding(b.Graph(), s.Node, of, parameters)
	}
	for _, s := range steps {
		if s.joins() {
			s.markShortcut()
		}
	}
	return steps
}

// title names what computes a node, the same in every graph of a network.
func title(n *gorgonia.Node) string { return fmt.Sprint(n.Op()) }

// feeding lists the operations that a node reads, through nodes that are not of
// the vocabulary.
func feeding(g *gorgonia.ExprGraph, n *gorgonia.Node, of map[int64]*step, parameters map[int64]bool) []*step {
	var out []*step
	for children := g.From(n.ID()); children != nil && children.Next(); {
		child := children.Node().(*gorgonia.Node)
		switch s := of[child.ID()]; {
		case s != nil:
			out = append(out, s)
		case parameters[child.ID()]:
		case child.Op() != nil:
			out = append(out, feeding(g, child, of, parameters)...)
		default:
			out = append(out, nil)
		}
	}
	return out
}

// first is the operation whose output this one transforms, nil for the picture.
func (s *step) first() *step {
	if len(s.inputs) == 0 {
		return nil
	}
	return s.inputs[0]
}

// unit is the unit of a layer such as layer1.0.conv1: layer1.0.
func (s *step) unit() string {
	parts := strings.Split(s.Layer, ".")
	if len(parts) < 3 {
		return ""
	}
	return parts[0] + "." + parts[1]
}

// joins tells whether the operation adds a shortcut.
func (s *step) joins() bool {
	return len(s.inputs) > 1 && (s.Kind == "batch norm" || s.Kind == "add" || s.Kind == "add relu")
}

// follows tells whether the operation belongs to the layer of the one before it.
func (s *step) follows(before *step) bool {
	switch s.Kind {
	case "conv", "linear", "max pool", "subsample":
		return false
	case "global average pool":
		return len(before.Shape) == 4 && before.Shape[1] == 1 && before.Shape[2] == 1 // nothing to average
	}
	return s.stage == before.stage && s.unit() == before.unit()
}

// markShortcut marks what lies on the shortcut that ends here: the operations of
// the unit that lead to the second input and not to the first.
func (s *step) markShortcut() {
	branch := map[*step]bool{}
	var walk func(from *step, visit func(*step) bool)
	walk = func(from *step, visit func(*step) bool) {
		if from == nil || from.unit() != s.unit() || s.unit() == "" || !visit(from) {
			return
		}
		for _, in := range from.inputs {
			walk(in, visit)
		}
	}
	walk(s.inputs[0], func(o *step) bool {
		seen := branch[o]
		branch[o] = true
		return !seen
	})
	walk(s.inputs[1], func(o *step) bool {
		o.shortcut = !branch[o]
		return o.shortcut
	})
}

// describe writes an operation as the paper's table 1 does, and its stride.
func (s *step) describe(state *graph.State) (text string, stride int) {
	out := s.Shape[len(s.Shape)-1]
	stride = 1
	var in []int
	if children := s.Node.Graph().From(s.Node.ID()); children.Next() {
		in = children.Node().(*gorgonia.Node).Shape()
	}
	if len(in) == 4 && len(s.Shape) == 4 {
		stride = (in[1] + s.Shape[1]/2) / s.Shape[1]
	}
	switch s.Kind {
	case "conv":
		w := state.Get(s.Layer + ".weight")
		if w == nil || len(in) != 4 {
			return fmt.Sprintf("conv, %d", out), stride
		}
		if w.Layout == graph.HWIOFlat {
			return fmt.Sprintf("fc, %d", out), 1
		}
		shape := w.Shape()
		text = fmt.Sprintf("%dx%d, %d", shape[0], shape[1], out)
		if groups := in[3] / shape[2]; groups > 1 {
			text += fmt.Sprintf(", %d groups", groups)
		}
		return text, stride
	case "linear":
		return fmt.Sprintf("fc, %d", out), 1
	case "global average pool":
		return "average pool", 1
	case "subsample":
		return fmt.Sprintf("zero-padded, %d", out), stride
	}
	return s.Kind, stride
}

// setStages names the stage of every operation. Stages end with the features; one
// is called as its units are, and what comes before the first unit is the stem.
func setStages(steps []*step, features []*gorgonia.Node) {
	end := map[string]int{}
	for i, f := range features {
		end[title(f)] = i + 1
	}
	var stage []*step
	done := 0
	flush := func(name string) {
		for _, s := range stage {
			if unit, _, ok := strings.Cut(s.unit(), "."); ok {
				name = unit
				break
			}
		}
		started := done != 0
		for _, s := range stage {
			started = started || s.unit() != "" || !anyUnit(stage)
			s.stage = name
			if !started {
				s.stage = "stem"
			}
		}
		stage = nil
	}
	for _, s := range steps {
		stage = append(stage, s)
		if i := end[title(s.Node)]; i > done {
			flush(fmt.Sprintf("stage%d", i))
			done = i
		}
	}
	for _, s := range stage {
		s.stage = "head"
	}
}

func anyUnit(steps []*step) bool {
	for _, s := range steps {
		if s.unit() != "" {
			return true
		}
	}
	return false
}
