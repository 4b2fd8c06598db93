package graph

import (
	"os"
	"os/exec"
	"testing"

	"gorgonia.org/gorgonia"
)

// convNeXtBlock is a block of Liu et al. 2022, figure 4, without its scale: a
// depthwise 7x7 convolution, layer norm, and two linear layers with GELU between.
func convNeXtBlock(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	c := x.Shape()[3]
	y := b.Conv("dwconv", x, Conv{Out: c, Kernel: 7, Pad: 3, Groups: c, Bias: true})
	y = b.Norm("norm", y, Norm{Kind: LayerNorm, Epsilon: 1e-6})
	y = b.Activate("act", b.Linear("pwconv1", y, 4*c), GELU)
	return b.Add("add", b.Linear("pwconv2", y, c), x, Identity)
}

// convNeXt is a network of two such blocks, the second after a depthwise
// convolution with a stride.
func convNeXt(b *Builder, x *gorgonia.Node, classes int) *gorgonia.Node {
	y := b.Norm("norm", b.Conv("stem", x, Conv{Out: 20, Kernel: 2, Stride: 2, Bias: true}), Norm{Kind: LayerNorm})
	y = convNeXtBlock(b.Scope("block1"), y)
	y = b.Norm("bn", b.Conv("down", y, Conv{Out: 20, Kernel: 3, Stride: 2, Pad: 1, Groups: 20}), Norm{Activation: SiLU})
	y = convNeXtBlock(b.Scope("block2"), y)
	return b.Linear("head", b.GlobalAvgPool("pool", y), classes)
}

// TestConvNeXt compares the gradients of a block with differences, trains the network
// to tell eight pictures of noise apart, and wants the same answers with batch norms
// folded, with every kind of kernels.
func TestConvNeXt(t *testing.T) {
	check(t, true, func(_ *testing.T, b *Builder) *gorgonia.Node {
		return convNeXtBlock(b, b.variable("x", 2, 6, 5, 18))
	})
	state := NewState()
	b := NewBuilder(state, Options{Training: true, Seed: 3})
	x, labels := b.Input("x", 8, 16, 16, 3), b.Labels("labels", 8)
	fill(Floats(x), 1)
	copy(Ints(labels), []int32{0, 1, 2, 3, 0, 1, 2, 3})
	loss, _ := b.CrossEntropy("loss", convNeXt(b, x, 4), labels)
	b.Gradients(loss)
	m := compile(t, b)
	var first float32
	for step := range 40 {
		run(t, m)
		if step == 0 {
			first = Scalar(loss)
		}
		for _, p := range b.params {
			w, grad := state.Get(p.Name()).Data(), gradient(t, p)
			for i, g := range grad {
				w[i] -= 0.5 * g
			}
		}
	}
	if last := Scalar(loss); !(first > 1 && last < 0.3) {
		t.Errorf("the loss goes from %v to %v, want less than 0.3", first, last)
	}
	answer := func(o Options) []float32 {
		b := NewBuilder(state, o)
		x := b.Input("x", 8, 16, 16, 3)
		fill(Floats(x), 2)
		logits := convNeXt(b, x, 4)
		run(t, compile(t, b, logits))
		return Floats(logits)
	}
	apart := answer(Options{Unfused: Rules()})
	for name, o := range map[string]Options{"folded": {}, "packed": {Packed: new(PackedWeights)}} {
		for i, v := range answer(o) {
			if d := v - apart[i]; !(d*d <= 1e-8) {
				t.Errorf("%s, logit %d is %v, want %v", name, i, v, apart[i])
			}
		}
	}
	if testing.Short() || os.Getenv("GORGONET_KERNELS") != "" {
		return
	}
	for _, kernels := range []string{"avx2", "go"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestConvNeXt$", "-test.count=1")
		cmd.Env = append(os.Environ(), "GORGONET_KERNELS="+kernels)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("with GORGONET_KERNELS=%s: %v\n%s", kernels, err, out)
		}
	}
}
