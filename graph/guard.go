package graph

import (
	"reflect"
	"unsafe"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// guarded is an operation that is not of the vocabulary, brought by the user or
// Gorgonia's own: its panics come out as errors that name it. Gorgonia runs operations
// on a goroutine of its own, where a panic would end the process.
type guarded struct {
	gorgonia.Op
	machine *Machine
	node    *gorgonia.Node
	brought bool // by the user: its errors are the run's, and it has to answer
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
		r := recover()
		switch {
		case r != nil:
			err = errors.Errorf("panic: %v", r)
		case !g.brought:
			return
		case err == nil && v == nil:
			err = errors.New("it returned neither a value nor an error")
		}
		if err == nil {
			return
		}
		err = errors.WithMessagef(err, "graph: %T %s", g.Op, g.node.Name())
		if g.brought {
			g.machine.fail(err)
		} else {
			g.machine.panicked = err // unless Gorgonia's second way of running it succeeds
		}
	}()
	return do()
}

// nodeOp is where a node of Gorgonia's keeps its operation, which cannot be set from
// outside.
var nodeOp, hasNodeOp = reflect.TypeFor[gorgonia.Node]().FieldByName("op")

// guard puts guards around the operations that are not of the vocabulary, as the
// machine is to run them, and returns what takes them away again from the nodes.
func (m *Machine) guard() (restore func()) {
	set := func(n *gorgonia.Node, op gorgonia.Op) {
		*(*gorgonia.Op)(unsafe.Add(unsafe.Pointer(n), nodeOp.Offset)) = op
	}
	bare := map[*gorgonia.Node]gorgonia.Op{}
	if hasNodeOp && nodeOp.Type == reflect.TypeFor[gorgonia.Op]() {
		for _, n := range m.graph.graph.AllNodes() {
			o := n.Op()
			if _, own := o.(*op); own || o == nil {
				continue
			}
			if brought := isBrought(o); brought || m.graph.computes(n) {
				bare[n] = o
				set(n, &guarded{o, m, n, brought})
			}
		}
	}
	return func() {
		for n, o := range bare {
			set(n, o)
		}
	}
}

// computes tells whether an operation of Gorgonia's is one that it runs. Statements and
// constants, which its compiler knows by their types, have no arguments.
func (c *construction) computes(n *gorgonia.Node) bool {
	return n.Op().Arity() != 0 && c.graph.From(n.ID()).Len() > 0
}

// isBrought tells whether an operation that is not of the vocabulary is not Gorgonia's
// either.
func isBrought(o gorgonia.Op) bool {
	t := reflect.TypeOf(o)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() != reflect.TypeFor[gorgonia.Node]().PkgPath()
}
