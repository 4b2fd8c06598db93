package graph

import (
	"time"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
)

// OperationTime is how often an operation ran and how long that took in all.
type OperationTime struct {
	Operation
	Runs int
	Time time.Duration
}

// Measure begins to take the time of every operation, anew at each call.
func (m *Machine) Measure() {
	m.b.measuring = true
	for _, o := range m.b.ops {
		o.runs, o.time = 0, 0
	}
}

// Times are the times since Measure, in order of running. A convolution that is
// folded into a bias or batch norm is one operation with it. What a run took beyond their
// sum went to Gorgonia.
func (m *Machine) Times() []OperationTime {
	operations := m.b.Operations()
	var out []OperationTime
	for i, o := range m.b.ops {
		t := OperationTime{Operation: operations[i], Runs: o.runs, Time: o.time}
		switch {
		case o.foldedInto != nil:
			continue
		case o.folds != nil:
			t.Kind = "conv with " + o.kind
			t.Detail, t.MultiplyAdds = o.folds.detail, o.folds.multiplyAdds
		}
		out = append(out, t)
	}
	return out
}

// Kernels names the kernels in use, avx512, avx2 or go, and measures the
// floating-point operations a second (a multiply-add is two) that the processors
// reach with such instructions and nothing else to do; 0 for go.
func Kernels() (name string, peak float64) { return kernel.Name(), kernel.Peak() }
