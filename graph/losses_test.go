package graph

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph/weights"
	"gorgonia.org/gorgonia"
)

// TestLossesAgainstPyTorch compares losses and their gradients, of many shapes, weights
// and options, with testdata/losses.safetensors, which testdata/losses.py made.
func TestLossesAgainstPyTorch(t *testing.T) {
	arrays, metadata, _, err := weights.ReadSafetensors("../testdata/losses.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	type options struct {
		Loss               string
		Beta, Smoothing    float64
		Weights, Positives []float32
		Ignored            []int32
	}
	var cases map[string]options
	if err := json.Unmarshal([]byte(metadata["cases"]), &cases); err != nil {
		t.Fatal(err)
	}
	given := map[string]map[string]weights.Array{}
	for _, a := range arrays {
		i := strings.LastIndex(a.Name, "/")
		if given[a.Name[:i]] == nil {
			given[a.Name[:i]] = map[string]weights.Array{}
		}
		given[a.Name[:i]][a.Name[i+1:]] = a
	}
	if len(cases) < 80 {
		t.Fatalf("%d cases", len(cases))
	}
	for name, o := range cases {
		if o.Loss == "cross entropy" { // of pixels too
			pixels := o
			pixels.Loss = "cross entropy of pixels"
			cases["pixels "+name], given["pixels "+name] = pixels, given[name]
		}
	}
	for name, o := range cases {
		t.Run(name, func(t *testing.T) {
			c := given[name]
			b := NewBuilder(NewState(), Options{Training: true})
			x := b.Parameter("x", Constant(0), c["x"].Shape...)
			var targets, labels, weights, loss *gorgonia.Node
			if a, ok := c["labels"]; ok {
				labels = b.Labels("labels", a.Shape[0])
			} else {
				targets = b.Input("targets", c["targets"].Shape...)
			}
			if a, ok := c["weights"]; ok {
				weights = b.Input("weights", a.Shape...)
			}
			with := CrossEntropyOptions{Weights: o.Weights, Smoothing: o.Smoothing, Ignored: o.Ignored}
			switch o.Loss {
			case "squared error":
				loss = b.SquaredError("loss", x, targets, weights)
			case "smooth L1":
				loss = b.SmoothL1("loss", x, targets, weights, o.Beta)
			case "Huber":
				loss = b.Huber("loss", x, targets, weights, o.Beta)
			case "binary cross entropy":
				loss = b.BinaryCrossEntropy("loss", x, targets, weights, o.Positives)
			case "cross entropy":
				loss, _ = b.CrossEntropyWith("loss", x, labels, with)
			case "cross entropy of pixels":
				loss, _ = b.PixelCrossEntropy("loss", x, labels, with)
			case "soft cross entropy":
				loss = b.SoftCrossEntropyWith("loss", x, targets, with)
			}
			b.Gradients(loss)
			m := compile(t, b)
			for _, n := range []*gorgonia.Node{x, targets, weights} {
				if n != nil {
					copy(Floats(n), c[n.Name()].Data)
				}
			}
			if labels != nil {
				for i, v := range c["labels"].Data {
					Ints(labels)[i] = int32(v)
				}
			}
			run(t, m)
			got := map[string][]float32{"loss": {Scalar(loss)}, "dx": gradient(t, x)}
			for key, values := range got {
				if e := distance(t, key, values, c[key].Data); !(e <= 2e-6) && max(maxAbs(values), maxAbs(c[key].Data)) > 1e-7 {
					t.Errorf("%s: %v, want %v: relative error %.3g", key, values, c[key].Data, e)
				}
			}
		})
	}
}

// TestWhatDoesNotCount has values of NaN where the weight is 0, as padding may have, and
// batches in which nothing counts.
func TestWhatDoesNotCount(t *testing.T) {
	nan := float32(math.NaN())
	for name, emit := range map[string]func(b *Builder, x, targets, weights *gorgonia.Node) *gorgonia.Node{
		"squared error": func(b *Builder, x, targets, weights *gorgonia.Node) *gorgonia.Node {
			return b.SquaredError("loss", x, targets, weights)
		},
		"smooth L1": func(b *Builder, x, targets, weights *gorgonia.Node) *gorgonia.Node {
			return b.SmoothL1("loss", x, targets, weights, 1)
		},
		"binary cross entropy": func(b *Builder, x, targets, weights *gorgonia.Node) *gorgonia.Node {
			return b.BinaryCrossEntropy("loss", x, targets, weights, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var losses []float32
			for _, n := range []int{2, 3} {
				b := NewBuilder(NewState(), Options{Training: true})
				x := b.Parameter("x", Constant(0.25), n, 2)
				targets, w := b.Input("targets", n, 2), b.Input("weights", n)
				loss := emit(b, x, targets, w)
				b.Gradients(loss)
				m := compile(t, b)
				copy(Floats(w), []float32{1, 1})
				copy(Floats(targets), []float32{1, 0, 0, 1})
				for i := 4; i < 2*n; i++ {
					b.State().Get("x").Data()[i] = nan
				}
				run(t, m)
				losses = append(losses, Scalar(loss))
				if g := gradient(t, x); g[0] == 0 || n == 3 && (g[4] != 0 || g[5] != 0) {
					t.Errorf("gradient %v", g)
				}
				clear(Floats(w))
				run(t, m)
				if got := Scalar(loss); got != 0 || maxAbs(gradient(t, x)) != 0 {
					t.Errorf("where nothing counts, loss %v and gradient %v", got, gradient(t, x))
				}
			}
			if losses[0] != losses[1] || losses[0] == 0 {
				t.Errorf("losses without and with padding are %v", losses)
			}
		})
	}
}
