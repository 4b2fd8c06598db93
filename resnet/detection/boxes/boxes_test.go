package boxes

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph/weights"
)

// goldens reads the cases of testdata/detection.safetensors, which testdata/detection.py made
// with torchvision.
func goldens(t *testing.T) map[string]map[string]weights.Array {
	t.Helper()
	arrays, _, _, err := weights.ReadSafetensors("../../../testdata/detection.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]map[string]weights.Array{}
	for _, a := range arrays {
		name, key, _ := strings.Cut(a.Name, "/")
		if cases[name] == nil {
			cases[name] = map[string]weights.Array{}
		}
		cases[name][key] = a
	}
	return cases
}

// near wants values within a relative 1e-6 of the larger of theirs and 1.
func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i, w := range want {
		if !(math.Abs(float64(got[i]-w)) <= 2e-6*max(1, math.Abs(float64(w)))) {
			t.Fatalf("%s: value %d is %v, want %v", what, i, got[i], w)
		}
	}
}

// same wants whole numbers.
func same[I int | int32](t *testing.T, what string, got []I, want []float32) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(g I, w float32) bool { return float32(g) == w }) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestOverlapAndLevel(t *testing.T) {
	c := goldens(t)["overlap"]
	objects, all := c["objects"].Data, c["boxes"].Data
	for i := range len(objects) / 4 {
		for j := range len(all) / 4 {
			if got, want := IoU(At(objects, i), At(all, j)), c["iou"].Data[i*len(all)/4+j]; got != want {
				t.Fatalf("of object %d and box %d: %v, want %v", i, j, got, want)
			}
		}
	}
	c = goldens(t)["level"]
	var levels []int
	for i := range len(c["boxes"].Data) / 4 {
		levels = append(levels, Level(At(c["boxes"].Data, i), 2, 5))
	}
	same(t, "levels", levels, c["level"].Data)
	if l := Level([]float32{3, 3, 3, 3}, 2, 5); l != 2 {
		t.Errorf("a box of no area is on level %d", l)
	}
}

func TestCoder(t *testing.T) {
	for _, name := range []string{"code", "weighted code"} {
		c := goldens(t)[name]
		w := c["weights"].Data
		coder := Coder{w[0], w[1], w[2], w[3]}
		if name == "code" {
			coder = Coder{}
		}
		boxes, anchors, codes := c["boxes"].Data, c["anchors"].Data, c["codes"].Data
		encoded, decoded := make([]float32, len(boxes)), make([]float32, len(boxes))
		for i := range len(boxes) / 4 {
			coder.Encode(At(encoded, i), At(boxes, i), At(anchors, i))
			coder.Decode(At(decoded, i), At(codes, i), At(anchors, i))
		}
		near(t, name, encoded, c["encoded"].Data)
		near(t, name+", decoded", decoded, c["decoded"].Data)
	}
}

func TestAnchors(t *testing.T) {
	for name, sizes := range map[string][][]float32{
		"pyramid":       {{32}, {64}, {128}, {256}, {512}},
		"dense pyramid": {{32, 40, 50}, {64, 80, 101}, {128, 161, 203}, {256, 322, 406}, {512, 645, 812}},
	} {
		c := goldens(t)[name]
		var cells, grid, some []float32
		for i, m := range [][2]int{{25, 33}, {13, 17}, {7, 9}, {4, 5}, {2, 3}} {
			a := Anchors{sizes[i], []float32{0.5, 1, 2}}
			cells = append(cells, a.Cell()...)
			grid = append(grid, a.Grid(m[0], m[1], 100, 132)...)
		}
		step := 3
		if len(grid)/4 > 9000 {
			step = 7
		}
		for i := 0; i < len(grid)/4; i += step {
			some = append(some, At(grid, i)...)
		}
		near(t, name+": of a place", cells, c["cells"].Data)
		near(t, name, some, c["grid"].Data)
	}
}

func TestMatcher(t *testing.T) {
	for _, name := range []string{"match", "strict match", "dense match"} {
		c := goldens(t)[name]
		th := c["thresholds"].Data
		matches := make([]int32, len(c["boxes"].Data)/4)
		Matcher{th[0], th[1], th[2] == 1}.Match(matches, c["objects"].Data, c["boxes"].Data)
		same(t, name, matches, c["matches"].Data)
	}
	matches := []int32{5}
	Matcher{High: 0.5, Low: 0.5}.Match(matches, nil, []float32{0, 0, 1, 1})
	same(t, "no objects", matches, []float32{-1})
	// Every box that does not touch an object is its best one where none does.
	matches = make([]int32, 2)
	Matcher{0.7, 0.3, true}.Match(matches, []float32{50, 50, 60, 60}, []float32{0, 0, 1, 1, 2, 2, 4, 4})
	same(t, "an object that no box touches", matches, []float32{0, 0})
}

func TestSuppression(t *testing.T) {
	for _, name := range []string{"suppression", "suppression of many"} {
		c := goldens(t)[name]
		boxes, scores := c["boxes"].Data, c["scores"].Data
		groups := make([]int32, len(scores))
		for i, g := range c["groups"].Data {
			groups[i] = int32(g)
		}
		same(t, name, Suppress(boxes, scores, 0.5), c["kept"].Data)
		// torchvision sorts what is left of many groups once more, in any order where scores tie.
		got, want := SuppressGroups(boxes, scores, groups, 0.5), c["grouped"].Data
		if len(scores) > fewBoxes {
			byScore := func(i, j int) int {
				if scores[i] == scores[j] {
					return i - j
				}
				return int(math.Copysign(1, float64(scores[j]-scores[i])))
			}
			slices.SortFunc(want, func(a, b float32) int { return byScore(int(a), int(b)) })
		}
		same(t, name+" in groups", got, want)
	}
	if kept := SuppressGroups(nil, nil, nil, 0.5); len(kept) != 0 {
		t.Errorf("%v of nothing", kept)
	}
	flat := []float32{1, 1, 1, 1, 1, 1, 1, 1}
	same(t, "boxes of no area", Suppress(flat, []float32{1, 2}, 0.5), []float32{1, 0})
}

// TestTop wants what sorting all gives.
func TestTop(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	scores := make([]float32, 500)
	for i := range scores {
		scores[i] = float32(rng.IntN(60)) // with ties
	}
	all := Descending(scores)
	for _, k := range []int{0, 1, 2, 17, 499, 500, 600} {
		if got := Top(scores, k); !slices.Equal(got, all[:min(k, 500)]) {
			t.Errorf("the highest %d: %v, want %v", k, got, all[:min(k, 500)])
		}
	}
}

func TestPaste(t *testing.T) {
	c := goldens(t)["paste"]
	for i := range 6 {
		picture := make([]float32, 40*50)
		Paste(picture, 40, 50, c["masks"].Data[i*14*14:][:14*14], 14, At(c["boxes"].Data, i))
		near(t, "mask", picture, c["pasted"].Data[i*40*50:][:40*50])
	}
}

func TestSampler(t *testing.T) {
	s := Sampler{Count: 8, Positive: 0.25}
	for _, test := range []struct{ objects, background, ignored, takenObjects, takenBackground int }{
		{5, 20, 3, 2, 6}, {1, 20, 3, 1, 7}, {5, 2, 3, 2, 2}, {0, 0, 3, 0, 0}, {0, 9, 0, 0, 8},
	} {
		var labels []int32
		for _, group := range []struct {
			n     int
			label int32
		}{{test.objects, 3}, {test.background, 0}, {test.ignored, -1}} {
			for range group.n {
				labels = append(labels, group.label)
			}
		}
		s.Sample(labels, rand.New(rand.NewPCG(1, 2)))
		count := func(label int32) (n int) {
			for _, l := range labels {
				if l == label {
					n++
				}
			}
			return n
		}
		if count(3) != test.takenObjects || count(0) != test.takenBackground {
			t.Errorf("%+v: %d and %d", test, count(3), count(0))
		}
	}
	// Each is taken as often as others.
	taken := make([]int, 10)
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		labels := make([]int32, 10)
		Sampler{Count: 3}.Sample(labels, rng)
		for i, l := range labels {
			if l == 0 {
				taken[i]++
			}
		}
	}
	for i, n := range taken {
		if n < 500 || n > 700 {
			t.Errorf("%d is taken %d times of 2000, want about 600", i, n)
		}
	}
}
