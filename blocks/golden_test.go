package blocks_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/internal/compare"
	"github.com/gorgonet/gorgonet/internal/splitmix"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// golden is a case of testdata/blocks.safetensors, which testdata/goldens.py
// made with PyTorch.
type golden struct {
	Name, Block      string
	Shortcut         blocks.Shortcut
	Channels, Planes int
	Stride           int
	Groups, Base     int
	First, Activated bool
	Gate             int
	X                []int // N C H W
	Labels           []int32
	arrays           map[string]weights.Array
}

func goldens(t *testing.T) (cases []golden) {
	t.Helper()
	arrays, metadata, _, err := weights.ReadSafetensors("../testdata/blocks.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(metadata["cases"]), &cases); err != nil {
		t.Fatal(err)
	}
	for i := range cases {
		cases[i].arrays = map[string]weights.Array{}
	}
	for _, a := range arrays {
		for _, c := range cases {
			if key, ok := strings.CutPrefix(a.Name, c.Name+"/"); ok {
				c.arrays[key] = a
			}
		}
	}
	return cases
}

// noise repeats goldens.py's values of variance 1.
func noise(name string, n int) []float32 {
	out := make([]float32, n)
	for i, v := range splitmix.Symmetric(name, n) {
		out[i] = float32(v * math.Sqrt(3))
	}
	return out
}

// initialise repeats goldens.py's first values of parameters.
func initialise(t *testing.T, state *graph.State, prefix string) {
	t.Helper()
	for _, s := range state.Tensors() {
		if !s.Trainable {
			continue
		}
		shape := s.TorchShape()
		values := splitmix.Symmetric(prefix+strings.TrimPrefix(s.Name, "unit."), len(s.Data()))
		data := make([]float32, len(values))
		for i, u := range values {
			switch {
			case len(shape) == 4:
				u *= math.Sqrt(6 / float64(shape[1]*shape[2]*shape[3]))
			case len(shape) == 2:
				u /= math.Sqrt(float64(shape[1]))
			case strings.HasSuffix(s.Name, ".weight"):
				u = 1 + 0.1*u
			default:
				u *= 0.1
			}
			data[i] = float32(u)
		}
		if err := s.SetTorch(data); err != nil {
			t.Fatal(err)
		}
	}
}

// images turns NCHW into NHWC.
func images(shape []int, data []float32) []float32 {
	c, h, w := shape[1], shape[2], shape[3]
	out := make([]float32, len(data))
	for i, v := range data {
		x, y, k, n := i%w, i/w%h, i/(w*h)%c, i/(w*h*c)
		out[((n*h+y)*w+x)*c+k] = v
	}
	return out
}

// build emits the block under the name "unit".
func (g golden) build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	emit := map[string]blocks.Block{
		"": blocks.BasicBlock, "basic": blocks.BasicBlock, "bottleneck": blocks.Bottleneck,
		"preact": blocks.PreActBlock, "preact bottleneck": blocks.PreActBottleneck,
	}[g.Block]
	u := blocks.Unit{Planes: g.Planes, Stride: g.Stride, Shortcut: g.Shortcut, Groups: g.Groups, BaseWidth: g.Base,
		StrideFirst: g.First, Activated: g.Activated}
	if g.Gate > 0 {
		u.Gate = blocks.SqueezeExcite(g.Gate)
	}
	return emit(b, "unit", x, u)
}

// TestBlocksAgainstPyTorch compares outputs, in training and in inference mode,
// and the gradients of the input and of all parameters. The loss is the cross
// entropy of mean(y*r) over the pixels, with random r. The tolerance is a few
// times the distance of PyTorch's own float32 from its float64, which is largest
// for a gate's first bias, where much cancels.
func TestBlocksAgainstPyTorch(t *testing.T) {
	const tolerance = 5e-5
	worst := map[string]float64{}
	for _, g := range goldens(t) {
		t.Run(g.Name, func(t *testing.T) {
			state := graph.NewState()
			b := graph.NewBuilder(state, graph.Options{Training: true})
			shape := []int{g.X[0], g.X[2], g.X[3], g.X[1]}
			value := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(images(g.X, noise(g.Name+"x", g.X[0]*g.X[1]*g.X[2]*g.X[3]))))
			x := gorgonia.NewTensor(b.Graph(), tensor.Float32, 4, gorgonia.WithName("x"), gorgonia.WithShape(shape...), gorgonia.WithValue(value))
			y := g.build(b, x)
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			want := g.arrays["y"]
			r := b.Input("r", y.Shape()...)
			copy(graph.Floats(r), images(want.Shape, noise(g.Name+"r", len(want.Data))))
			copied := b.Add("copied", y, b.Input("zeros", y.Shape()...), graph.Identity) // Gorgonia's product works in place
			product, err := gorgonia.HadamardProd(copied, r)
			if err != nil {
				t.Fatal(err)
			}
			labels := b.Labels("labels", len(g.Labels))
			copy(graph.Ints(labels), g.Labels)
			loss, _ := b.CrossEntropy("loss", b.GlobalAvgPool("pool", product), labels)
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			leaves := append(b.Params(), x)
			grads, err := gorgonia.Grad(loss, leaves...)
			if err != nil {
				t.Fatal(err)
			}
			compare := func(key string, got []float32) {
				t.Helper()
				want := g.arrays[key]
				data := want.Data
				if len(want.Shape) == 4 && !strings.HasSuffix(key, "weight") {
					data = images(want.Shape, want.Data)
				}
				e := compare.Distance(t, key, got, data)
				worst[g.Block] = max(worst[g.Block], e)
				if !(e <= tolerance) {
					t.Errorf("%s: relative error %.3g, want at most %g", key, e, tolerance)
				}
			}
			initialise(t, state, g.Name)
			m, err := b.Compile(y)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			if err := m.Run(); err != nil {
				t.Fatal(err)
			}
			compare("y", graph.Floats(y))
			compare("loss", []float32{graph.Scalar(loss)})
			for i, n := range leaves {
				got := graph.Floats(grads[i])
				if s := state.Get(n.Name()); s != nil {
					got = s.ToTorch(got)
				}
				compare("d."+strings.TrimPrefix(n.Name(), "unit."), got)
			}

			inference := graph.NewBuilder(state, graph.Options{})
			x = inference.Input("x", shape...)
			y = g.build(inference, x)
			run, err := inference.Compile()
			if err != nil {
				t.Fatal(err)
			}
			defer run.Close()
			copy(graph.Floats(x), value.Float32s())
			if err := run.Run(); err != nil {
				t.Fatal(err)
			}
			compare("inference", graph.Floats(y))
		})
	}
	for block, e := range worst {
		t.Logf("largest error of %q %.2g", block, e)
	}
}
