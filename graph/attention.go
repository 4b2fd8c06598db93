package graph

import (
	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// KindAttention is that of Attention.
const KindAttention Kind = "attention"

// Attention says how tokens look at each other.
type Attention struct {
	Heads  int  // that share out the numbers of a token
	Causal bool // a token sees those before it and itself alone
	First  bool // of SelfAttention: the answer of the first token is all that is wanted
}

// AttentionAttributes are those of KindAttention.
type AttentionAttributes struct {
	Attention
	Tokens, Width int
	Product       Precision
}

// attention is the state that its forward and backward operations share.
type attention struct {
	kernel.Attention
	sums []float32 // logarithms of the rows' sums of exponentials, made by the first run
}

// Attention is scaled dot-product attention by heads (Vaswani et al. 2017, section
// 3.2): of qkv [N L 3E], a token's queries, keys and values after each other, each
// those of all heads, it makes softmax(q k/sqrt(E/Heads)) v [N L E]. The L x L scores
// of a head are never stored (Dao et al. 2022): the way back computes them again from
// qkv and L numbers a head.
func (b *Builder) Attention(layer string, qkv *gorgonia.Node, a Attention) *gorgonia.Node {
	if !b.ready(layer, qkv) {
		return nil
	}
	in := qkv.Shape()
	if in.Dims() != 3 || a.Heads < 1 || in[2]%(3*a.Heads) != 0 {
		return b.failf("%s: want queries, keys and values [N L 3E] with E a multiple of the heads, got %v and %d heads", b.full(layer), in, a.Heads)
	}
	n, tokens, e := in[0], in[1], in[2]/3
	s := &attention{Attention: kernel.Attention{N: n, L: tokens, E: e, Heads: a.Heads, Causal: a.Causal}}
	d := definition{
		kind: KindAttention, attributes: AttentionAttributes{Attention: a, Tokens: tokens, Width: e}, out: tensor.Shape{n, tokens, e},
		multiplyAdds: 2 * int64(n) * int64(tokens) * int64(tokens) * int64(e),
		workspace:    func(func(kernel.Conv) kernel.Conv) kernel.Workspace { return s.Workspaces().Forward },
		run: func(y []float32, in []operand) {
			s.Forward(y, s.sums, in[0].f)
		},
	}
	if b.options.Packed == nil {
		d.saved = n * tokens * a.Heads
		d.run = func(y []float32, in []operand) {
			if s.sums == nil {
				s.sums = make([]float32, n*tokens*a.Heads)
			}
			s.Forward(y, s.sums, in[0].f)
		}
	}
	d.diff = func(_ *op, in gorgonia.Nodes, y, dy *gorgonia.Node) gorgonia.Nodes {
		g := d.gradient(Gradient, in[0])
		g.workspace = func(func(kernel.Conv) kernel.Conv) kernel.Workspace { return s.Workspaces().BackwardInput }
		g.multiplyAdds = 5 * d.multiplyAdds / 2 // two products, three gradients
		g.run = func(dqkv []float32, in []operand) { s.Backward(dqkv, in[0].f, in[1].f, in[2].f, s.sums) }
		return gorgonia.Nodes{b.apply(layer, g, dy, y, in[0])}
	}
	return b.apply(layer, d, qkv)
}

// SelfAttention is PyTorch's MultiheadAttention of x [N L E] with itself: queries,
// keys and values by one linear layer, with parameters layer.in_proj_weight and
// layer.in_proj_bias, Attention, and another linear layer, layer.out_proj: [N L E], or
// [N E] where a.First asks for the first token.
func (b *Builder) SelfAttention(layer string, x *gorgonia.Node, a Attention) *gorgonia.Node {
	if !b.ready(layer, x) {
		return nil
	}
	if x.Shape().Dims() != 3 {
		return b.failf("%s: want tokens [N L E], got %v", b.full(layer), x.Shape())
	}
	e := x.Shape()[2]
	y := b.linear(layer+".in_proj", layer+".in_proj_weight", layer+".in_proj_bias", x, 3*e)
	b.InitializeBy(layer+".in_proj_weight", XavierUniform)
	y = b.Attention(layer, y, a)
	if a.First {
		y = b.TakeToken(layer+".first", y, 0)
	}
	return b.Linear(layer+".out_proj", y, e)
}
