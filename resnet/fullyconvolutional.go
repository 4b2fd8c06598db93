package resnet

import (
	"slices"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// FullyConvolutional is a network with a fully convolutional form, which scores a picture of
// any size at all places (He et al. 2015, section 3.4).
type FullyConvolutional interface {
	Network

	// BuildFullyConvolutional emits this form on images x [N H W C], H and W no smaller than
	// Info().Input. What the head sees of a picture of Input x Input becomes a window
	// that slides over the last feature map; the scores of all its places are
	// averaged: [N Classes]. They are logits. The tensors are those of Build, and so
	// is the answer to pictures of Input x Input.
	BuildFullyConvolutional(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node
}

// BuildFullyConvolutional implements FullyConvolutional: the average pooling has a window, and the linear
// layer is a 1x1 convolution.
func (c Config) BuildFullyConvolutional(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	y := c.trunk(b, checkSize(b, c.About, x))
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
			n := side + a.Pad[0] + a.Pad[2] - a.Size[0]
			if side = n/a.Stride[0] + 1; a.Ceil && n%a.Stride[0] > 0 && side*a.Stride[0] < n+a.Size[0]-a.Pad[2] {
				side++ // another window begins before the padding behind
			}
		case graph.SubsampleAttributes:
			side = (side-1)/a.Stride + 1
		}
	}
	return side
}

// BuildFullyConvolutional implements FullyConvolutional: all linear layers are convolutions, the first as
// large as what is left of a picture of Input x Input.
func (v VGG) BuildFullyConvolutional(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	_, y := v.runs(b, checkSize(b, v.About, x))
	if b.Err() != nil {
		return nil
	}
	return b.GlobalAvgPool("places", v.head(b, y, window(b, y, v.About.Input)))
}

// checkSize is x if it is large enough.
func checkSize(b *graph.Builder, about Info, x *gorgonia.Node) *gorgonia.Node {
	if x == nil || x.Shape().Dims() != 4 {
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
