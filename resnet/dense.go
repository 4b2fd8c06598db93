package resnet

import (
	"slices"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Dense is a network with a fully convolutional form, which scores a picture of
// any size at all places (He et al. 2015, section 3.4).
type Dense interface {
	Network

	// BuildDense emits this form on images x [N H W C], H and W no smaller than
	// Info().Input. What the head sees of a picture of Input x Input becomes a window
	// that slides over the last feature map; the scores of all its places are
	// averaged: [N Classes]. They are logits. The tensors are those of Build, and so
	// is the answer to pictures of Input x Input.
	BuildDense(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node
}

// BuildDense implements Dense: the average pooling has a window, and the linear
// layer is a 1x1 convolution.
func (c Config) BuildDense(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	y := c.trunk(b, checkDense(b, c.About, x))
	if b.Err() != nil {
		return nil
	}
	return b.GlobalAvgPool("places", b.Linear("fc", b.AvgPool("avgpool", y, window(b, y, c.About.Input), 1), c.About.Classes))
}

// window is how large y is, [N H W C], where the picture is side x side instead of
// what it is: the operations on the way tell.
func window(b *graph.Builder, y *gorgonia.Node, side int) int {
	of := map[*gorgonia.Node]*graph.Operation{}
	for _, o := range b.Operations() {
		of[o.Node] = o
	}
	var way []*graph.Operation // from y to the picture
	for o := of[y]; o != nil; o = o.Inputs[0].Operation {
		way = append(way, o)
	}
	for _, o := range slices.Backward(way) {
		switch a := o.Attributes.(type) {
		case graph.ConvAttributes:
			side = (side+a.Pad[0]+a.Pad[2]-a.Dilation[0]*(a.Kernel[0]-1)-1)/a.Stride[0] + 1
		case graph.PoolAttributes:
			side = (side+a.Pad[0]+a.Pad[2]-a.Size[0])/a.Stride[0] + 1
		case graph.SubsampleAttributes:
			side = (side-1)/a.Stride + 1
		}
	}
	return side
}

// BuildDense implements Dense: all linear layers are convolutions, the first as
// large as what is left of a picture of Input x Input.
func (v VGG) BuildDense(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	_, y := v.runs(b, checkDense(b, v.About, x))
	if b.Err() != nil {
		return nil
	}
	return b.GlobalAvgPool("places", v.head(b, y, window(b, y, v.About.Input)))
}

// checkDense is x if it is large enough.
func checkDense(b *graph.Builder, about Info, x *gorgonia.Node) *gorgonia.Node {
	if x == nil || x.Dims() != 4 {
		return x // the first layer says what is wrong
	}
	switch h, w := x.Shape()[1], x.Shape()[2]; {
	case about.Input < 1:
		b.Fail(errors.Errorf("resnet: %s: the fully convolutional form needs to know the usual size of pictures, Info.Input, got %d", about.Name, about.Input))
	case min(h, w) < about.Input:
		b.Fail(errors.Errorf("resnet: %s: want pictures of at least %dx%d, got %dx%d", about.Name, about.Input, about.Input, h, w))
	}
	return x
}

// DensePredictor answers pictures of any size with logits, by a network's fully
// convolutional form. It is for one goroutine at a time.
//
// Every shape of a batch needs a graph of its own. Those of the shapes asked for
// last are kept, all over one State.
type DensePredictor struct {
	network Dense
	state   *graph.State
	folds   graph.FoldedWeights
	servers []*server // the one used last is at the end
}

// keptShapes is how many graphs a DensePredictor keeps: those of five sizes of
// pictures upright and across, and two more.
const keptShapes = 12

// NewDensePredictor prepares to answer. Load the weights into the state before the
// first call of Predict, and do not change them after; parameters that the state
// lacks are made.
func NewDensePredictor(n Dense, state *graph.State) (*DensePredictor, error) {
	side := n.Info().Input
	p := &DensePredictor{network: n, state: state}
	if _, err := p.server([]int{1, side, side, 3}); err != nil { // makes what the state lacks
		return nil, err
	}
	return p, nil
}

// Predict returns the logits [N Classes] of preprocessed images [N H W 3] of the
// given height and width, averaged over all places.
func (p *DensePredictor) Predict(images []float32, h, w int) ([]float32, error) {
	size := h * w * 3
	if h < 1 || w < 1 || len(images) == 0 || len(images)%size != 0 {
		return nil, errors.Errorf("resnet: %s: want pictures of height %d and width %d in three colours, got %d values", p.network.Info().Name, h, w, len(images))
	}
	s, err := p.server([]int{len(images) / size, h, w, 3})
	if err != nil {
		return nil, err
	}
	return s.answer(images)
}

// server finds the graph for a shape, or makes it in place of the one that was not
// used for longest.
func (p *DensePredictor) server(shape []int) (s *server, err error) {
	at := slices.IndexFunc(p.servers, func(s *server) bool { return slices.Equal(s.images.Shape(), shape) })
	if at >= 0 {
		s = p.servers[at]
		p.servers = slices.Delete(p.servers, at, at+1)
	} else {
		if len(p.servers) == keptShapes {
			p.servers[0].machine.Close()
			p.servers = slices.Delete(p.servers, 0, 1)
		}
		if s, err = serve(p.network.Info(), p.network.BuildDense, p.state, &p.folds, shape); err != nil {
			return nil, err
		}
	}
	p.servers = append(p.servers, s)
	return s, nil
}
