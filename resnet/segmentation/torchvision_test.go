package segmentation_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/internal/compare"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/resnet/segmentation"
	"gorgonia.org/gorgonia"
)

// narrow is a case of testdata/segmentation.safetensors, which segmentation.py made with
// torchvision.
type narrow struct {
	Name, Block   string
	Stride        int
	Units, Planes []int
	Channels      int
	Rates         []int
}

func (c narrow) network() segmentation.Network {
	n := segmentation.Network{
		About:    resnet.Info{Name: c.Name, Classes: 3},
		Backbone: resnet.Config{About: resnet.Info{Classes: 1}, Stem: resnet.StemImageNet, Block: blocks.Bottleneck, Unit: blocks.Unit{Shortcut: blocks.ShortcutB}},
		Head:     segmentation.FCN{}, Auxiliary: segmentation.FCN{},
	}
	if c.Block == "basic" {
		n.Backbone.Block = blocks.BasicBlock
	}
	if c.Channels > 0 {
		n.Head = segmentation.DeepLab{Channels: c.Channels, Rates: c.Rates}
	}
	for i, planes := range c.Planes {
		n.Backbone.Stages = append(n.Backbone.Stages, resnet.Stage{Units: c.Units[i], Planes: planes, Stride: min(i, 1) + 1})
	}
	n.Backbone = n.Backbone.WithOutputStride(c.Stride)
	return n
}

// TestNarrowNetworks compares narrow networks with torchvision's: logits from running
// statistics, and loss and gradients of a training step with the auxiliary head; the
// tensors are those that PyTorch saved.
func TestNarrowNetworks(t *testing.T) {
	arrays, metadata, _, err := weights.ReadSafetensors("../../testdata/segmentation.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	var cases []narrow
	if err := json.Unmarshal([]byte(metadata["cases"]), &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			of, state, gradients := map[string]weights.Array{}, []weights.Array{}, map[string]weights.Array{}
			for _, a := range arrays {
				name, ok := strings.CutPrefix(a.Name, c.Name+"/")
				if a.Name = name; !ok {
					continue
				} else if a.Name, ok = strings.CutPrefix(name, "s."); ok {
					state = append(state, a)
				} else if a.Name, ok = strings.CutPrefix(name, "d."); ok {
					gradients[a.Name] = a
				} else {
					of[name] = a
				}
			}
			match(t, c.network(), of, gradients, func(s *graph.State) error { return s.SetArrays(state, nil) })
		})
	}
	if len(cases) < 4 {
		t.Errorf("%d cases", len(cases))
	}
}

// TestTorchvision compares whole networks: the environment variable names the folder that
// testdata/segmentation.py made.
func TestTorchvision(t *testing.T) {
	const variable = "GORGONET_TORCHVISION"
	folder := os.Getenv(variable)
	if folder == "" {
		t.Skipf("no %s; make such a folder with testdata/segmentation.py", variable)
	}
	compared := 0
	for _, name := range segmentation.Names() {
		path := filepath.Join(folder, name+".weights.pth")
		if _, err := os.Stat(path); err != nil {
			continue
		}
		compared++
		t.Run(name, func(t *testing.T) {
			n, err := segmentation.Lookup(name, segmentation.Options{Dropout: -1})
			if err != nil {
				t.Fatal(err)
			}
			match(t, n, readTorch(t, folder, name, "expected"), readTorch(t, folder, name, "gradients"), func(s *graph.State) error {
				_, err := s.LoadFile(path, weights.FitOptions{})
				return err
			})
		})
	}
	if compared == 0 {
		t.Errorf("%s=%s: no networks", variable, folder)
	}
}

func readTorch(t *testing.T, folder, name, kind string) map[string]weights.Array {
	t.Helper()
	arrays, err := weights.Read(filepath.Join(folder, name+"."+kind+".pth"))
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]weights.Array{}
	for _, a := range arrays {
		of[a.Name] = a
	}
	return of
}

// match holds a network against what torchvision says.
func match(t *testing.T, n segmentation.Network, of, gradients map[string]weights.Array, fill func(*graph.State) error) {
	t.Helper()
	in, single := of["x"].Shape, of["float32"].Data
	pictures, height, width := nhwc(of["x"]), in[2], in[3]
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{Training: true})
	x, labels := b.Input("x", in[0], height, width, 3), b.Labels("labels", in[0]*height*width)
	logits, heads, weight := n.BuildAuxiliary(b, x)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	ignored := graph.CrossEntropyOptions{Ignored: []int32{255}}
	main, _ := b.PixelCrossEntropy("loss", logits, labels, ignored)
	aux, _ := b.PixelCrossEntropy("loss1", heads[0], labels, ignored)
	loss := b.WeightedSum("loss.total", []float64{1, weight}, main, aux)
	b.Gradients(loss)
	if err := fill(state); err != nil {
		t.Fatal(err)
	}
	e := graph.NewBuilder(state, graph.Options{})
	input := e.Input("x", in[0], height, width, 3)
	inferred := n.Build(e, input)
	run(t, e, func() { copy(graph.Floats(input), pictures) }, inferred)
	eLogits := compare.Near(t, "logits", graph.Floats(inferred), nhwc(of["inference"]), 1e-5)

	run(t, b, func() {
		copy(graph.Floats(x), pictures)
		for i := range graph.Ints(labels) {
			if of["labels"].Ints != nil {
				graph.Ints(labels)[i] = int32(of["labels"].Ints[i])
			} else {
				graph.Ints(labels)[i] = int32(of["labels"].Data[i])
			}
		}
	}, logits, heads[0], loss)
	eTrained := compare.Near(t, "logits in training", graph.Floats(logits), nhwc(of["logits"]), 1e-4)
	compare.Near(t, "auxiliary logits", graph.Floats(heads[0]), nhwc(of["auxiliary"]), 1e-4)
	compare.Near(t, "loss", []float32{graph.Scalar(loss)}, of["loss"].Data, 1e-5)
	if len(gradients) != len(b.Params()) {
		t.Errorf("gradients of %d parameters, want %d", len(b.Params()), len(gradients))
	}
	var got, want []float32
	for _, p := range b.Params() {
		g, err := p.Grad()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, state.Get(p.Name()).ToTorch(g.Data().([]float32))...)
		want = append(want, gradients[p.Name()].Data...)
	}
	eGradients := compare.Near(t, "gradients", got, want, max(5e-5, 4*float64(single[1])))
	t.Logf("logits %.1e (PyTorch's float32 %.1e), in training %.1e, gradients %.1e (%.1e)", eLogits, single[0], eTrained, eGradients, single[1])
}

func run(t *testing.T, b *graph.Builder, set func(), keep ...*gorgonia.Node) {
	t.Helper()
	m, err := b.Compile(keep...)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	set()
	if err := m.Run(); err != nil {
		t.Fatal(err)
	}
}

// nhwc are the values of an array [N C H W].
func nhwc(a weights.Array) []float32 {
	channels, pixels := a.Shape[1], a.Shape[2]*a.Shape[3]
	out := make([]float32, len(a.Data))
	for i, v := range a.Data {
		out[(i/(pixels*channels)*pixels+i%pixels)*channels+i/pixels%channels] = v
	}
	return out
}
