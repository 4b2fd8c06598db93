package resnet

import (
	"fmt"
	"strings"

	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// step is a forward operation of a built network with what it reads.
type step struct {
	*graph.Operation
	inputs   []*step // in order, without parameters; nil stands for the picture
	stage    string
	shortcut bool
}

// trace lists the operations with what feeds each.
func trace(b *graph.Builder) []*step {
	var steps []*step
	of := map[*graph.Operation]*step{}
	for _, o := range b.Operations() {
		if o.Kind == graph.KindGorgonia {
			continue // seen through
		}
		s := &step{Operation: o, inputs: feeding(o, of)}
		steps = append(steps, s)
		of[o] = s
	}
	for _, s := range steps {
		if s.joins() {
			s.markShortcut()
		}
	}
	return steps
}

// feeding lists the steps that an operation reads, through Gorgonia's own.
func feeding(o *graph.Operation, of map[*graph.Operation]*step) []*step {
	var out []*step
	for _, in := range o.Inputs {
		switch {
		case in.Operation == nil && in.Parameter == "":
			out = append(out, nil)
		case in.Operation == nil:
		case in.Operation.Kind == graph.KindGorgonia:
			out = append(out, feeding(in.Operation, of)...)
		default:
			out = append(out, of[in.Operation])
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

// unit is the unit of a layer such as layer1.0.conv1: layer1.0; of
// encoder.layers.encoder_layer_0.mlp.0 it is encoder.layers.encoder_layer_0, and of
// features.1.0.block.0 it is features.1.0. An Inception module is one.
func (s *step) unit() string {
	parts, n := strings.Split(s.Layer, "."), 2
	switch {
	case parts[0] == "features" && len(parts) > 1 && parts[1][0] >= '0' && parts[1][0] <= '9':
		n = 3 // stages are not named but numbered
	case parts[0] == "features":
		parts = parts[1:]
	case len(parts) > 1 && parts[1] == "layers":
		n = 3
	}
	switch {
	case strings.HasPrefix(parts[0], "inception"):
		return parts[0]
	case len(parts) <= n:
		return ""
	}
	return strings.Join(parts[:n], ".")
}

// joins tells whether the operation adds a shortcut.
func (s *step) joins() bool {
	switch a := s.Attributes.(type) {
	case graph.NormAttributes:
		return a.Shortcut
	case graph.AddAttributes:
		return true
	}
	return false
}

// follows tells whether the operation belongs to the layer of the one before it.
func (s *step) follows(before *step) bool {
	switch s.Kind {
	case graph.KindConv, graph.KindLinear, graph.KindMaxPool, graph.KindAvgPool, graph.KindAdaptiveAvgPool, graph.KindSubsample,
		graph.KindConcat, graph.KindConvTranspose, graph.KindResize:
		return false
	case graph.KindGlobalAvgPool:
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
func (s *step) describe() (text string, stride int) {
	switch a := s.Attributes.(type) {
	case graph.ConvAttributes:
		if a.Flat {
			return fmt.Sprintf("fc, %d", a.Out), 1
		}
		text = fmt.Sprintf("%dx%d, %d", a.Kernel[0], a.Kernel[1], a.Out)
		if a.Groups > 1 {
			text += fmt.Sprintf(", %d groups", a.Groups)
		}
		return text, a.Stride[0]
	case graph.LinearAttributes:
		return fmt.Sprintf("fc, %d", a.Out), 1
	case graph.SubsampleAttributes:
		return fmt.Sprintf("zero-padded, %d", a.Out), a.Stride
	case graph.PoolAttributes:
		return s.String(), a.Stride[0]
	}
	if s.Kind == graph.KindGlobalAvgPool {
		return "average pool", 1
	}
	return s.String(), 1
}

// setStages names the stage of every operation. Stages end with the features; one
// is called as its units are, and what comes before the first unit is the stem.
func setStages(steps []*step, features []*gorgonia.Node) {
	end := map[string]int{} // an operation is named alike in every graph of a network
	for i, f := range features {
		end[fmt.Sprint(f.Op())] = i + 1
	}
	var stage []*step
	done := 0
	flush := func(name string) {
		for _, s := range stage {
			unit := s.unit()
			at := strings.IndexByte(unit, '.')
			if strings.HasPrefix(unit, "features.") {
				at = strings.LastIndexByte(unit, '.')
			}
			if at >= 0 {
				name = unit[:at]
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
		if i := end[fmt.Sprint(s.Node.Op())]; i > done {
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
