package experiment

import (
	"math"
	"slices"

	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// response is what a 3x3 layer answers: the output of its batch norm, before the
// addition and the ReLU (He et al. 2015, figure 7). No operation has it by itself,
// since norm, addition and ReLU are one pass; it follows from the convolution's
// output.
type response struct {
	layer        string         // of the convolution
	conv         *gorgonia.Node // its output x [N H W C]
	weight, bias []float32      // of the batch norm [C]
	epsilon      float64        // of the batch norm
}

// findResponses lists the 3x3 convolutions that a batch norm reads, in order.
func (p *probe) findResponses(b *graph.Builder) {
	for _, o := range b.Operations() {
		norm, ok := o.Attributes.(graph.NormAttributes)
		if !ok || o.Kind != graph.KindBatchNorm || o.Role != graph.Forward || o.Inputs[0].Operation == nil {
			continue
		}
		conv := o.Inputs[0].Operation
		if a, ok := conv.Attributes.(graph.ConvAttributes); !ok || a.Kernel != [2]int{3, 3} {
			continue
		}
		weight, bias := p.state.Get(o.Inputs[1].Parameter), p.state.Get(o.Inputs[2].Parameter)
		p.responses = append(p.responses, response{conv.Layer, conv.Node, weight.Data(), bias.Data(), norm.Epsilon})
	}
}

// deviation is the standard deviation of the response y over all its values, of
// all pictures, pixels and channels. In channel c with mean m and variance v of x
// batch norm makes y = weight*(x-m)/sqrt(v+epsilon) + bias, whose mean is bias and
// whose variance is weight²v/(v+epsilon).
func (r response) deviation() float64 {
	x := graph.Floats(r.conv)
	c := len(r.weight)
	rows := float64(len(x) / c)
	mean, variance := make([]float64, c), make([]float64, c)
	for row := range slices.Chunk(x, c) {
		for j, v := range row {
			mean[j] += float64(v) / rows
		}
	}
	for row := range slices.Chunk(x, c) {
		for j, v := range row {
			d := float64(v) - mean[j]
			variance[j] += d * d / rows
		}
	}
	var sum, squares float64 // of the channels' means, and of their mean squares
	for j, v := range variance {
		w, b := float64(r.weight[j]), float64(r.bias[j])
		sum += b
		squares += w*w*v/(v+r.epsilon) + b*b
	}
	sum /= float64(c)
	return math.Sqrt(max(squares/float64(c)-sum*sum, 0))
}
