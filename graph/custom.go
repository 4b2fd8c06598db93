package graph

import (
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// CustomOp is an operation defined outside this package. It takes part in all that
// the vocabulary's own do: the memory plan and the estimate, Operations, times, the
// search for anomalies, errors that name the layer (a panic in it is one), and
// determinism, as long as Forward computes the same bits from the same inputs.
type CustomOp struct {
	Kind       Kind       // what it computes, in a word or two
	Role       Role       // Forward, or that of a gradient
	Attributes Attributes // what readers of Operations may want to know
	Shape      []int      // of the output; none for a scalar

	// Forward computes the output from the inputs, in order: float32 of their shapes,
	// of which the last dimension runs fastest, and one value for a scalar. y comes with
	// what was in its memory before, so every value is to be written. Forward may not
	// keep any of the slices, nor write to the inputs.
	Forward func(y []float32, inputs ...[]float32)

	// Check, unless nil, looks at the inputs before Forward; what it returns is the error of
	// the run, which names the operation.
	Check func(inputs ...[]float32) error

	// Gradient emits the gradients of the inputs, usually by Apply; nil for an
	// operation through which no gradient flows.
	Gradient func(d Differentiation) gorgonia.Nodes

	MultiplyAdds int64 // of one run, where that is the customary measure of its work
	Saved        int   // values of four bytes that it keeps besides its output
	Workspace    int   // values of four bytes that it holds while it runs
	// InPlace lists the inputs whose memory the output may take: element i of the
	// output must depend on element i of these alone.
	InPlace []int
}

// Differentiation is one operation on the way back.
type Differentiation struct {
	*Builder
	Layer    string         // of the operation, to apply others under
	Inputs   gorgonia.Nodes // of the operation
	Output   *gorgonia.Node
	Gradient *gorgonia.Node // of the loss with respect to Output, of its shape
	// Wanted tells of which inputs a gradient is to be returned, of the input's
	// shape; others are nil.
	Wanted []bool
}

// Apply adds an operation of one's own, of layer, on float32 inputs, and returns its
// output, of c.Shape. It is an error of the Builder if c lacks a kind or a forward
// function, has impossible sizes, or has no input.
func (b *Builder) Apply(layer string, c CustomOp, inputs ...*gorgonia.Node) *gorgonia.Node {
	if !b.ready(layer, inputs...) {
		return nil
	}
	switch {
	case c.Kind == "" || c.Forward == nil || len(inputs) == 0:
		return b.failf("%s: an operation needs a kind, a forward function and an input", b.full(layer))
	case len(c.Shape) > 0 && slices.Min(c.Shape) < 1:
		return b.failf("%s (%s): every dimension of the output must be at least 1, got %v", b.full(layer), c.Kind, c.Shape)
	case c.Saved < 0 || c.Workspace < 0 || c.MultiplyAdds < 0:
		return b.failf("%s (%s): memory and work cannot be negative", b.full(layer), c.Kind)
	}
	for _, i := range c.InPlace {
		if i < 0 || i >= len(inputs) || inputs[i].Shape().TotalSize() != tensor.Shape(c.Shape).TotalSize() {
			return b.failf("%s (%s): the output of shape %v cannot take the memory of input %d", b.full(layer), c.Kind, c.Shape, i)
		}
	}
	d := definition{
		kind: c.Kind, role: c.Role, attributes: c.Attributes, out: slices.Clone(c.Shape), multiplyAdds: c.MultiplyAdds,
		saved: c.Saved, held: c.Workspace, inPlace: slices.Clone(c.InPlace),
	}
	floats := make([][]float32, len(inputs))
	given := func(in []operand) [][]float32 {
		for i, o := range in {
			floats[i] = o.f
		}
		return floats
	}
	d.run = func(y []float32, in []operand) { c.Forward(y, given(in)...) }
	if c.Check != nil {
		d.check = func(in []operand) error { return c.Check(given(in)...) }
	}
	if c.Gradient != nil {
		d.diff = func(o *op, in gorgonia.Nodes, y, dy *gorgonia.Node) gorgonia.Nodes {
			grads := c.Gradient(Differentiation{b, layer, in, y, dy, slices.Clone(o.wrt)})
			return b.checkGradients(o, in, grads)
		}
	}
	return b.apply(layer, d, inputs...)
}

// checkGradients refuses gradients that do not fit the inputs: Gorgonia would
// panic, or go on with the wrong shape.
func (b *Builder) checkGradients(o *op, in, grads gorgonia.Nodes) gorgonia.Nodes {
	if b.Err() != nil {
		return nil
	}
	if len(grads) != len(in) {
		b.failf("%v: want a gradient, or nil, for each of %d inputs, got %d", o, len(in), len(grads))
		return nil
	}
	for i, g := range grads {
		switch {
		case !o.wrt[i]:
			grads[i] = nil
		case g == nil:
			b.failf("%v: the gradient of input %d is wanted and missing", o, i)
		case !g.Shape().Eq(in[i].Shape()):
			b.failf("%v: the gradient of input %d must have its shape %v, got %v", o, i, in[i].Shape(), g.Shape())
		}
	}
	return grads
}
