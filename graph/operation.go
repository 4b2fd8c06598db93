package graph

import (
	"fmt"
	"strings"

	"gorgonia.org/gorgonia"
)

// Operation describes one operation of a graph as data: what it computes, from
// what, and how. Summaries, drawings, exporters and experiments read it.
type Operation struct {
	Layer        string     // such as layer1.0.conv1
	Kind         Kind       // what it computes
	Role         Role       // of which it computes the value, or a gradient
	Attributes   Attributes // what the kind needs to know; nil where that is nothing
	Inputs       []Source   // in order
	Shape        []int      // of the output, empty for a scalar
	Parameters   int        // trainable values among the inputs
	MultiplyAdds int64      // of convolutions and products, for the whole batch
	Node         *gorgonia.Node
}

// String is the kind and the role, such as "conv input gradient".
func (o Operation) String() string { return described(o.Kind, o.Role, o.Attributes) }

// described writes what an operation is.
func described(kind Kind, role Role, a Attributes) string {
	text := string(kind)
	if add, ok := a.(AddAttributes); ok && add.Activation != Identity {
		text += " " + add.Activation.String()
	}
	if role != Forward {
		text += " " + string(role)
	}
	return text
}

// Kind is what an operation computes. An operation defined elsewhere (see
// CustomOp) has a kind of its own.
type Kind string

// The kinds of the vocabulary. An activation's kind is its name (see
// Activation.Kind).
const (
	KindConv              Kind = "conv"
	KindBias              Kind = "bias" // added to every pixel
	KindLinear            Kind = "linear"
	KindBatchNorm         Kind = "batch norm"
	KindLayerNorm         Kind = "layer norm"
	KindGroupNorm         Kind = "group norm"
	KindLocalResponseNorm Kind = "local response norm"
	KindConcat            Kind = "concat"
	KindConvTranspose     Kind = "transposed conv"
	KindResize            Kind = "resize"
	KindAdaptiveAvgPool   Kind = "adaptive average pool"
	KindAdd               Kind = "add"
	KindScaleChannels     Kind = "scale channels"
	KindDropout           Kind = "dropout"
	KindStochasticDepth   Kind = "stochastic depth"
	KindMaxPool           Kind = "max pool"
	KindAvgPool           Kind = "average pool"
	KindGlobalAvgPool     Kind = "global average pool"
	KindSubsample         Kind = "subsample"
	KindWeightedSum       Kind = "weighted sum"
	KindCrossEntropy      Kind = "cross entropy"
	KindSoftCrossEntropy  Kind = "soft cross entropy"
	KindTopK              Kind = "top-k"
	KindCorrect           Kind = "correct predictions"
	KindGorgonia          Kind = "gorgonia" // an operation of Gorgonia's own
)

// Role is of what an operation computes which part.
type Role string

// The roles: the value itself, or the gradient of one of the inputs.
const (
	Forward        Role = ""
	Gradient       Role = "gradient" // of the only input that has one
	InputGradient  Role = "input gradient"
	WeightGradient Role = "weight gradient"
	BiasGradient   Role = "bias gradient"
	FactorGradient Role = "factor gradient" // of ScaleChannels
	Recomputed     Role = "recomputed"      // the value, once more on the way back
)

// Source is what an operation reads: one of the three.
type Source struct {
	Operation *Operation // the output of another operation
	Parameter string     // a parameter, by its full name
	Input     string     // an input of the graph, by its full name
}

// Attributes are what a kind of operation needs to know, such as
// ConvAttributes. Those of a CustomOp are its own.
type Attributes any

// ConvAttributes are those of KindConv. Pairs are height and width.
type ConvAttributes struct {
	In, Out  int // channels
	Kernel   [2]int
	Stride   [2]int
	Pad      [4]int // zeros at the top, left, bottom, right
	Dilation [2]int
	Groups   int
	Output   [2]int // size of the picture it makes
	// Flat: see Conv.
	Flat bool
	// Product is the precision that products are computed in.
	Product Precision
}

// String is such as "3x3, 64 to 128, stride 2, 32 groups".
func (a ConvAttributes) String() string {
	text := fmt.Sprintf("%dx%d, %d to %d, stride %d", a.Kernel[0], a.Kernel[1], a.In, a.Out, a.Stride[0])
	if a.Stride[1] != a.Stride[0] {
		text += fmt.Sprintf("x%d", a.Stride[1])
	}
	if a.Dilation != [2]int{1, 1} {
		text += fmt.Sprintf(", dilation %dx%d", a.Dilation[0], a.Dilation[1])
	}
	if a.Groups > 1 {
		text += fmt.Sprintf(", %d groups", a.Groups)
	}
	return text
}

// LinearAttributes are those of KindLinear.
type LinearAttributes struct {
	In, Out int
	Product Precision
}

// NormAttributes are those of KindBatchNorm, KindLayerNorm and KindGroupNorm. Where
// there is a shortcut, it is the last input.
type NormAttributes struct {
	Epsilon    float64
	Momentum   float64 // of running statistics; 0 where there are none
	Groups     int     // of a group norm
	Batch      bool    // the statistics are the batch's, not the running ones
	Shortcut   bool    // one is added
	Activation Activation
}

// PoolAttributes are those of KindMaxPool and KindAvgPool. Pairs are height and
// width.
type PoolAttributes struct {
	Size, Stride [2]int
	Pad          [4]int // at the top, left, bottom, right
	Ceil         bool   // output sizes are rounded up
	ExcludePad   bool   // of averages
}

// SubsampleAttributes are those of KindSubsample.
type SubsampleAttributes struct {
	In, Out int // channels
	Stride  int
}

// AddAttributes are those of KindAdd.
type AddAttributes struct{ Activation Activation }

// ActivationAttributes are those of an activation.
type ActivationAttributes struct{ Activation Activation }

// DropAttributes are those of KindDropout and KindStochasticDepth.
type DropAttributes struct{ Probability float64 }

// TopKAttributes are those of KindTopK.
type TopKAttributes struct{ K int }

// Precision is how many bits a number has, and of what kind: of a value that is
// stored, or of the factors of a product.
type Precision uint8

// Float32 is IEEE 754's binary32, the only precision so far.
const Float32 Precision = 0

// String is its name.
func (Precision) String() string { return "float32" }

// GorgoniaAttributes are those of KindGorgonia.
type GorgoniaAttributes struct{ Op gorgonia.Op }

// Operations lists the operations in order of building, Gorgonia's own among
// them; to see the forward ones alone, ask before Gradients.
func (b *Builder) Operations() []*Operation {
	if !b.made() {
		return nil
	}
	var out []*Operation
	of := map[*gorgonia.Node]*Operation{}
	for _, n := range b.graph.AllNodes() {
		if n.Op() == nil {
			continue
		}
		d := b.describe(n, of)
		of[n] = d
		out = append(out, d)
	}
	return out
}

// describe makes the description of an operation from those of its inputs.
func (b *Builder) describe(n *gorgonia.Node, of map[*gorgonia.Node]*Operation) *Operation {
	d := &Operation{Shape: n.Shape().Clone(), Node: n}
	var inputs gorgonia.Nodes
	if o, ok := n.Op().(*op); ok {
		d.Layer, d.Kind, d.Role, d.Attributes, d.MultiplyAdds = o.layer, o.kind, o.role, o.attributes, o.multiplyAdds
		inputs = o.inputs
	} else {
		d.Layer, d.Kind, d.Attributes = strings.TrimSuffix(n.Op().String(), " false"), KindGorgonia, GorgoniaAttributes{n.Op()}
		for children := b.graph.From(n.ID()); children != nil && children.Next(); {
			inputs = append(inputs, children.Node().(*gorgonia.Node))
		}
	}
	for _, in := range inputs {
		switch s := of[in]; {
		case s != nil:
			d.Inputs = append(d.Inputs, Source{Operation: s})
		case b.leaves[in] == leafParameter || b.leaves[in] == leafFrozen:
			d.Inputs = append(d.Inputs, Source{Parameter: in.Name()})
			if t := b.fixed[in]; b.leaves[in] == leafParameter || t != nil && t.Trainable {
				d.Parameters += in.Shape().TotalSize()
			}
		default:
			d.Inputs = append(d.Inputs, Source{Input: in.Name()})
		}
	}
	return d
}
