package resnet

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// AlexNet is five convolutions, some with a pooling, and three linear layers with
// dropout before the first two. Tensors are numbered as torchvision's.
type AlexNet struct {
	About   Info
	Convs   []AlexConv
	Hidden  int               // outputs of the first two linear layers; 0 means 4096
	Dropout float64           // of what goes into these two
	Init    graph.Initializer // of all weights
	Biases  graph.Initializer // nil means those of PyTorch, uniform within 1/sqrt(inputs)
}

// AlexConv is a convolution of an AlexNet, with ReLU.
type AlexConv struct {
	Out, Kernel, Stride, Pad int
	Pool                     bool // a 3x3 max pooling of stride 2 follows
	Ceil                     bool // whose output size is rounded up
	Response                 bool // local response normalisation follows that
}

// alexWindow is how large a picture is where the linear layers begin.
const alexWindow = 6

// alexnets are torchvision's AlexNet, the one-column form of Krizhevsky 2014 ("One weird
// trick"), without response normalisation, and ZFNet as figure 3 of Zeiler and Fergus
// 2013 has it: sizes 110, 55, 26, 13, 6, with the response normalisation of
// Krizhevsky et al. 2012 behind the first two poolings.
var alexnets = []AlexNet{
	{About: Info{"alexnet", 8, 224, 1000}, Dropout: 0.5, Init: graph.UniformFanIn, Convs: []AlexConv{
		{Out: 64, Kernel: 11, Stride: 4, Pad: 2, Pool: true},
		{Out: 192, Kernel: 5, Pad: 2, Pool: true},
		{Out: 384, Kernel: 3, Pad: 1},
		{Out: 256, Kernel: 3, Pad: 1},
		{Out: 256, Kernel: 3, Pad: 1, Pool: true},
	}},
	{About: Info{"zfnet", 8, 224, 1000}, Dropout: 0.5, Init: graph.Normal(0.01), Biases: graph.Constant(0), Convs: []AlexConv{
		{Out: 96, Kernel: 7, Stride: 2, Pad: 1, Pool: true, Ceil: true, Response: true},
		{Out: 256, Kernel: 5, Stride: 2, Pool: true, Ceil: true, Response: true},
		{Out: 384, Kernel: 3, Pad: 1},
		{Out: 384, Kernel: 3, Pad: 1},
		{Out: 256, Kernel: 3, Pad: 1, Pool: true},
	}},
}

var _, _ = register(alexFamily("Krizhevsky et al. 2012", 2012, "alexnet")), register(alexFamily("Zeiler and Fergus 2013", 2013, "zfnet"))

func alexFamily(paper string, year int, name string) Family {
	return Family{Paper: paper, Year: year, Names: []string{name}, Tensor: "features.0.", New: func(wanted string, o Options) (Network, error) {
		for _, a := range alexnets {
			if wanted != name || a.About.Name != name {
				continue
			}
			if err := o.onlyResidual(name); err != nil {
				return nil, err
			}
			a.About = o.about(a.About)
			if o.Dropout != 0 {
				a.Dropout = max(o.Dropout, 0)
			}
			return a, nil
		}
		return nil, ErrUnknown
	}}
}

// Info implements Network.
func (a AlexNet) Info() Info { return a.About }

// Features implements Network: what goes into each pooling.
func (a AlexNet) Features(b *graph.Builder, x *gorgonia.Node) []*gorgonia.Node {
	features, _ := a.convolutions(b, x)
	return features
}

// convolutions emits all before the linear layers.
func (a AlexNet) convolutions(b *graph.Builder, x *gorgonia.Node) (features []*gorgonia.Node, y *gorgonia.Node) {
	y = x
	place := 0
	name := func() string {
		place++
		return fmt.Sprintf("features.%d", place-1)
	}
	for _, c := range a.Convs {
		layer := name()
		in := 0
		if b.Err() == nil && y != nil && y.Shape().Dims() > 0 {
			in = y.Shape()[y.Shape().Dims()-1]
		}
		y = b.Conv(layer, y, graph.Conv{Out: c.Out, Kernel: c.Kernel, Stride: c.Stride, Pad: c.Pad, Bias: true, Init: a.Init})
		b.InitializeBy(layer+".bias", a.biases(in*c.Kernel*c.Kernel))
		y = b.Activate(name(), y, graph.ReLU)
		if c.Pool {
			features = append(features, y)
			y = b.Pool(name(), y, graph.Pool{Kind: graph.KindMaxPool, Size: 3, Stride: 2, Ceil: c.Ceil})
		}
		if c.Response {
			y = b.LocalResponseNorm(name(), y, graph.LocalResponse{Size: 5, Alpha: 5e-4, Beta: 0.75, K: 2})
		}
	}
	return features, y
}

// biases start those of a layer with so many inputs.
func (a AlexNet) biases(in int) graph.Initializer {
	if a.Biases != nil {
		return a.Biases
	}
	return uniformWithin(1 / math.Sqrt(float64(in)))
}

// uniformWithin is uniform between -bound and bound.
func uniformWithin(bound float64) graph.Initializer {
	return func(values []float32, _ graph.Fan, rng *rand.Rand) {
		for i := range values {
			values[i] = float32((2*rng.Float64() - 1) * bound)
		}
	}
}

// Build implements Network. Pictures of another size than 224x224 are averaged to the
// 6x6 places that the first linear layer sees.
func (a AlexNet) Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	_, y := a.convolutions(b, x)
	y = b.AdaptiveAvgPool("avgpool", y, alexWindow, alexWindow)
	return b.GlobalAvgPool("flatten", a.head(b, y)) // of one place
}

// BuildFullyConvolutional implements FullyConvolutional: all linear layers are
// convolutions. It is there for networks on whose pictures of Input x Input 6x6 places
// are left, as of 224x224.
func (a AlexNet) BuildFullyConvolutional(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	_, y := a.convolutions(b, checkSize(b, a.About, x))
	if b.Err() != nil {
		return nil
	}
	if left := window(b, y, a.About.Input); left != alexWindow {
		b.Fail(errors.Errorf("resnet: %s: the fully convolutional form is for a usual size of pictures of which %dx%d places are left, such as 224; of %d there are %dx%d",
			a.About.Name, alexWindow, alexWindow, a.About.Input, left, left))
		return nil
	}
	return b.GlobalAvgPool("places", a.head(b, y))
}

// head emits the linear layers for all places of a window and returns their scores
// [N places places Classes].
func (a AlexNet) head(b *graph.Builder, y *gorgonia.Node) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	hidden := a.Hidden
	if hidden == 0 {
		hidden = 4096
	}
	in := alexWindow * alexWindow * y.Shape()[3]
	y = b.Conv("classifier.1", b.Dropout("classifier.0", y, a.Dropout), graph.Conv{Out: hidden, Kernel: alexWindow, Bias: true, Flat: true, Init: a.Init})
	y = b.Dropout("classifier.3", b.Activate("classifier.2", y, graph.ReLU), a.Dropout)
	y = b.Activate("classifier.5", b.Linear("classifier.4", y, hidden), graph.ReLU)
	y = b.Linear("classifier.6", y, a.About.Classes)
	b.InitializeBy("classifier.1.bias", a.biases(in))
	for _, layer := range []string{"classifier.4", "classifier.6"} {
		b.InitializeBy(layer+".weight", a.Init)
		b.InitializeBy(layer+".bias", a.biases(hidden))
	}
	return y
}
