package graph

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Anomaly is the error of RunChecked: the first values that are not finite.
type Anomaly struct {
	// Layer is the one that computed them, such as layer2.0.conv1. Where they were
	// there before, or are a running statistic, it is the name of the tensor.
	Layer    string
	Op       string // as Operation.String has it; parameter, input or running statistic for a tensor
	Backward bool   // in the computation of gradients
	Value    Range
	Inputs   []NamedRange // of the operation, all of them finite; none for a tensor
}

// NamedRange is the range of what a layer computed or of a tensor.
type NamedRange struct {
	Name  string
	Value Range
}

// Error implements error.
func (a *Anomaly) Error() string {
	if len(a.Inputs) == 0 {
		return fmt.Sprintf("graph: the %s %s is not finite: %v", a.Op, a.Layer, a.Value)
	}
	direction := "forward"
	if a.Backward {
		direction = "backward"
	}
	from := make([]string, len(a.Inputs))
	for i, in := range a.Inputs {
		from[i] = fmt.Sprintf("%s, %v", in.Name, in.Value)
	}
	return fmt.Sprintf("graph: %s (%s, %s) is the first whose output is not finite: %v; computed from %s",
		a.Layer, a.Op, direction, a.Value, strings.Join(from, "; "))
}

// Range tells which values there are among N.
type Range struct {
	Min, Max    float32 // of the finite ones, 0 without any
	NaN, Inf, N int
}

// Finite tells whether all values are.
func (r Range) Finite() bool { return r.NaN+r.Inf == 0 }

// String is such as "-1.5 to 2", or "3 NaN and 1 infinite of 64, the others -1.5 to 2".
func (r Range) String() string {
	span := fmt.Sprintf("%.4g to %.4g", r.Min, r.Max)
	switch {
	case r.Finite():
		return span
	case r.NaN+r.Inf == r.N:
		return fmt.Sprintf("%d NaN and %d infinite of %d", r.NaN, r.Inf, r.N)
	}
	return fmt.Sprintf("%d NaN and %d infinite of %d, the others %s", r.NaN, r.Inf, r.N, span)
}

// rangeOf measures the values, in parts that run in parallel.
func rangeOf(x []float32) Range {
	const part = 1 << 16
	parts := make([]Range, (len(x)+part-1)/part)
	kernel.Parallel(len(parts), func(i int) {
		parts[i] = measure(x[i*part : min((i+1)*part, len(x))])
	})
	all := Range{N: len(x), Min: float32(math.Inf(1)), Max: float32(math.Inf(-1))}
	for _, r := range parts {
		all.NaN += r.NaN
		all.Inf += r.Inf
		all.Min, all.Max = min(all.Min, r.Min), max(all.Max, r.Max)
	}
	if all.NaN+all.Inf == all.N {
		all.Min, all.Max = 0, 0
	}
	return all
}

func measure(x []float32) Range {
	r := Range{Min: float32(math.Inf(1)), Max: float32(math.Inf(-1))}
	for _, v := range x {
		switch {
		case v-v == 0:
			if v < r.Min {
				r.Min = v
			}
			if v > r.Max {
				r.Max = v
			}
		case v != v:
			r.NaN++
		default:
			r.Inf++
		}
	}
	return r
}

// RunChecked is Run that looks at every value: at inputs and parameters before, at
// the output of every operation as it comes. It ends at the first that is not
// finite with an *Anomaly. After a Run whose results are not finite it tells where
// that began: inputs and parameters are still as they were. Like any run it moves
// the running statistics of a training graph, which a training graph does not read.
//
// An operation of Gorgonia's own, such as the sum of two gradients, is looked at
// where one of the vocabulary reads it.
func (m *Machine) RunChecked() error {
	if m == nil {
		return ErrClosed
	}
	return m.run(&watch{graph: m.graph, seen: map[*gorgonia.Node]Range{}})
}

// watch is what RunChecked knows so far: the range of every value, as the memory
// of some is overwritten by the operation that reads them.
type watch struct {
	graph *construction
	seen  map[*gorgonia.Node]Range
}

// leaves looks at what the run starts from.
func (w *watch) leaves() error {
	for _, n := range w.graph.graph.AllNodes() {
		if n.Op() != nil || n.Dtype() != tensor.Float32 {
			continue
		}
		kind := "input"
		if w.graph.leaves[n] != leafInput {
			kind = "parameter"
		}
		if w.seen[n] = rangeOf(Floats(n)); !w.seen[n].Finite() {
			return &Anomaly{Layer: n.Name(), Op: kind, Value: w.seen[n]}
		}
	}
	for _, o := range w.graph.ops {
		if !o.moves {
			if err := o.checkStatistics(); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkStatistics looks at the running statistics of an operation.
func (o *op) checkStatistics() error {
	for _, t := range o.statistics {
		if r := rangeOf(t.memory); !r.Finite() {
			return &Anomaly{Layer: t.Name, Op: "running statistic", Value: r}
		}
	}
	return nil
}

// before looks at the inputs that operations of Gorgonia's own computed.
func (w *watch) before(o *op) error {
	for i, n := range o.inputs {
		in := opOf(n)
		if _, known := w.seen[n]; known || o.args[i].f == nil || in != nil && in.absorbedBy != nil {
			continue
		}
		r := rangeOf(o.args[i].f)
		if t := o.fixed[i]; t != nil && !r.Finite() {
			return &Anomaly{Layer: t.Name, Op: "parameter", Value: r}
		}
		if !r.Finite() {
			name := strings.TrimSuffix(n.Op().String(), " false")
			return w.anomaly(o, fmt.Sprintf("gorgonia's %s before %s", name, o.kindText()), r, childrenOf(n))
		}
		w.seen[n] = r
	}
	return nil
}

// after looks at the output, and at the running statistics that were moved.
func (w *watch) after(o *op) error {
	r := rangeOf(o.result())
	w.seen[o.node] = r
	switch {
	case !r.Finite() && o.absorbed != nil:
		return w.anomaly(o.absorbed, o.absorbed.kindText()+" with "+o.kindText(), r, append(slices.Clone(o.absorbed.inputs), o.inputs...))
	case !r.Finite():
		return w.anomaly(o, o.kindText(), r, o.inputs)
	case o.moves:
		return o.checkStatistics()
	}
	return nil
}

// anomaly names what was found at an operation.
func (w *watch) anomaly(o *op, kind string, r Range, inputs gorgonia.Nodes) *Anomaly {
	a := &Anomaly{Layer: o.layer, Op: kind, Backward: o.backward, Value: r}
	for i, n := range inputs {
		in, known := w.seen[n]
		if !known || slices.Contains(inputs[:i], n) {
			continue // labels, or told already
		}
		name := n.Name()
		if own := opOf(n); own != nil {
			name = own.String()
		}
		a.Inputs = append(a.Inputs, NamedRange{name, in})
	}
	return a
}

// GradientNorm is the L2 norm of all gradients together, after a run. Where it is
// not finite, worst is the parameter nearest to the loss whose gradient is not.
func (m *Machine) GradientNorm() (norm float64, worst string) {
	if !m.made() {
		return 0, ""
	}
	sums := make([]float64, len(m.graph.gradients))
	kernel.Parallel(len(sums), func(i int) {
		for _, v := range Floats(m.graph.gradients[i]) {
			sums[i] += float64(v) * float64(v)
		}
	})
	for i, sum := range sums {
		if sum-sum != 0 {
			worst = m.graph.params[i].Name()
		}
		norm += sum
	}
	return math.Sqrt(norm), worst
}
