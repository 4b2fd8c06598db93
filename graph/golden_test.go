package graph

import (
	"encoding/json"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gorgonet/gorgonet/graph/weights"
)

// golden is a case of testdata/layers.safetensors, which testdata/goldens.py
// made with PyTorch.
type golden struct {
	Name, Op, Mode      string
	Out                 int
	Kernel, Stride, Pad int
	Groups              int
	Bias                bool
	Labels              []int32
	Correct             float32
	arrays              map[string]weights.Array
}

// goldens reads the cases.
func goldens(t *testing.T) (cases []golden) {
	t.Helper()
	arrays, metadata, checked, err := weights.ReadSafetensors("../testdata/layers.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	if checked {
		t.Error("a file without a checksum counts as checked")
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

// nhwc turns a shape, and images unless data is nil, from PyTorch's layout to
// ours. Other than images stay as they are.
func nhwc(shape []int, data []float32) ([]int, []float32) {
	if len(shape) != 4 {
		return shape, data
	}
	n, c, h, w := shape[0], shape[1], shape[2], shape[3]
	out := make([]float32, len(data))
	for i, v := range data {
		x, y, k, image := i%w, i/w%h, i/(w*h)%c, i/(w*h*c)
		out[((image*h+y)*w+x)*c+k] = v
	}
	return []int{n, h, w, c}, out
}

// emit builds the layer of the case under the name "layer".
func (g golden) emit(b *Builder, x, shortcut *gorgonia.Node) (y, correct *gorgonia.Node) {
	switch g.Op {
	case "conv":
		y = b.Conv("layer", x, Conv{Out: g.Out, Kernel: g.Kernel, Stride: g.Stride, Pad: g.Pad, Groups: g.Groups, Bias: g.Bias})
	case "flat": // a linear layer on a flattened picture
		y = b.Conv("layer", x, Conv{Out: g.Out, Kernel: x.Shape()[1], Bias: true, Flat: true})
	case "batchnorm":
		y = b.Norm("layer", x, Norm{})
	case "batchnorm relu":
		y = b.Norm("layer", x, Norm{Activation: ReLU})
	case "batchnorm add relu":
		y = b.Norm("layer", x, Norm{Shortcut: shortcut, Activation: ReLU})
	case "relu":
		y = b.Activate("layer", x, ReLU)
	case "sigmoid":
		y = b.Activate("layer", x, Sigmoid)
	case "add relu":
		y = b.Add("layer", x, shortcut, ReLU)
	case "scale channels":
		y = b.ScaleChannels("layer", x, shortcut)
	case "add":
		y = b.Add("layer", x, shortcut, Identity)
	case "maxpool":
		y = b.MaxPool("layer", x, g.Kernel, g.Stride, g.Pad)
	case "avgpool":
		y = b.GlobalAvgPool("layer", x)
	case "window average":
		y = b.AvgPool("layer", x, g.Kernel, g.Stride)
	case "linear", "pixels":
		y = b.Linear("layer", x, g.Out)
	case "subsample":
		y = b.Subsample("layer", x, g.Out, g.Stride)
	case "cross entropy":
		labels := b.Labels("labels", len(g.Labels))
		copy(Ints(labels), g.Labels)
		y, correct = b.CrossEntropy("layer", x, labels)
	default:
		b.failf("unknown operation %s", g.Op)
	}
	return y, correct
}

// TestLayersAgainstPyTorch compares outputs, gradients of all inputs and
// parameters, and running statistics.
func TestLayersAgainstPyTorch(t *testing.T) {
	const tolerance = 1e-5
	worst := map[string]float64{}
	for _, g := range goldens(t) {
		t.Run(g.Name, func(t *testing.T) {
			state := NewState()
			b := NewBuilder(state, Options{Training: g.Mode != "inference"})
			inputs := map[string]*gorgonia.Node{}
			for _, key := range []string{"x", "shortcut"} {
				if a, ok := g.arrays[key]; ok {
					ours, data := nhwc(a.Shape, a.Data)
					inputs[key] = b.variable(key, ours...)
					copy(state.Get(key).Data(), data)
				}
			}
			y, correct := g.emit(b, inputs["x"], inputs["shortcut"])
			dy := b.Input("dy", max(len(g.arrays["dy"].Data), 1))
			loss, _ := b.dot(y, dy)
			grads := b.Gradients(loss)
			m := compile(t, b, y)
			_, data := nhwc(g.arrays["dy"].Shape, g.arrays["dy"].Data)
			copy(Floats(dy), data)
			for _, s := range state.Tensors() {
				if key, ok := strings.CutPrefix(s.Name, "layer."); ok {
					if err := s.SetTorch(g.arrays[key].Data); err != nil {
						t.Fatal(err)
					}
				}
			}
			compare := func(key string, got []float32) {
				t.Helper()
				want, ok := g.arrays[key]
				if !ok {
					t.Fatalf("the file has no %s", key)
				}
				_, data := nhwc(want.Shape, want.Data)
				if strings.HasSuffix(key, "weight") {
					data = want.Data
				}
				e := distance(t, key, got, data)
				worst[g.Op] = max(worst[g.Op], e)
				if !(e <= tolerance) {
					t.Errorf("%s: relative error %.3g, want at most %g", key, e, tolerance)
				}
			}
			run(t, m)
			compare("y", Floats(y))
			for i, p := range b.Params() {
				key := strings.TrimPrefix(p.Name(), "layer.")
				compare("d."+key, state.Get(p.Name()).ToTorch(Floats(grads[i])))
			}
			if correct != nil && Scalar(correct) != g.Correct {
				t.Errorf("%v correct, want %v", Scalar(correct), g.Correct)
			}
			for _, key := range []string{"running_mean", "running_var"} {
				s := state.Get("layer." + key)
				switch {
				case s == nil:
				case g.Mode == "training":
					compare(key+".1", s.Data())
				default:
					sameBits(t, key, s.Data(), g.arrays[key].Data)
				}
			}
			if g.Mode == "training" {
				run(t, m)
				compare("running_mean.2", state.Get("layer.running_mean").Data())
				compare("running_var.2", state.Get("layer.running_var").Data())
			}
		})
	}
	for op, e := range worst {
		t.Logf("largest error of %-20s %.2g", op, e)
	}
}
