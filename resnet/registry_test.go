package resnet_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/internal/compare"
	"github.com/gorgonet/gorgonet/internal/splitmix"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// TestEveryNetwork sweeps the registry: every network builds for small pictures, is
// summed up and drawn, trains a step, answers with its batch norms folded as without,
// and is saved and loaded under its names by safetensors and by PyTorch's format.
func TestEveryNetwork(t *testing.T) {
	for _, name := range append(resnet.Names(), "resnet20", "plain20") {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && !slices.Contains([]string{"resnet18", "plain18", "preact_resnet18", "seresnet18", "resnet20", "plain20", "resnet18d", "googlenet", "densenet_bc100_12"}, name) {
				t.Skip("only a few of the networks in short tests")
			}
			const classes, batch = 7, 2
			side := 32
			for _, first := range []string{"vgg", "alexnet", "zfnet", "googlenet", "densenet"} {
				if strings.HasPrefix(name, first) && name != "densenet_bc100_12" {
					side = 64
				}
			}
			network := lookup(t, name, resnet.Options{Classes: classes, Input: side, Dropout: -1, Drop: -1})
			if (network.Info().Layers > 60 && !strings.HasPrefix(name, "densenet") || strings.HasPrefix(name, "vit_b")) && os.Getenv("GORGONET_LARGE") == "" {
				t.Skip("deep, or of many parameters: set GORGONET_LARGE=1")
			}
			if a, ok := network.(resnet.AlexNet); ok {
				a.Hidden = 32 // of 4096
				network = a
			}
			everyNetwork(t, network, side, classes, batch)
		})
	}
}

func everyNetwork(t *testing.T, network resnet.Network, side, classes, batch int) {
	t.Helper()
	info := network.Info()
	if info.Classes != classes || info.Input != side || info.Layers < 1 {
		t.Errorf("described as %+v", info)
	}
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{Training: true, Seed: 3})
	x := b.Input("x", batch, side, side, 3)
	logits := network.Build(b, x)
	forward := b.Operations()
	loss, _ := b.CrossEntropy("loss", logits, b.Labels("labels", batch))
	b.Gradients(loss)
	m, err := b.Compile(logits)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	copy(graph.Floats(x), noise(batch*side*side*3))
	if err := m.Run(); err != nil {
		t.Fatal(err)
	}
	before := graph.Scalar(loss)
	norm, _ := m.GradientNorm()
	rate := float32(min(1e-5, 0.01/(norm*norm))) // no further than the gradient holds
	for _, p := range m.Params() {
		g, err := p.Grad()
		if err != nil {
			t.Fatal(err)
		}
		w, d := p.Value().Data().([]float32), g.Data().([]float32)
		for i, v := range d {
			w[i] -= rate * v
		}
	}
	if err := m.Run(); err != nil {
		t.Fatal(err)
	}
	if after := graph.Scalar(loss); !(after < before) || math.IsInf(float64(before), 0) {
		t.Errorf("a step down the gradient takes the loss from %v to %v", before, after)
	}

	parameters := 0
	for _, o := range forward {
		parameters += o.Parameters
	}
	if parameters != state.Parameters() {
		t.Errorf("operations have %d parameters, the state %d", parameters, state.Parameters())
	}
	summary, err := resnet.Summarize(network, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := summary.Total().Parameters; got != parameters {
		t.Errorf("summed up to %d parameters, want %d", got, parameters)
	}
	var dot bytes.Buffer
	if err := summary.WriteDOT(&dot); err != nil || !strings.HasPrefix(dot.String(), "digraph") {
		t.Errorf("drawn as %.40q, %v", dot.String(), err)
	}

	answer := func(state *graph.State, o graph.Options) []float32 {
		t.Helper()
		b := graph.NewBuilder(state, o)
		x := b.Input("x", batch, side, side, 3)
		y := network.Build(b, x)
		m, err := b.Compile(y)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		copy(graph.Floats(x), noise(batch*side*side*3))
		if err := m.Run(); err != nil {
			t.Fatal(err)
		}
		return slices.Clone(graph.Floats(y))
	}
	want := answer(state, graph.Options{Unfused: graph.Rules()})
	for what, o := range map[string]graph.Options{"folded": {}, "packed": {Packed: &graph.PackedWeights{}}} {
		compare.Near(t, what, answer(state, o), want, 1e-4)
	}

	dir := t.TempDir()
	for file, write := range map[string]func(path string) error{
		"net.safetensors": func(path string) error { return weights.Write(path, state.Arrays()) },
		"net.pth":         func(path string) error { return weights.Write(path, state.Arrays()) },
	} {
		path := filepath.Join(dir, file)
		if err := write(path); err != nil {
			t.Fatal(err)
		}
		arrays, err := weights.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		other := graph.NewState()
		o := graph.NewBuilder(other, graph.Options{Seed: 4})
		network.Build(o, o.Input("x", 1, side, side, 3))
		if err := other.SetArrays(weights.TorchvisionNames(arrays), nil); err != nil {
			t.Fatal(err)
		}
		for _, a := range other.Tensors() {
			if !slices.Equal(a.Torch(), state.Get(a.Name).Torch()) {
				t.Fatalf("%s: %s came back with other values", file, a.Name)
			}
		}
	}
}

// noise is values between -1 and 1.
func noise(n int) []float32 {
	out := make([]float32, n)
	for i, v := range splitmix.Symmetric("x", n) {
		out[i] = float32(v)
	}
	return out
}

// TestRegister enters a family of its own, with a stem and an activation of its own,
// and wants it to be found like the others.
func TestRegister(t *testing.T) {
	family := resnet.Family{
		Paper: "the test", Year: 3000, Names: []string{"patchnet8"}, Rule: "patchnetN",
		New: func(name string, o resnet.Options) (resnet.Network, error) {
			if name != "patchnet8" {
				return nil, resnet.ErrUnknown
			}
			c := tiny
			c.About.Name, c.About.Input, c.About.Classes = name, 32, o.Classes
			c.Unit.Activation = graph.SiLU
			c.Unit.Norm = graph.Norm{Epsilon: 1e-3, Momentum: 0.01}
			c.Stem = patches
			return c, nil
		},
	}
	if err := resnet.Register(family); err != nil {
		t.Fatal(err)
	}
	defer resnet.Unregister("the test")
	if names := resnet.Names(); names[len(names)-1] != "patchnet8" {
		t.Errorf("listed as %q", names)
	}
	everyNetwork(t, lookup(t, "patchnet8", resnet.Options{Classes: 4}), 32, 4, 2)
	for what, f := range map[string]resnet.Family{"twice": family, "no constructor": {Paper: "the test", Names: []string{"other"}}} {
		if err := resnet.Register(f); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	_, err := resnet.Lookup("patchnet9", resnet.Options{})
	if err == nil || errors.Is(err, resnet.ErrUnknown) || !strings.Contains(err.Error(), "patchnetN") || !strings.Contains(err.Error(), "patchnet9") {
		t.Errorf("an unknown name: %v", err)
	}
}

// patches is a stem of non-overlapping patches, as ConvNeXt and ViT begin.
func patches(b *graph.Builder, x *gorgonia.Node, u blocks.Unit) *gorgonia.Node {
	return b.Norm("norm", b.Conv("patches", x, graph.Conv{Out: u.Planes, Kernel: 4, Stride: 4, Bias: true}), graph.Norm{Kind: graph.LayerNorm})
}
