package resnet

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"gorgonia.org/gorgonia"
)

// Recognize tells which named network has tensors of these names and shapes, and for
// how many classes; "" if none has. What stands for several, such as resnet50 and
// resnet50_2015, is the first of Names. Counters are passed over, and so are copies of
// tensors behind a name, such as the velocities in a checkpoint.
func Recognize(tensors []weights.Spec) (name string, classes int) {
	given := make(map[string][]int, len(tensors))
	for _, s := range tensors {
		if len(s.Shape) > 0 {
			given[s.Name] = s.Shape
		}
	}
	withoutCopies(given)
	for _, c := range candidates(given) {
		network, err := Lookup(c.name, c.options)
		if err != nil {
			continue
		}
		if classes := isOf(network, given); classes > 0 {
			switch {
			case c.options.Shortcut != "":
				return fmt.Sprintf("%s with shortcuts %s", c.name, c.options.Shortcut), classes
			case c.options.Input != 0:
				return fmt.Sprintf("%s for pictures of %dx%d", c.name, c.options.Input, c.options.Input), classes
			}
			return c.name, classes
		}
	}
	return "", 0
}

// withoutCopies takes out the groups in which every tensor, without what its name begins
// with, is there too.
func withoutCopies(given map[string][]int) {
	own := map[string]bool{}
	for name, shape := range given {
		group, rest, _ := strings.Cut(name, ".")
		if of, ok := given[rest]; !ok || !weights.SameShape(of, shape) {
			own[group] = true
		}
	}
	for name := range given {
		if group, _, _ := strings.Cut(name, "."); !own[group] {
			delete(given, name)
		}
	}
}

type recognized struct {
	name    string
	options Options
}

// candidates are the networks with as many units in each stage.
func candidates(given map[string][]int) (out []recognized) {
	if given["features.0.0.weight"] != nil {
		return inStages(given)
	}
	for _, f := range Families() {
		if f.Tensor != "" && has(given, f.Tensor) {
			for _, name := range f.Names {
				out = append(out, recognized{name, Options{}})
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	if positions := given["encoder.pos_embedding"]; len(positions) == 3 {
		side := int(math.Round(math.Sqrt(float64(positions[1] - 1))))
		for _, v := range vits {
			o := Options{Input: side * v.Patch}
			if o.Input == v.About.Input {
				o.Input = 0
			}
			out = append(out, recognized{v.About.Name, o})
		}
		return out
	}
	units := unitsOf(given, "layer%d.%d.", 1, 1)
	if len(units) == 3 && units[0] == units[1] && units[1] == units[2] {
		for _, family := range []string{"resnet", "plain"} {
			name := fmt.Sprint(family, 6*units[0]+2)
			out = append(out, recognized{name, Options{}}, recognized{name, Options{Shortcut: blocks.ShortcutB}}, recognized{name, Options{Shortcut: blocks.ShortcutC}})
		}
	}
	for _, name := range Names() {
		network, err := Lookup(name, Options{})
		c, ok := network.(Config)
		if err != nil || !ok || !slices.EqualFunc(c.Stages, units, func(s Stage, n int) bool { return s.Units == n }) {
			continue
		}
		out = append(out, recognized{name, Options{}})
		if c.About.Input >= 64 {
			out = append(out, recognized{name, Options{Input: 32}})
		}
	}
	return out
}

// inStages are the EfficientNets and ConvNeXts with as many units in each stage.
func inStages(given map[string][]int) (out []recognized) {
	if given["features.0.1.running_mean"] != nil {
		units := unitsOf(given, "features.%d.%d.block.", 1, 1)
		for _, e := range slices.Concat(efficientNets, efficientNetsV2) {
			if slices.EqualFunc(e.Stages, units, func(s InvertedStage, n int) bool { return s.Units == n }) {
				out = append(out, recognized{e.About.Name, Options{}})
			}
		}
		return out
	}
	units := unitsOf(given, "features.%d.%d.block.", 1, 2)
	for _, c := range convNeXts {
		if slices.EqualFunc(c.Stages, units, func(s Stage, n int) bool { return s.Units == n }) {
			out = append(out, recognized{c.About.Name, Options{}})
		}
	}
	return out
}

// unitsOf counts the units of each stage, which are named by the number of the stage, so
// many apart, and of the unit.
func unitsOf(given map[string][]int, name string, first, apart int) []int {
	var units []int
	for {
		n := 0
		for has(given, fmt.Sprintf(name, first+apart*len(units), n)) {
			n++
		}
		if n == 0 {
			return units
		}
		units = append(units, n)
	}
}

func has(given map[string][]int, beginning string) bool {
	for name := range given {
		if strings.HasPrefix(name, beginning) {
			return true
		}
	}
	return false
}

// isOf tells whether the tensors are those of a network, but for the number of
// classes, which it returns; 0 if they are not.
func isOf(n Network, given map[string][]int) int {
	build := n.Build
	if a, ok := n.(Auxiliary); ok && has(given, "aux") {
		build = func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			logits, _, _ := a.BuildAuxiliary(b, x)
			return logits
		}
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{})
	build(b, b.Input("x", 1, n.Info().Input, n.Info().Input, 3))
	if b.Err() != nil {
		return 0
	}
	specs := b.State().Specs()
	head := b.State().Head()[0]
	classes := 0
	known := make(map[string]bool, len(specs))
	for _, s := range specs {
		known[s.Name] = true
		shape := given[s.Name]
		if shape == nil {
			return 0
		}
		want := s.Shape
		if strings.HasPrefix(s.Name, head) {
			classes = shape[0]
			shape, want = shape[1:], want[1:]
		}
		if !slices.Equal(shape, want) {
			return 0
		}
	}
	for name, shape := range given {
		if !known[name] && slices.ContainsFunc(shape, func(n int) bool { return n != 1 }) {
			return 0
		}
	}
	return classes
}
