package graph

import (
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph/weights"
	"gorgonia.org/gorgonia"
)

// regionCases reads what testdata/detection.py made with torchvision.
func regionCases(t *testing.T, names ...string) map[string]map[string]weights.Array {
	t.Helper()
	arrays, _, _, err := weights.ReadSafetensors("../testdata/detection.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]map[string]weights.Array{}
	for _, name := range names {
		cases[name] = map[string]weights.Array{}
		for _, a := range arrays {
			if of, key, _ := strings.Cut(a.Name, "/"); of == name {
				cases[name][key] = a
			}
		}
	}
	return cases
}

func TestRoIsAgainstTorchvision(t *testing.T) {
	for name, c := range regionCases(t, "align", "adaptive align", "aligned", "pool") {
		t.Run(name, func(t *testing.T) {
			options := RoIs{Kind: KindRoIPool, Size: 7, Scales: []float64{0.25}}
			if o := c["options"].Data; o != nil {
				options.Kind, options.Size, options.Samples, options.Aligned = KindRoIAlign, int(o[0]), max(int(o[1]), 0), o[2] == 1
			}
			b := NewBuilder(NewState(), Options{Training: true, Memory: PoisonedMemory})
			shape, data := nhwc(c["x"].Shape, c["x"].Data)
			x := b.Parameter("x", Constant(0), shape...)
			regions := b.Input("regions", c["rois"].Shape...)
			y := b.RoIs("l", []*gorgonia.Node{x}, regions, options)
			shape, gradients := nhwc(c["dy"].Shape, c["dy"].Data)
			dy := b.Input("dy", shape...)
			loss, _ := b.dot(y, dy)
			b.Gradients(loss)
			m := compile(t, b, y)
			copy(b.State().Get("x").Data(), data)
			copy(Floats(regions), c["rois"].Data)
			copy(Floats(dy), gradients)
			run(t, m)
			for key, got := range map[string][]float32{"y": Floats(y), "dx": gradient(t, x)} {
				_, want := nhwc(c[key].Shape, c[key].Data)
				if e := distance(t, key, got, want); !(e <= 1e-6) {
					t.Errorf("%s: relative error %.3g", key, e)
				}
			}
		})
	}
}

// regionsOf are four regions of two maps, one of them none.
func regionsOf(b *Builder) *gorgonia.Node {
	n := b.Input("regions", 4, 6)
	copy(Floats(n), []float32{0, 1, 2, 9, 7, 0, 1, 0, 0, 30, 20, 0, -1, 1, 1, 2, 2, 0, 1, 12, 3, 17, 19, 0})
	return n
}

// ofSide tells large boxes from small ones.
func ofSide(box []float32) int { return int(box[2]-box[0]) / 16 }

func TestRoIGradients(t *testing.T) {
	for _, kind := range []Kind{KindRoIAlign, KindRoIPool} {
		t.Run(string(kind), func(t *testing.T) {
			check(t, true, func(_ *testing.T, b *Builder) *gorgonia.Node {
				maps := []*gorgonia.Node{apart(b, b.variable("x", 2, 10, 11, 3)), apart(b, b.variable("z", 2, 5, 6, 3))}
				return b.RoIs("l", maps, regionsOf(b), RoIs{Kind: kind, Size: 2, Samples: 2, Scales: []float64{0.5, 0.25}, Level: ofSide})
			})
		})
	}
}

func TestRoIMisuse(t *testing.T) {
	for words, change := range map[string]func(r *RoIs, maps *[]*gorgonia.Node){
		"no pooling of regions of kind": func(r *RoIs, _ *[]*gorgonia.Node) { r.Kind = KindMaxPool },
		"a size of at least 1":          func(r *RoIs, _ *[]*gorgonia.Node) { r.Size = 0 },
		"how to choose one":             func(r *RoIs, maps *[]*gorgonia.Node) { *maps, r.Scales = append(*maps, (*maps)[0]), []float64{1, 1} },
		"1 maps and 0 scales":           func(r *RoIs, _ *[]*gorgonia.Node) { r.Scales = nil },
		"scales above 0":                func(r *RoIs, _ *[]*gorgonia.Node) { r.Scales = []float64{0} },
	} {
		b := NewBuilder(NewState(), Options{})
		r, maps := RoIs{Kind: KindRoIAlign, Size: 2, Scales: []float64{1}}, []*gorgonia.Node{b.Input("x", 1, 4, 4, 2)}
		change(&r, &maps)
		b.RoIs("l", maps, regionsOf(b), r)
		wantError(t, words, b.Err(), "l: ", words)
	}
	b := NewBuilder(NewState(), Options{})
	b.RoIs("l", []*gorgonia.Node{b.Input("x", 1, 4, 4, 2)}, regionsOf(b), RoIs{Kind: KindRoIAlign, Size: 2, Scales: []float64{1}})
	wantError(t, "a picture that is not there", compile(t, b).Run(), "region 1 is of picture 1; there are 1")
}
