package resnet

import (
	"fmt"
	"math"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Auxiliary is a network with further heads, which help it to learn and are left out
// of what Build emits.
type Auxiliary interface {
	Network

	// BuildAuxiliary emits what Build does and the auxiliary heads on images x
	// [N H W C]. It returns the logits of the network and those of the heads, all
	// [N Classes], and what the losses of the heads are weighted with.
	BuildAuxiliary(b *graph.Builder, x *gorgonia.Node) (logits *gorgonia.Node, heads []*gorgonia.Node, weight float64)
}

// GoogLeNet is the network of Szegedy et al. 2014 as torchvision has it: Inception
// modules with a batch norm after every convolution, without response normalisation,
// and a 3x3 in place of the 5x5. The weights that torchvision publishes are for
// pictures with mean and deviation of 0.5 in each colour.
type GoogLeNet struct {
	About   Info
	Stem    [3]int               // channels of the first three convolutions
	Modules [][]blocks.Inception // between poolings
	// Heads are the auxiliary ones: the module that each follows, counted from 0, such
	// as 2 and 5.
	Heads            []int
	HeadConv         int // channels of their 1x1 convolution
	HeadHidden       int // outputs of their first linear layer
	Dropout          float64
	AuxiliaryDropout float64
}

// inception is a row of the paper's table 1.
func inception(one, beforeThree, three, beforeFive, five, afterPool int) blocks.Inception {
	return blocks.Inception{One: one, BeforeThree: beforeThree, Three: three, BeforeFive: beforeFive, Five: five, AfterPool: afterPool}
}

var googlenet = GoogLeNet{
	About: Info{"googlenet", 22, 224, 1000},
	Stem:  [3]int{64, 64, 192},
	Modules: [][]blocks.Inception{
		{
			inception(64, 96, 128, 16, 32, 32),
			inception(128, 128, 192, 32, 96, 64),
		},
		{
			inception(192, 96, 208, 16, 48, 64),
			inception(160, 112, 224, 24, 64, 64),
			inception(128, 128, 256, 24, 64, 64),
			inception(112, 144, 288, 32, 64, 64),
			inception(256, 160, 320, 32, 128, 128),
		},
		{
			inception(256, 160, 320, 32, 128, 128),
			inception(384, 192, 384, 48, 128, 128),
		},
	},
	Heads: []int{2, 5}, HeadConv: 128, HeadHidden: 1024, Dropout: 0.2, AuxiliaryDropout: 0.7,
}

var _ = register(Family{
	Paper: "Szegedy et al. 2014", Year: 2014, Names: []string{googlenet.About.Name}, Tensor: "inception3a.",
	New: func(name string, o Options) (Network, error) {
		if name != googlenet.About.Name {
			return nil, ErrUnknown
		}
		if err := o.onlyResidual(name); err != nil {
			return nil, err
		}
		g := googlenet
		g.About = o.about(g.About)
		if o.Dropout != 0 {
			g.Dropout, g.AuxiliaryDropout = max(o.Dropout, 0), max(o.Dropout, 0)
		}
		return g, nil
	},
})

// googleInit starts weights as torchvision does: its normal distribution is cut at 200
// times the deviation.
var googleInit = graph.Normal(0.01)

// norm is what follows every convolution.
func (g GoogLeNet) norm() graph.Norm { return graph.Norm{Epsilon: 1e-3} }

// Info implements Network.
func (g GoogLeNet) Info() Info { return g.About }

// Build implements Network.
func (g GoogLeNet) Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return g.classify(b, g.modules(b, x))
}

// classify emits pooling and linear layer behind the last of the modules.
func (g GoogLeNet) classify(b *graph.Builder, modules []*gorgonia.Node) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	y := b.GlobalAvgPool("avgpool", modules[len(modules)-1])
	return g.linear(b, "fc", b.Dropout("dropout", y, g.Dropout), g.About.Classes)
}

// linear is one that starts as torchvision's.
func (g GoogLeNet) linear(b *graph.Builder, layer string, x *gorgonia.Node, out int) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	y := b.Linear(layer, x, out)
	b.InitializeBy(layer+".weight", googleInit)
	b.InitializeBy(layer+".bias", uniformWithin(1/math.Sqrt(float64(x.Shape()[x.Shape().Dims()-1]))))
	return y
}

// BuildAuxiliary implements Auxiliary: the heads as torchvision returns them, the deeper
// first, and the paper's weight of 0.3.
func (g GoogLeNet) BuildAuxiliary(b *graph.Builder, x *gorgonia.Node) (logits *gorgonia.Node, heads []*gorgonia.Node, weight float64) {
	const (
		places = 4 // height and width of what the heads see
		share  = 0.3
	)
	modules := g.modules(b, x)
	for i := len(g.Heads) - 1; i >= 0 && b.Err() == nil; i-- {
		if g.Heads[i] < 0 || g.Heads[i] >= len(modules) {
			b.Fail(errors.Errorf("resnet: %s: there is no module %d for an auxiliary head", g.About.Name, g.Heads[i]))
			break
		}
		b := b.Scope(fmt.Sprintf("aux%d", i+1))
		y := b.AdaptiveAvgPool("pool", modules[g.Heads[i]], places, places)
		y = blocks.ConvNorm(b, "conv", y, graph.Conv{Out: g.HeadConv, Kernel: 1, Init: googleInit}, g.norm())
		y = b.Conv("fc1", y, graph.Conv{Out: g.HeadHidden, Kernel: places, Bias: true, Flat: true, Init: googleInit})
		b.InitializeBy("fc1.bias", uniformWithin(1/math.Sqrt(float64(places*places*g.HeadConv))))
		y = b.GlobalAvgPool("flatten", b.Activate("relu", y, graph.ReLU)) // of one place
		heads = append(heads, g.linear(b, "fc2", b.Dropout("dropout", y, g.AuxiliaryDropout), g.About.Classes))
	}
	return g.classify(b, modules), heads, share
}

// BuildFullyConvolutional implements FullyConvolutional.
func (g GoogLeNet) BuildFullyConvolutional(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	modules := g.modules(b, checkSize(b, g.About, x))
	if b.Err() != nil {
		return nil
	}
	y := modules[len(modules)-1]
	return b.GlobalAvgPool("places", b.Linear("fc", b.AvgPool("avgpool", y, window(b, y, g.About.Input), 1), g.About.Classes))
}

// Features implements Network: the last modules before each pooling, and the last.
func (g GoogLeNet) Features(b *graph.Builder, x *gorgonia.Node) (features []*gorgonia.Node) {
	modules := g.modules(b, x)
	if b.Err() != nil {
		return nil
	}
	last := -1
	for _, run := range g.Modules {
		last += len(run)
		features = append(features, modules[last])
	}
	return features
}

// modules emits the convolutions and returns the outputs of all modules.
func (g GoogLeNet) modules(b *graph.Builder, x *gorgonia.Node) (modules []*gorgonia.Node) {
	if len(g.Modules) == 0 || g.About.Classes < 1 {
		b.Fail(errors.Errorf("resnet: %s: a GoogLeNet needs a module and a class", g.About.Name))
		return nil
	}
	conv := func(name string, x *gorgonia.Node, c graph.Conv) *gorgonia.Node {
		c.Init = googleInit
		return blocks.ConvNorm(b, name, x, c, g.norm())
	}
	pool := func(name string, x *gorgonia.Node, size int) *gorgonia.Node {
		return b.Pool(name, x, graph.Pool{Kind: graph.KindMaxPool, Size: size, Stride: 2, Ceil: true})
	}
	y := pool("maxpool1", conv("conv1", x, graph.Conv{Out: g.Stem[0], Kernel: 7, Stride: 2, Pad: 3}), 3)
	y = conv("conv2", y, graph.Conv{Out: g.Stem[1], Kernel: 1})
	y = pool("maxpool2", conv("conv3", y, graph.Conv{Out: g.Stem[2], Kernel: 3, Pad: 1}), 3)
	for i, run := range g.Modules {
		if i > 0 {
			y = pool(fmt.Sprintf("maxpool%d", i+2), y, 4-i) // 3x3, and 2x2 before the last
		}
		for j, w := range run {
			y = blocks.InceptionModule(b, fmt.Sprintf("inception%d%c", i+3, 'a'+j), y, w, googleInit, g.norm())
			modules = append(modules, y)
		}
	}
	return modules
}
