package graph

import (
	"reflect"
	"unsafe"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// guarded is an operation that is neither of the vocabulary nor Gorgonia's, brought by
// the user: its errors and panics come out as errors that name it. Gorgonia runs
// operations on a goroutine of its own, where a panic would end the process.
type guarded struct {
	gorgonia.Op
	machine *Machine
	node    *gorgonia.Node
}

// Do implements gorgonia.Op.
func (g *guarded) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	return g.try(func() (gorgonia.Value, error) { return g.Op.Do(in...) })
}

// UsePreallocDo implements gorgonia.UsePreallocDoer.
func (g *guarded) UsePreallocDo(to gorgonia.Value, in ...gorgonia.Value) (gorgonia.Value, error) {
	if o, ok := g.Op.(gorgonia.UsePreallocDoer); ok {
		return g.try(func() (gorgonia.Value, error) { return o.UsePreallocDo(to, in...) })
	}
	return g.Do(in...)
}

// UnsafeDo implements gorgonia.UnsafeDoer.
func (g *guarded) UnsafeDo(in ...gorgonia.Value) (gorgonia.Value, error) {
	if o, ok := g.Op.(gorgonia.UnsafeDoer); ok {
		return g.try(func() (gorgonia.Value, error) { return o.UnsafeDo(in...) })
	}
	return g.Do(in...)
}

// SetTraining implements gorgonia.TrainModeOp.
func (g *guarded) SetTraining(training bool) error {
	if o, ok := g.Op.(gorgonia.TrainModeOp); ok {
		return o.SetTraining(training)
	}
	return nil
}

func (g *guarded) try(do func() (gorgonia.Value, error)) (v gorgonia.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.Errorf("panic: %v", r)
		}
		if err == nil && v == nil {
			err = errors.New("it returned neither a value nor an error")
		}
		if err != nil {
			err = errors.WithMessagef(err, "graph: %T %s", g.Op, g.node.Name())
			g.machine.fail(err)
		}
	}()
	return do()
}

// nodeOp is where a node of Gorgonia's keeps its operation, which cannot be set from
// outside.
var nodeOp, hasNodeOp = reflect.TypeFor[gorgonia.Node]().FieldByName("op")

// guard puts guards around the operations that the user brought, as the machine is to
// run them, and returns what takes them away again from the nodes.
func (m *Machine) guard() (restore func()) {
	set := func(n *gorgonia.Node, op gorgonia.Op) {
		*(*gorgonia.Op)(unsafe.Add(unsafe.Pointer(n), nodeOp.Offset)) = op
	}
	brought := map[*gorgonia.Node]gorgonia.Op{}
	if hasNodeOp && nodeOp.Type == reflect.TypeFor[gorgonia.Op]() {
		for _, n := range m.graph.graph.AllNodes() {
			if o := n.Op(); o != nil && isBrought(o) {
				brought[n] = o
				set(n, &guarded{o, m, n})
			}
		}
	}
	return func() {
		for n, o := range brought {
			set(n, o)
		}
	}
}

// isBrought tells whether an operation is neither of the vocabulary nor Gorgonia's.
func isBrought(o gorgonia.Op) bool {
	if _, own := o.(*op); own {
		return false
	}
	t := reflect.TypeOf(o)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() != reflect.TypeFor[gorgonia.Node]().PkgPath()
}
