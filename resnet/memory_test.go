package resnet_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
)

// TestMemoryPlan trains networks of every kind of unit with planned memory, with
// memory that is poisoned as soon as nobody should read it, and with memory for
// each output apart: all give the same bits.
func TestMemoryPlan(t *testing.T) {
	small := func(block blocks.Block, unit blocks.Unit, preAct bool, stem resnet.Stem) resnet.Network {
		return resnet.Config{About: resnet.Info{Classes: 5}, Block: block, Unit: unit, PreAct: preAct, Stem: stem,
			Stages: []resnet.Stage{{Units: 2, Planes: 16, Stride: 1}, {Units: 2, Planes: 32, Stride: 2}}}
	}
	for name, network := range map[string]resnet.Network{
		"basic A":          small(blocks.BasicBlock, blocks.Unit{Shortcut: blocks.ShortcutA}, false, resnet.StemCIFAR),
		"basic C, SE":      small(blocks.BasicBlock, blocks.Unit{Shortcut: blocks.ShortcutC, Gate: blocks.SqueezeExcite(4)}, false, resnet.StemCIFAR),
		"plain":            small(blocks.BasicBlock, blocks.Unit{Shortcut: blocks.ShortcutNone}, false, resnet.StemCIFAR),
		"bottleneck B":     small(blocks.Bottleneck, blocks.Unit{Shortcut: blocks.ShortcutB, Groups: 2}, false, resnet.StemImageNet),
		"pre-activation A": small(blocks.PreActBlock, blocks.Unit{Shortcut: blocks.ShortcutA}, true, resnet.StemCIFAR),
		"pre-activation B": small(blocks.PreActBottleneck, blocks.Unit{Shortcut: blocks.ShortcutB}, true, resnet.StemImageNet),
		"MBConv": resnet.EfficientNet{About: resnet.Info{Input: 16, Classes: 5}, Stem: 8, Last: 24, Stages: []resnet.InvertedStage{
			{Fused: true, Units: 2, Out: 8, Expand: 1, Kernel: 3, Stride: 1}, {Fused: true, Units: 2, Out: 16, Expand: 4, Kernel: 3, Stride: 2}, {Units: 2, Out: 24, Expand: 6, Kernel: 5, Stride: 2}}},
		"ConvNeXt": resnet.ConvNeXt{About: resnet.Info{Input: 16, Classes: 5}, Patch: 2, Stages: []resnet.Stage{{Units: 2, Planes: 16}, {Units: 2, Planes: 24, Stride: 2}}},
		"VGG":      resnet.VGG{About: resnet.Info{Classes: 5}, Convs: []int{1, 2}, BatchNorm: true},
	} {
		if name == "VGG" && testing.Short() {
			continue // its linear layers are large
		}
		for _, training := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, training %v", name, training), func(t *testing.T) {
				want := outputs(t, network, training, graph.SeparateMemory)
				for _, memory := range []graph.Memory{graph.PlannedMemory, graph.PoisonedMemory} {
					got := outputs(t, network, training, memory)
					for i := range want {
						if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
							t.Fatalf("memory %d: value %d is %v, want %v", memory, i, got[i], want[i])
						}
					}
				}
			})
		}
	}
}

// outputs are the logits of an inference graph, or the losses and gradients of
// two training steps.
func outputs(t *testing.T, network resnet.Network, training bool, memory graph.Memory) (out []float32) {
	t.Helper()
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{Training: training, Seed: 2, Memory: memory})
	const n = 3
	x, labels := b.Input("x", n, 16, 16, 3), b.Labels("labels", n)
	logits := network.Build(b, x)
	loss, _ := b.CrossEntropy("loss", logits, labels)
	grads := b.Gradients(loss)
	m, err := b.Compile(logits)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for step := range 2 {
		for i := range graph.Floats(x) {
			graph.Floats(x)[i] = float32(math.Sin(float64(i * (step + 2))))
		}
		copy(graph.Ints(labels), []int32{1, 4, 0})
		if err := m.Run(); err != nil {
			t.Fatal(err)
		}
		out = append(append(out, graph.Scalar(loss)), graph.Floats(logits)...)
		for _, g := range grads {
			out = append(out, graph.Floats(g)...)
		}
	}
	for _, s := range state.Tensors() {
		out = append(out, s.Data()...)
	}
	for i, v := range out {
		if v != v {
			t.Fatalf("memory %d: value %d is not a number", memory, i)
		}
	}
	return out
}
