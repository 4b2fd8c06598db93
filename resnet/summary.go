package resnet

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
)

// Summary is what a network is made of, for one picture of Input x Input.
type Summary struct {
	Info   Info
	Layers []Layer // in order of building
}

// Layer is an operation with weights or a pooling, together with what follows it
// at once within its unit: bias, norm, activation, addition of the shortcut.
type Layer struct {
	Name         string // as its tensors are named: layer1.0.conv1
	Stage        string // stem, layer1 and so on, head
	Unit         string // layer1.0, or nothing outside units
	Text         string // as in He et al. 2015, table 1: 3x3, 64
	Stride       int
	Shape        []int // of the output, [H W C] or [C]
	Parameters   int   // trainable values, the norm's too
	MultiplyAdds int64 // of convolutions and linear layers, as the papers count

	Shortcut bool // lies on the unit's shortcut
	Joins    bool // ends in the addition of the unit's shortcut

	kind graph.Kind // of its first operation
	last int        // the number of its last one
}

// String is the text with the stride, as in the paper's figure 3: 3x3, 128, /2.
func (l Layer) String() string {
	if l.Stride > 1 {
		return fmt.Sprintf("%s, /%d", l.Text, l.Stride)
	}
	return l.Text
}

// Summarize builds the network once for a picture of side x side, or of its usual
// size where side is 0. It takes the memory of the network's parameters.
func Summarize(n Network, side int) (Summary, error) {
	if n == nil || side < 0 {
		return Summary{}, errors.Errorf("resnet: a summary needs a network and a side that is not negative, got a %T and %d", n, side)
	}
	s := Summary{Info: n.Info()}
	if side > 0 {
		s.Info.Input = side
	}
	if s.Info.Input < 1 {
		return s, errors.Errorf("resnet: %s: want a picture of at least 1 pixel, got a side of %d", s.Info.Name, s.Info.Input)
	}
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{})
	n.Build(b, b.Input("images", 1, s.Info.Input, s.Info.Input, 3))
	if b.Err() != nil {
		return s, b.Err()
	}
	steps := trace(b)
	f := graph.NewBuilder(state, graph.Options{})
	features := n.Features(f, f.Input("images", 1, s.Info.Input, s.Info.Input, 3))
	if f.Err() != nil {
		return s, f.Err()
	}
	setStages(steps, features)
	s.Layers = layersOf(steps)
	return s, nil
}

// layersOf makes layers of operations.
func layersOf(steps []*step) []Layer {
	var layers []Layer
	in := map[*step]int{} // the layer of an operation
	for i, o := range steps {
		at := len(layers)
		if first := o.first(); first != nil && o.follows(first) {
			at = in[first]
		} else {
			text, stride := o.describe()
			layers = append(layers, Layer{Name: o.Layer, Stage: o.stage, Unit: o.unit(), Text: text, Stride: stride, Shortcut: o.shortcut, kind: o.Kind})
		}
		in[o] = at
		l := &layers[at]
		l.Shape, l.last = o.Shape[1:], i
		l.Parameters += o.Parameters
		l.MultiplyAdds += o.MultiplyAdds
		l.Joins = l.Joins || o.joins()
	}
	return layers
}

// Total adds up the layers; its shape is that of the network's output.
func (s Summary) Total() Layer { return total("total", s.Layers) }

func total(name string, layers []Layer) Layer {
	sum := Layer{Name: name, Stage: name}
	for _, l := range layers {
		if l.last >= sum.last {
			sum.Shape, sum.last = l.Shape, l.last
		}
		sum.Parameters += l.Parameters
		sum.MultiplyAdds += l.MultiplyAdds
	}
	return sum
}

// Stages adds up the layers of each stage; the Text of a stage tells its units as
// the paper's table 1 does: [1x1, 64; 3x3, 64; 1x1, 256] x 3.
func (s Summary) Stages() []Layer {
	var out []Layer
	for _, layers := range runs(s.Layers, func(l Layer) string { return l.Stage }) {
		stage := total(layers[0].Stage, layers)
		stage.Text = composition(layers)
		out = append(out, stage)
	}
	return out
}

// runs cuts the layers where the key changes.
func runs(layers []Layer, key func(Layer) string) [][]Layer {
	var out [][]Layer
	for i := range layers {
		if i == 0 || key(layers[i]) != key(layers[i-1]) {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], layers[i])
	}
	return out
}

// composition tells what layers there are, equal ones once; of units, the layers
// that compute, without shortcuts and strides.
func composition(layers []Layer) string {
	var parts []string
	var times []int
	for _, unit := range runs(layers, partOf) {
		var texts []string
		for _, l := range unit {
			switch {
			case l.Shortcut, l.Unit != "" && l.MultiplyAdds == 0:
			case l.Unit == "":
				texts = append(texts, l.String())
			default:
				texts = append(texts, l.Text)
			}
		}
		text := strings.Join(texts, "; ")
		if unit[0].Unit != "" {
			text = "[" + text + "]"
		}
		if n := len(parts); n > 0 && parts[n-1] == text {
			times[n-1]++
			continue
		}
		parts, times = append(parts, text), append(times, 1)
	}
	for i, n := range times {
		if n > 1 {
			parts[i] += " x " + strconv.Itoa(n)
		}
	}
	return strings.Join(parts, "; ")
}

// partOf is the unit of a layer, or the layer alone.
func partOf(l Layer) string {
	if l.Unit != "" {
		return l.Unit
	}
	return l.Name
}

// WriteStages writes a table of the stages and the total.
func (s Summary) WriteStages(w io.Writer) error {
	return s.write(w, "stage", "composition", s.Stages())
}

// WriteLayers writes a table of the layers and the total.
func (s Summary) WriteLayers(w io.Writer) error {
	rows := slices.Clone(s.Layers)
	for i, l := range rows {
		rows[i].Text = l.String()
	}
	return s.write(w, "layer", "operation", rows)
}

func (s Summary) write(w io.Writer, name, text string, rows []Layer) error {
	cells := [][]string{{name, text, "output", "parameters", "multiply-adds"}}
	for _, r := range append(rows, s.Total()) {
		cells = append(cells, []string{r.Name, r.Text, extent(r.Shape), grouped(int64(r.Parameters)), grouped(r.MultiplyAdds)})
	}
	width := make([]int, len(cells[0]))
	for _, row := range cells {
		for i, cell := range row {
			width[i] = max(width[i], len(cell))
		}
	}
	if _, err := fmt.Fprintf(w, "%s: %d layers, input %s, %d classes\n\n", s.Info.Name, s.Info.Layers,
		extent([]int{s.Info.Input, s.Info.Input, 3}), s.Info.Classes); err != nil {
		return err
	}
	for _, row := range cells {
		if _, err := fmt.Fprintf(w, "%-*s  %-*s  %*s  %*s  %*s\n", width[0], row[0], width[1], row[1],
			width[2], row[2], width[3], row[3], width[4], row[4]); err != nil {
			return err
		}
	}
	return nil
}

// extent writes a shape as 56x56x64.
func extent(shape []int) string {
	var parts []string
	for _, n := range shape {
		parts = append(parts, strconv.Itoa(n))
	}
	return strings.Join(parts, "x")
}

// grouped writes a number with a comma before every third digit from the right.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
