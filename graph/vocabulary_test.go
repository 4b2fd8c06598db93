package graph

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph/weights"
	"gorgonia.org/gorgonia"
)

// vocabulary reads the cases of testdata/vocabulary.safetensors, which
// testdata/vocabulary.py made with PyTorch, and the epsilon of those that have one.
func vocabulary(t *testing.T) (cases map[string]map[string]weights.Array, epsilon map[string]float64) {
	t.Helper()
	arrays, metadata, _, err := weights.ReadSafetensors("../testdata/vocabulary.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(metadata["epsilon"]), &epsilon); err != nil {
		t.Fatal(err)
	}
	cases = map[string]map[string]weights.Array{}
	for _, a := range arrays {
		name, key, _ := strings.Cut(a.Name, "/")
		if cases[name] == nil {
			cases[name] = map[string]weights.Array{}
		}
		cases[name][key] = a
	}
	return cases, epsilon
}

// TestVocabularyAgainstPyTorch compares activations and layer norms, and their
// gradients, with every rule and with none.
func TestVocabularyAgainstPyTorch(t *testing.T) {
	cases, epsilon := vocabulary(t)
	for name, c := range cases {
		for _, unfused := range [][]string{nil, Rules()} {
			t.Run(name, func(t *testing.T) {
				b := NewBuilder(NewState(), Options{Training: true, Unfused: unfused})
				x := b.Parameter("x", Constant(0), c["x"].Shape...)
				var y *gorgonia.Node
				if e := epsilon[name]; e > 0 {
					y = b.Norm("l", x, Norm{Kind: LayerNorm, Epsilon: e})
				} else {
					a, err := ParseActivation(name)
					if err != nil {
						t.Fatal(err)
					}
					y = b.Activate("l", x, a)
				}
				dy := b.Input("dy", c["dy"].Shape...)
				loss, _ := b.dot(y, dy)
				b.Gradients(loss)
				m := compile(t, b, y)
				copy(Floats(dy), c["dy"].Data)
				names := map[string]string{"x": "x", "l.weight": "weight", "l.bias": "bias"}
				for _, s := range b.State().Tensors() {
					copy(s.Data(), c[names[s.Name]].Data)
				}
				run(t, m)
				got := map[string][]float32{"y": Floats(y)}
				for i, p := range b.Params() {
					got["d"+names[p.Name()]] = Floats(b.gradients[i])
				}
				for key, values := range got {
					if e := distance(t, key, values, c[key].Data); !(e <= 5e-6) && max(maxAbs(values), maxAbs(c[key].Data)) > 1e-6 {
						t.Errorf("%s: relative error %.3g", key, e)
					}
				}
			})
		}
	}
}

// maxAbs is the largest absolute value: a layer norm of one channel has gradients that
// are zero but for rounding.
func maxAbs(x []float32) float32 { return max(slices.Max(x), -slices.Min(x)) }
