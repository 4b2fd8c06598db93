package resnet

import (
	"fmt"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// VGG is the plain network that the paper measures itself against (Simonyan and
// Zisserman 2014): runs of 3x3 convolutions with ReLU, a 2x2 max pooling after
// each, and three linear layers. Tensors have torchvision's names.
type VGG struct {
	About     Info
	Convs     []int   // convolutions of each of the five runs
	BatchNorm bool    // after each convolution
	Planes    []int   // channels of each run; nil means 64, 128, 256, 512, 512
	Hidden    int     // outputs of the first two linear layers; 0 means 4096
	Dropout   float64 // after each of these two, the paper's 0.5 in the named networks
}

var vggs = []VGG{
	{About: Info{"vgg16", 16, 224, 1000}, Convs: []int{2, 2, 3, 3, 3}, Dropout: 0.5},
	{About: Info{"vgg19", 19, 224, 1000}, Convs: []int{2, 2, 4, 4, 4}, Dropout: 0.5},
	{About: Info{"vgg16_bn", 16, 224, 1000}, Convs: []int{2, 2, 3, 3, 3}, BatchNorm: true, Dropout: 0.5},
	{About: Info{"vgg19_bn", 19, 224, 1000}, Convs: []int{2, 2, 4, 4, 4}, BatchNorm: true, Dropout: 0.5},
}

var _ = register(Family{
	Paper: "Simonyan and Zisserman 2014", Year: 2014, Tensor: "features.0.",
	Names: []string{"vgg16", "vgg19", "vgg16_bn", "vgg19_bn"},
	New: func(name string, o Options) (Network, error) {
		for _, v := range vggs {
			if v.About.Name == name {
				if err := o.onlyResidual(name); err != nil {
					return nil, err
				}
				v.About = o.about(v.About)
				v.Dropout = o.or(o.Dropout, v.Dropout)
				return v, nil
			}
		}
		return nil, ErrUnknown
	},
})

// planes are the channels of each run.
func (v VGG) planes() []int {
	if v.Planes == nil {
		return []int{64, 128, 256, 512, 512}
	}
	return v.Planes
}

// Info implements Network.
func (v VGG) Info() Info { return v.About }

// Features implements Network: the outputs of the runs, before their pooling.
func (v VGG) Features(b *graph.Builder, x *gorgonia.Node) []*gorgonia.Node {
	features, _ := v.runs(b, x)
	return features
}

// runs emits the convolutions; place numbers the modules as torchvision does.
func (v VGG) runs(b *graph.Builder, x *gorgonia.Node) (features []*gorgonia.Node, pooled *gorgonia.Node) {
	planes := v.planes()
	if len(v.Convs) > len(planes) {
		b.Fail(errors.Errorf("resnet: %s: want at most %d runs of convolutions, got %d", v.About.Name, len(planes), len(v.Convs)))
		return nil, nil
	}
	y, place := x, 0
	name := func() string {
		place++
		return fmt.Sprintf("features.%d", place-1)
	}
	for i, convs := range v.Convs {
		for range convs {
			y = b.Conv(name(), y, graph.Conv{Out: planes[i], Kernel: 3, Pad: 1, Bias: true})
			if v.BatchNorm {
				y = b.Norm(name(), y, graph.Norm{Activation: graph.ReLU})
				place++ // torchvision's ReLU
			} else {
				y = b.Activate(name(), y, graph.ReLU)
			}
		}
		features = append(features, y)
		y = b.MaxPool(name(), y, 2, 2, 0)
	}
	return features, y
}

// Build implements Network. The first linear layer is a convolution as large as
// what is left of the picture, so its weights are those of torchvision for
// pictures of 224x224.
func (v VGG) Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	_, y := v.runs(b, x)
	if b.Err() != nil {
		return nil
	}
	side := y.Shape()[1]
	if side != y.Shape()[2] {
		b.Fail(errors.Errorf("resnet: %s: want square pictures, got %v", v.About.Name, x.Shape()))
		return nil
	}
	return b.GlobalAvgPool("flatten", v.head(b, y, side)) // of one place
}

// head emits the linear layers for all places of a window of side x side and
// returns their scores [N places places Classes].
func (v VGG) head(b *graph.Builder, y *gorgonia.Node, side int) *gorgonia.Node {
	hidden := v.Hidden
	if hidden == 0 {
		hidden = 4096
	}
	y = b.Conv("classifier.0", y, graph.Conv{Out: hidden, Kernel: side, Bias: true, Flat: true})
	y = b.Dropout("classifier.2", b.Activate("classifier.1", y, graph.ReLU), v.Dropout)
	y = b.Activate("classifier.4", b.Linear("classifier.3", y, hidden), graph.ReLU)
	y = b.Dropout("classifier.5", y, v.Dropout)
	return b.Linear("classifier.6", y, v.About.Classes)
}
