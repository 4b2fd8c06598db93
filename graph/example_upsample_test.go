package graph_test

import (
	"fmt"
	"log"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// upsample doubles the height and width of x [N H W C]: every pixel becomes a square
// of four like it.
func upsample(b *graph.Builder, layer string, x *gorgonia.Node) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	if x.Dims() != 4 {
		b.Fail(errors.Errorf("%s (upsample): want pictures [N H W C], got %v", layer, x.Shape()))
		return nil
	}
	n, h, w, c := x.Shape()[0], x.Shape()[1], x.Shape()[2], x.Shape()[3]
	// at calls f with each pixel of x and the places of its four.
	at := func(f func(small, large int)) {
		for row := range n * h { // the rows of all pictures lie one after the other
			for column := range w {
				for k := range 4 {
					f((row*w+column)*c, ((2*row+k/2)*2*w+2*column+k%2)*c)
				}
			}
		}
	}
	return b.Apply(layer, graph.CustomOp{
		Kind:  "upsample",
		Shape: []int{n, 2 * h, 2 * w, c},
		Forward: func(y []float32, inputs ...[]float32) {
			at(func(small, large int) { copy(y[large:large+c], inputs[0][small:small+c]) })
		},
		// The gradient of a pixel is the sum of those of its four: an operation again.
		Gradient: func(d graph.Differentiation) gorgonia.Nodes {
			return gorgonia.Nodes{d.Apply(d.Layer, graph.CustomOp{
				Kind:  "upsample",
				Role:  graph.Gradient,
				Shape: []int{n, h, w, c},
				Forward: func(dx []float32, inputs ...[]float32) {
					clear(dx)
					at(func(small, large int) {
						for i, g := range inputs[0][large : large+c] {
							dx[small+i] += g
						}
					})
				},
			}, d.Gradient)}
		},
	}, x)
}

// An operation of one's own: upsampling by a factor of two to the nearest pixel, as a
// decoder does it, with its gradient. It stands in the graph like any other, between
// two convolutions here, and so in the memory plan and the list of operations.
func ExampleBuilder_Apply() {
	b := graph.NewBuilder(graph.NewState(), graph.Options{Training: true})
	images := b.Input("images", 1, 2, 2, 3)
	decoder := b.Scope("decoder")
	y := decoder.Conv("conv1", images, graph.Conv{Out: 4, Kernel: 1})
	y = upsample(decoder, "up", y)
	y = decoder.Conv("conv2", y, graph.Conv{Out: 2, Kernel: 3, Pad: 1})
	loss, _ := b.CrossEntropy("loss", b.GlobalAvgPool("pool", y), b.Labels("labels", 1))
	b.Gradients(loss)
	for _, o := range b.Operations() {
		if o.Kind == "upsample" {
			fmt.Println(o.Layer, o, o.Shape)
		}
	}

	machine, err := b.Compile()
	if err != nil {
		log.Fatal(err)
	}
	defer machine.Close()
	if err := machine.Run(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("loss %.2f\n", graph.Scalar(loss))
	// Output:
	// decoder.up upsample [1 4 4 4]
	// decoder.up upsample gradient [1 2 2 4]
	// loss 0.69
}
