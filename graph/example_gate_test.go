package graph_test

import (
	"fmt"
	"log"

	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// gate multiplies x, of any shape, by the parameter layer.alpha, a single number that
// begins at the given value and is learnt.
func gate(b *graph.Builder, layer string, x *gorgonia.Node, start float32) *gorgonia.Node {
	alpha := b.Parameter(layer+".alpha", graph.Constant(start), 1)
	if b.Err() != nil {
		return nil
	}
	scale := graph.CustomOp{
		Kind:    "gate",
		Shape:   x.Shape(),
		InPlace: []int{0}, // the product may take the memory of x where nobody else reads it
		Forward: func(y []float32, inputs ...[]float32) {
			alpha := inputs[1][0]
			for i, v := range inputs[0] {
				y[i] = alpha * v
			}
		},
	}
	forward := scale
	forward.Gradient = func(d graph.Differentiation) gorgonia.Nodes {
		x, alpha, grads := d.Inputs[0], d.Inputs[1], make(gorgonia.Nodes, 2)
		if d.Wanted[0] {
			back := scale
			back.Role = graph.InputGradient
			grads[0] = d.Apply(d.Layer, back, d.Gradient, alpha)
		}
		if d.Wanted[1] { // not where layer.alpha is frozen
			grads[1] = d.Apply(d.Layer, graph.CustomOp{
				Kind:  "gate",
				Role:  graph.FactorGradient,
				Shape: []int{1},
				Forward: func(dalpha []float32, inputs ...[]float32) {
					sum := 0.0
					for i, v := range inputs[0] {
						sum += float64(v) * float64(inputs[1][i])
					}
					dalpha[0] = float32(sum)
				},
			}, d.Gradient, x)
		}
		return grads
	}
	return b.Apply(layer, forward, x, alpha)
}

// A parameter of one's own: a residual branch is multiplied by a number that begins at
// 0, so that a unit begins as the identity (ReZero, Bachlechner et al. 2020). It is
// trained, saved and counted like those of the layers.
func ExampleBuilder_Parameter() {
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{Training: true})
	images, labels := b.Input("images", 4, 8, 8, 3), b.Labels("labels", 4)
	unit := b.Scope("unit")
	branch := unit.Conv("conv", images, graph.Conv{Out: 3, Kernel: 3, Pad: 1})
	y := unit.Add("add", images, gate(unit, "gate", branch, 0), graph.ReLU)
	loss, _ := b.CrossEntropy("loss", b.Linear("fc", b.GlobalAvgPool("pool", y), 2), labels)
	b.Gradients(loss)
	machine, err := b.Compile()
	if err != nil {
		log.Fatal(err)
	}
	defer machine.Close()

	for i := range graph.Floats(images) { // two dark pictures, two bright ones
		graph.Ints(labels)[i/(8*8*3)] = int32(i / (2 * 8 * 8 * 3))
		graph.Floats(images)[i] = float32(i/(2*8*8*3)) + float32(i%7)/7
	}
	var first, alpha float32
	for step := range 20 {
		if err := machine.Run(); err != nil {
			log.Fatal(err)
		}
		if step == 0 {
			first, alpha = graph.Scalar(loss), state.Get("unit.gate.alpha").Data()[0]
		}
		for _, p := range machine.Params() {
			grad, err := p.Grad()
			if err != nil {
				log.Fatal(err)
			}
			w, g := p.Value().Data().([]float32), grad.Data().([]float32)
			graph.SGD(w, make([]float32, len(w)), g, 0.1, 0, 0, false)
		}
	}
	fmt.Println("the loss falls:", graph.Scalar(loss) < first)
	fmt.Println("the gate was", alpha, "and opens:", state.Get("unit.gate.alpha").Data()[0] != 0)
	for _, t := range state.Tensors() {
		fmt.Println(t.Name, t.Shape())
	}
	fmt.Println(state.Parameters(), "parameters")
	// Output:
	// the loss falls: true
	// the gate was 0 and opens: true
	// unit.conv.weight [3 3 3 3]
	// unit.gate.alpha [1]
	// fc.weight [3 2]
	// fc.bias [2]
	// 90 parameters
}
