package experiment

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training"
	"gorgonia.org/gorgonia"
)

// TestPathsAddUp adds up the gradients through all 2ⁿ paths: they are the gradient of the
// network, which a graph of the test's own has.
func TestPathsAddUp(t *testing.T) {
	n := network(t, Residual, 8)
	n.Experiment = "paths"
	state := trainedState(t, n)
	tr, err := newTracer(t.Context(), n, state, blobs{96, 0})
	if err != nil {
		t.Fatal(err)
	}
	var sum []float64
	for path := range 1 << tr.units {
		on := make([]bool, tr.units)
		for i := range on {
			on[i] = path>>i&1 == 1
		}
		g, err := tr.along(on)
		if err != nil {
			t.Fatal(err)
		}
		if sum == nil {
			sum = make([]float64, len(g))
		}
		for i, v := range g {
			sum[i] += float64(v)
		}
	}

	// With all gates open it is the whole gradient.
	gates := graph.Floats(tr.gates)
	for i := range gates {
		gates[i] = 1
	}
	if err := tr.machine.Run(); err != nil {
		t.Fatal(err)
	}
	whole := graph.Floats(tr.gradient)
	var far, length float64
	for i, v := range whole {
		far += (sum[i] - float64(v)) * (sum[i] - float64(v))
		length += float64(v) * float64(v)
	}
	if length == 0 || math.Sqrt(far/length) > 1e-5 {
		t.Errorf("the paths add up to %v off the gradient, whose squared length is %v", math.Sqrt(far/length), length)
	}

	// And it is that of the network as it is trained, by finite differences along it.
	b := graph.NewBuilder(graph.NewState(), graph.Options{})
	images, labels := b.Input("images", pathPictures, 8, 8, 3), b.Labels("labels", pathPictures)
	shift := b.Input("shift", tr.gradient.Shape()...)
	c := n.config()
	first := true
	block := c.Block
	c.Block = func(b *graph.Builder, name string, x *gorgonia.Node, u blocks.Unit) *gorgonia.Node {
		if first {
			x, first = b.Add("moved", x, shift, graph.Identity), false
		}
		return block(b, name, x, u)
	}
	loss, _ := b.CrossEntropy("loss", c.Build(b, images), labels)
	m, err := b.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if err := copyState(b.State(), state); err != nil {
		t.Fatal(err)
	}
	pass, err := training.NewPass(head{blobs{96, 0}, pathPictures}, pathPictures)
	if err != nil {
		t.Fatal(err)
	}
	defer pass.Close()
	batch, err := pass.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	copy(graph.Floats(images), batch.Images)
	copy(graph.Ints(labels), batch.Labels)
	at := func(h float64) float64 {
		to := graph.Floats(shift)
		for i, v := range whole {
			to[i] = float32(h * float64(v))
		}
		if err := m.Run(); err != nil {
			t.Fatal(err)
		}
		return float64(graph.Scalar(loss))
	}
	h := 0.05 / math.Sqrt(length)
	if got := (at(h) - at(-h)) / (2 * h); math.Abs(got/length-1) > 0.01 {
		t.Errorf("the loss changes by %v along the gradient, want its squared length %v", got, length)
	}
}

// TestFollow follows every length, the same paths each time.
func TestFollow(t *testing.T) {
	n := network(t, Residual, 14)
	n.Experiment = "paths"
	state := trainedState(t, n)
	rows, err := follow(t.Context(), n, state, 6, blobs{96, 0})
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, row := range rows {
		count[row[1]]++
		if v, err := strconv.ParseFloat(row[2], 64); err != nil || !(v > 0) {
			t.Errorf("a gradient of %q", row[2])
		}
	}
	for k := range 7 {
		want := pathSamples
		if k == 0 || k == 6 {
			want = 1
		}
		if got := count[strconv.Itoa(k)]; got != want {
			t.Errorf("%d paths of length %d, want %d", got, k, want)
		}
	}
	again, err := follow(t.Context(), n, state, 6, blobs{96, 0})
	if err != nil || len(again) != len(rows) {
		t.Fatalf("%d rows, %v", len(again), err)
	}
	for i := range rows {
		if rows[i][2] != again[i][2] {
			t.Errorf("path %d: %v and %v", i, rows[i], again[i])
		}
	}
}

// along makes a network of 20 units whose paths of length k have a gradient of ratio^k.
func along(ratio float64, seed uint64) *Trained {
	n := Network{Experiment: "paths", Kind: Residual, Depth: 62, Seed: seed, Iterations: 800, Test: 1000}
	t := &Trained{Network: n, Result: &training.Result{}}
	for k := range 21 {
		for range 2 {
			t.Paths = append(t.Paths, Point{Iteration: 800, Of: strconv.Itoa(k), Value: math.Pow(ratio, float64(k))})
		}
	}
	return t
}

// TestLengths knows the mean of a binomial distribution: of n units n·r/(1+r), where every
// unit that is gone through multiplies the gradient by r.
func TestLengths(t *testing.T) {
	for _, test := range []struct {
		ratio float64
		says  string
	}{{1, "not decided"}, {0.25, "short"}, {4, "long"}} {
		l := along(test.ratio, 1).lengths()
		want := 20 * test.ratio / (1 + test.ratio)
		if math.Abs(l.expected-want) > 1e-9 || l.noise > 1e-9 {
			t.Errorf("ratio %v: a length of %v ± %v, want %v", test.ratio, l.expected, l.noise, want)
		}
		var share, number float64
		for k := range l.share {
			share, number = share+l.share[k], number+l.number[k]
		}
		if math.Abs(share-1) > 1e-9 || math.Abs(number-1) > 1e-9 {
			t.Errorf("ratio %v: shares add up to %v and %v", test.ratio, share, number)
		}
		r := &Results{Networks: []*Trained{along(test.ratio, 1), along(test.ratio, 2)}}
		if got := r.pathsVerdict().Lengths[0]; got.Says != test.says || got.Units != 20 {
			t.Errorf("ratio %v: %+v, want %s", test.ratio, got, test.says)
		}
		r.Networks = r.Networks[:1]
		if got := r.pathsVerdict().Lengths[0].Says; got != "not decided" {
			t.Errorf("ratio %v, one seed: %s", test.ratio, got)
		}
	}
	from, to, paths := along(0.25, 1).lengths().middle()
	if from != 1 || to != 7 || math.Abs(paths-0.1315870) > 1e-6 {
		t.Errorf("nine tenths of the gradient from %d to %d, %v of the paths", from, to, paths)
	}

	// The noise of a mean over few paths: one length has all the gradient's weight but for
	// the other, of which two paths differ.
	one := &Trained{Paths: []Point{{Of: "0", Value: 1}, {Of: "1", Value: 0.5}, {Of: "1", Value: 1.5}}}
	if l := one.lengths(); math.Abs(l.expected-0.5) > 1e-12 || math.Abs(l.noise-0.125) > 1e-12 {
		t.Errorf("%v ± %v, want 0.5 ± 0.125", l.expected, l.noise)
	}
	for _, damaged := range [][]Point{{{Of: "1", Value: 1}}, {{Of: "0", Value: -1}}, {{Of: "0", Value: math.NaN()}}, {{Of: "0"}, {Of: "2"}}, {{Of: "x"}}, {{Of: "0"}}} {
		if l := (&Trained{Paths: damaged}).lengths(); len(l.share) != 0 {
			t.Errorf("%v: %+v", damaged, l)
		}
	}
}

// TestDeletions compares how much networks miss their units.
func TestDeletions(t *testing.T) {
	of := func(kind Kind, seed uint64, whole, without float64) *Trained {
		t := &Trained{Network: Network{Experiment: "paths", Kind: kind, Depth: 14, Seed: seed, Iterations: 800, Test: 1000}, Result: &training.Result{}}
		t.Unravelling = append(t.Unravelling, Point{Of: intact, Value: whole})
		for _, unit := range t.droppable() {
			t.Unravelling = append(t.Unravelling, Point{Of: unit, Value: without})
		}
		return t
	}
	for _, test := range []struct {
		plain, residual float64 // error without a unit; 0.4 with all
		want            string
	}{{.9, .42, "the plain network misses its units more, as"}, {.42, .42, "is not decided"}, {.42, .9, "against what the paper finds"}} {
		r := &Results{}
		for _, seed := range []uint64{1, 2} {
			r.Networks = append(r.Networks, of(Plain, seed, .4, test.plain), of(Residual, seed, .4, test.residual))
		}
		if v := r.pathsVerdict(); !strings.Contains(v.String(), test.want) || !strings.Contains(v.String(), "rises by") {
			t.Errorf("want %q in %v", test.want, v)
		}
	}
}
