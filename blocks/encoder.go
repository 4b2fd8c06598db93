package blocks

import (
	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// EncoderOrder is where the norms and shortcuts of a Transformer's encoder block are.
type EncoderOrder string

const (
	// PreLN is x + F(norm(x)), twice, as in ViT: the shortcut is a pure identity from
	// block to block. It is what "" stands for.
	PreLN EncoderOrder = "pre-LN"
	// PostLN is norm(x + F(x)), twice (Vaswani et al. 2017, section 3.1).
	PostLN EncoderOrder = "post-LN"
	// NoShortcut is F(norm(x)), twice: the twin of PreLN without shortcuts.
	NoShortcut EncoderOrder = "no shortcut"
)

// ParseEncoderOrder reads pre-LN, post-LN or "no shortcut".
func ParseEncoderOrder(s string) (EncoderOrder, error) {
	switch o := EncoderOrder(s); o {
	case PreLN, PostLN, NoShortcut:
		return o, nil
	}
	return "", errors.Errorf("blocks: unknown order %q of an encoder block; there are %s, %s and %s", s, PreLN, PostLN, NoShortcut)
}

// Encoder says what an encoder block of a Transformer is like.
type Encoder struct {
	Heads  int // of the attention
	Hidden int // values of a token between the two linear layers
	Order  EncoderOrder

	Epsilon    float64          // of the norms; 0 means 1e-6, as in torchvision
	Activation graph.Activation // between the linear layers; none stands for GELU
	Causal     bool             // a token sees those before it and itself alone

	// First says that nobody reads but the first token's answer: the block makes that,
	// [N C], without what only others need.
	First bool

	// Dropout is the probability of dropping a value behind the attention and behind
	// each linear layer.
	Dropout float64
	// Drop is the probability that training leaves a residual branch of an example out
	// (stochastic depth, Huang et al. 2016); a block without shortcuts has none.
	Drop float64
}

// EncoderBlock is self-attention, and then two linear layers for each token, each of
// the two with a norm, dropout and a shortcut (Dosovitskiy et al. 2020, equations 2
// and 3): [N T C] to [N T C]. Its tensors have the names of torchvision's
// EncoderBlock: ln_1, self_attention, ln_2, mlp.0 and mlp.3.
func EncoderBlock(b *graph.Builder, name string, x *gorgonia.Node, e Encoder) *gorgonia.Node {
	b = b.Scope(name)
	if b.Err() != nil {
		return nil
	}
	switch e.Order {
	case "":
		e.Order = PreLN
	case PreLN, PostLN, NoShortcut:
	default:
		b.Fail(errors.Errorf("blocks: %s: unknown order %q of an encoder block; there are %s, %s and %s", b.Name(), e.Order, PreLN, PostLN, NoShortcut))
		return nil
	}
	if x == nil || x.Shape().Dims() != 3 || e.Hidden < 1 {
		b.Fail(errors.Errorf("blocks: %s: an encoder block takes tokens [N T C] and needs a hidden layer, got %v and %d", b.Name(), shapeOf(x), e.Hidden))
		return nil
	}
	width := x.Shape()[2]
	if e.Activation == graph.Identity {
		e.Activation = graph.GELU
	}
	shortcut := x
	if e.First && e.Order != NoShortcut {
		shortcut = b.TakeToken("first", x, 0)
	}
	y := e.around(b, "1", x, shortcut, func(x *gorgonia.Node) *gorgonia.Node {
		x = b.SelfAttention("self_attention", x, graph.Attention{Heads: e.Heads, Causal: e.Causal, First: e.First})
		return b.Dropout("dropout", x, e.Dropout)
	})
	return e.around(b, "2", y, y, func(x *gorgonia.Node) *gorgonia.Node {
		x = b.Activate("mlp.1", b.Linear("mlp.0", x, e.Hidden), e.Activation)
		x = b.Linear("mlp.3", b.Dropout("mlp.2", x, e.Dropout), width)
		for _, layer := range []string{"mlp.0", "mlp.3"} {
			b.InitializeBy(layer+".weight", graph.XavierUniform)
			b.InitializeBy(layer+".bias", graph.Normal(1e-6))
		}
		return b.Dropout("mlp.4", x, e.Dropout)
	})
}

// around puts the norm of a number and the shortcut around a part of the block.
func (e Encoder) around(b *graph.Builder, number string, x, shortcut *gorgonia.Node, part func(x *gorgonia.Node) *gorgonia.Node) *gorgonia.Node {
	norm := func(x *gorgonia.Node) *gorgonia.Node {
		n := graph.Norm{Kind: graph.LayerNorm, Epsilon: e.Epsilon}
		if n.Epsilon == 0 {
			n.Epsilon = 1e-6
		}
		return b.Norm("ln_"+number, x, n)
	}
	add := func(y *gorgonia.Node) *gorgonia.Node {
		return b.Add("add_"+number, b.StochasticDepth("drop_"+number, y, e.Drop), shortcut, graph.Identity)
	}
	switch e.Order {
	case PostLN:
		return norm(add(part(x)))
	case NoShortcut:
		return part(norm(x))
	}
	return add(part(norm(x)))
}

func shapeOf(x *gorgonia.Node) any {
	if x == nil {
		return nil
	}
	return x.Shape()
}
