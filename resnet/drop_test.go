package resnet_test

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
)

// TestDropsAgain wants the same bits of the same step, with dropout and stochastic
// depth, with any number of processors and whatever the memory.
func TestDropsAgain(t *testing.T) {
	networks := map[string]resnet.Network{}
	for _, order := range []blocks.EncoderOrder{blocks.PreLN, blocks.PostLN, blocks.NoShortcut} {
		v := smallViT(t, 32)
		v.Encoder.Order, v.Encoder.Dropout, v.Encoder.Drop = order, 0.1, 0.3
		networks["ViT, "+string(order)] = v
	}
	e := lookup(t, "efficientnet_v2_s", resnet.Options{Input: 32, Classes: 10, Drop: 0.5}).(resnet.EfficientNet)
	e.Stem, e.Last = 8, 24
	e.Stages = []resnet.InvertedStage{
		{Fused: true, Units: 2, Out: 8, Expand: 1, Kernel: 3, Stride: 1}, {Fused: true, Units: 2, Out: 16, Expand: 4, Kernel: 3, Stride: 2},
		{Units: 2, Out: 24, Expand: 4, Kernel: 5, Stride: 2},
	}
	networks["EfficientNet"] = e
	n := lookup(t, "convnext_cifar", resnet.Options{Drop: 0.5, Dropout: 0.1}).(resnet.ConvNeXt)
	n.Stages = []resnet.Stage{{Units: 2, Planes: 12, Stride: 2}, {Units: 2, Planes: 20, Stride: 2}}
	networks["ConvNeXt"] = n
	for name, network := range networks {
		step := func(processors int, memory graph.Memory, step uint64) (out []float32) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
			state := graph.NewState()
			b := graph.NewBuilder(state, graph.Options{Training: true, Seed: 1, Memory: memory})
			x, labels := b.Input("x", 4, 32, 32, 3), b.Labels("labels", 4)
			loss, _ := b.CrossEntropy("loss", network.Build(b, x), labels)
			b.Gradients(loss)
			m, err := b.Compile()
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			initialise(t, state, false)
			copy(graph.Floats(x), noise(4*32*32*3))
			copy(graph.Ints(labels), []int32{1, 2, 3, 4})
			m.SetStep(step)
			if err := m.Run(); err != nil {
				t.Fatal(err)
			}
			for _, p := range b.Params() {
				out = append(out, values(t, p)...)
			}
			return out
		}
		want := step(2, graph.PlannedMemory, 7)
		if slices.ContainsFunc(want, func(v float32) bool { return v != v }) {
			t.Fatalf("%s: a gradient is NaN", name)
		}
		for what, got := range map[string][]float32{
			"one processor": step(1, graph.PlannedMemory, 7), "three": step(3, graph.PlannedMemory, 7),
			"separate memory": step(2, graph.SeparateMemory, 7), "poisoned memory": step(2, graph.PoisonedMemory, 7),
		} {
			if !slices.Equal(got, want) {
				t.Errorf("%s: with %s the gradients differ", name, what)
			}
		}
		if slices.Equal(step(2, graph.PlannedMemory, 8), want) {
			t.Errorf("%s: another step drops the same", name)
		}
	}
}

// TestNoUnits wants networks without residual units to refuse what is for those.
func TestNoUnits(t *testing.T) {
	for _, name := range []string{"alexnet", "zfnet", "vgg16", "vgg19_bn", "googlenet", "densenet121", "densenet_bc100_12"} {
		for _, o := range []resnet.Options{{Drop: 0.1}, {Shortcut: blocks.ShortcutA}, {ZeroInitResidual: true}} {
			if _, err := resnet.Lookup(name, o); err == nil || !strings.Contains(err.Error(), name+" has no residual units") {
				t.Errorf("%s, %+v: %v", name, o, err)
			}
		}
		if _, err := resnet.Lookup(name, resnet.Options{Drop: -1, Shortcut: blocks.ShortcutNone}); err != nil {
			t.Error(err)
		}
	}
}
