package resnet

import (
	"fmt"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// ViT is a Vision Transformer (Dosovitskiy et al. 2020): a picture is cut into square
// patches, each a token by a linear map; a class token joins them, learnt positions
// are added, and encoder blocks follow. The class token's answer is classified.
// Tensors have torchvision's names: class_token, conv_proj,
// encoder.layers.encoder_layer_0 and so on, heads.head.
//
// It takes pictures of Info().Input x Info().Input alone, for which it has positions;
// weights.FitOptions.ResizePositions takes those of a file for another size.
type ViT struct {
	About  Info // but for Layers, which follows from Blocks
	Patch  int  // height and width of a patch
	Width  int  // values of a token
	Blocks int  // encoder blocks
	// Encoder is every block; its Drop is the last one's, that of others grows to it
	// from 0 at the first. Its Dropout follows the positions too.
	Encoder blocks.Encoder
}

// Base and Large are those of the paper's table 1. The small one for CIFAR is as wide
// and deep as DeiT-Ti (Touvron et al. 2020).
var vits = []ViT{
	{Info{Name: "vit_b_16", Input: 224, Classes: 1000}, 16, 768, 12, blocks.Encoder{Heads: 12, Hidden: 3072}},
	{Info{Name: "vit_b_32", Input: 224, Classes: 1000}, 32, 768, 12, blocks.Encoder{Heads: 12, Hidden: 3072}},
	{Info{Name: "vit_l_16", Input: 224, Classes: 1000}, 16, 1024, 24, blocks.Encoder{Heads: 16, Hidden: 4096}},
	{Info{Name: "vit_l_32", Input: 224, Classes: 1000}, 32, 1024, 24, blocks.Encoder{Heads: 16, Hidden: 4096}},
	{Info{Name: "vit_tiny_cifar", Input: 32, Classes: 10}, 4, 192, 12, blocks.Encoder{Heads: 3, Hidden: 768}},
}

var _ = register(Family{
	Paper: "Dosovitskiy et al. 2020", Year: 2020,
	Names: []string{"vit_b_16", "vit_b_32", "vit_l_16", "vit_l_32", "vit_tiny_cifar"},
	New: func(name string, o Options) (Network, error) {
		for _, v := range vits {
			if v.About.Name == name {
				return v.adapt(o)
			}
		}
		return nil, ErrUnknown
	},
})

// adapt is the network with the options. Without shortcuts its blocks have none.
func (v ViT) adapt(o Options) (Network, error) {
	v.About = o.about(v.About)
	if v.About.Input%v.Patch != 0 {
		return nil, errors.Errorf("resnet: %s cuts pictures into patches of %dx%d; their side must be a multiple of %d, got %d", v.About.Name, v.Patch, v.Patch, v.Patch, v.About.Input)
	}
	if o.Shortcut == blocks.ShortcutNone {
		v.Encoder.Order = blocks.NoShortcut
	}
	v.Encoder.Drop = o.or(o.Drop, v.Encoder.Drop)
	v.Encoder.Dropout = o.or(o.Dropout, v.Encoder.Dropout)
	return v, nil
}

// Info implements Network. A block has four layers with weights; the paper counts
// blocks.
func (v ViT) Info() Info {
	i := v.About
	i.Layers = 4*v.Blocks + 2
	return i
}

// Features implements Network: the tokens [N 1+T C] that the last block puts out.
func (v ViT) Features(b *graph.Builder, x *gorgonia.Node) []*gorgonia.Node {
	return []*gorgonia.Node{v.tokens(b, x, false)}
}

// tokens emits the blocks; with first the last one makes the class token alone, [N C].
func (v ViT) tokens(b *graph.Builder, x *gorgonia.Node, first bool) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	if err := v.check(x); err != nil {
		b.Fail(err)
		return nil
	}
	y := b.Conv("conv_proj", x, graph.Conv{Out: v.Width, Kernel: v.Patch, Stride: v.Patch, Bias: true})
	b.InitializeBy("conv_proj.weight", graph.NormalFanIn)
	y = b.JoinToken("tokens", y, b.Parameter("class_token", graph.Constant(0), 1, 1, v.Width))
	side := v.About.Input / v.Patch
	e := b.Scope("encoder")
	y = e.AddToEach("positions", y, e.Parameter("pos_embedding", graph.Normal(0.02), 1, 1+side*side, v.Width))
	y = e.Dropout("dropout", y, v.Encoder.Dropout)
	for i := range v.Blocks {
		block := v.Encoder
		block.Drop = v.Encoder.Drop * float64(i) / float64(max(v.Blocks-1, 1))
		block.First = first && i == v.Blocks-1
		y = blocks.EncoderBlock(e, fmt.Sprintf("layers.encoder_layer_%d", i), y, block)
	}
	return y
}

// check wants a ViT that can be built, and pictures of its size.
func (v ViT) check(x *gorgonia.Node) error {
	name, side := v.About.Name, v.About.Input
	switch {
	case v.Patch < 1 || v.Width < 1 || v.Blocks < 1 || v.About.Classes < 1:
		return errors.Errorf("resnet: %s: a ViT needs a patch, a width, a block and a class, got %d, %d, %d and %d", name, v.Patch, v.Width, v.Blocks, v.About.Classes)
	case side < v.Patch || side%v.Patch != 0:
		return errors.Errorf("resnet: %s: the side of pictures must be a multiple of the patch's %d, got %d", name, v.Patch, side)
	case x == nil || x.Shape().Dims() != 4:
		return errors.Errorf("resnet: %s: want pictures [N H W C]", name)
	case x.Shape()[1] != side || x.Shape()[2] != side:
		return errors.Errorf("resnet: %s has positions for pictures of %dx%d alone, got %dx%d; make it for another size, with resized positions", name, side, side, x.Shape()[1], x.Shape()[2])
	}
	return nil
}

// Build implements Network. As nobody reads what the last block and norm make of other
// tokens than the class token, training graphs and those with packed weights leave it
// out; others have the layers as they are published.
func (v ViT) Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	first := b.Training() || b.Packed()
	y := v.tokens(b, x, first)
	if b.Err() != nil {
		return nil
	}
	if !first {
		y = b.TakeToken("token", y, 0)
	}
	epsilon := v.Encoder.Epsilon
	if epsilon == 0 {
		epsilon = 1e-6
	}
	y = b.Linear("heads.head", b.Norm("encoder.ln", y, graph.Norm{Kind: graph.LayerNorm, Epsilon: epsilon}), v.About.Classes)
	b.InitializeBy("heads.head.weight", graph.Constant(0))
	return y
}
