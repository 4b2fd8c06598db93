package graph

import (
	"time"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
)

// OperationTime is how often an operation ran and how long that took in all.
type OperationTime struct {
	*Operation
	// Absorbed is the operation whose work it did too, such as the convolution that
	// is folded into a batch norm; nil for none.
	Absorbed *Operation
	Runs     int
	Time     time.Duration
}

// String is such as "conv input gradient", or "conv with batch norm".
func (t OperationTime) String() string {
	if t.Operation == nil {
		return "no operation"
	}
	if t.Absorbed != nil {
		return t.Absorbed.String() + " with " + t.Operation.String()
	}
	return t.Operation.String()
}

// Work is how many multiply-adds a run takes.
func (t OperationTime) Work() int64 {
	if t.Operation == nil {
		return 0
	}
	if t.Absorbed != nil {
		return t.Absorbed.MultiplyAdds + t.MultiplyAdds
	}
	return t.MultiplyAdds
}

// Measure begins to take the time of every operation, anew at each call.
func (m *Machine) Measure() {
	if !m.made() {
		return
	}
	m.measuring = true
	for _, o := range m.graph.ops {
		o.runs, o.time = 0, 0
	}
}

// Times are the times since Measure, in order of running. What a run took beyond
// their sum went to Gorgonia.
func (m *Machine) Times() []OperationTime {
	if !m.made() {
		return nil
	}
	b := Builder{construction: m.graph}
	of := map[*op]*Operation{}
	var out []OperationTime
	for _, d := range b.Operations() {
		o := opOf(d.Node)
		if o == nil {
			continue
		}
		of[o] = d
		if o.absorbedBy == nil {
			out = append(out, OperationTime{Operation: d, Absorbed: of[o.absorbed], Runs: o.runs, Time: o.time})
		}
	}
	return out
}

// Kernels names the kernels in use, avx512, avx2 or go, and measures the
// floating-point operations a second (a multiply-add is two) that the processors
// reach with such instructions and nothing else to do; 0 for go.
func Kernels() (name string, peak float64) { return kernel.Name(), kernel.Peak() }
