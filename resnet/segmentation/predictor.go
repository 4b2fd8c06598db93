package segmentation

import (
	"context"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"gorgonia.org/gorgonia"
)

// Predictor scores the pixels of pictures of any size. Many goroutines may ask it; one is
// answered at a time. Graphs of the sizes asked for last are kept, in the memory of the
// largest: see resnet.FullyConvolutionalPredictor.
type Predictor struct {
	*resnet.FullyConvolutionalPredictor
	classes int
}

// NewPredictor prepares to answer. Parameters that the state lacks are made; weights may
// be loaded into it at any time but during an answer.
func NewPredictor(n Network, state *graph.State) (*Predictor, error) {
	p, err := resnet.NewFullyConvolutionalPredictor(anySize{n}, state)
	return &Predictor{p, n.About.Classes}, err
}

// Classes is what every pixel has logits of.
func (p *Predictor) Classes() int { return p.classes }

// Predict returns the logits [N H W Classes] of normalised images [N H W 3].
func (p *Predictor) Predict(ctx context.Context, images []float32, h, w int) ([]float32, error) {
	return p.FullyConvolutionalPredictor.Predict(ctx, images, h, w)
}

// anySize is a network as the predictor of package resnet takes it.
type anySize struct{ Network }

// Info has a small picture, for which the predictor builds its first graph.
func (n anySize) Info() resnet.Info {
	about := n.About
	about.Input = 32
	return about
}

func (n anySize) Features(b *graph.Builder, x *gorgonia.Node) []*gorgonia.Node {
	return n.features(b, x)
}

func (n anySize) BuildFullyConvolutional(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return n.Build(b, x)
}
