package diffusion

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"gorgonia.org/gorgonia"
)

// golden is a file of testdata/diffusion.py, which PyTorch made in float64.
type golden struct {
	arrays   map[string]weights.Array
	metadata map[string]string
}

func readGolden(t *testing.T, path string) golden {
	t.Helper()
	arrays, metadata, _, err := weights.ReadSafetensors(path)
	if err != nil {
		t.Fatal(err)
	}
	g := golden{arrays: map[string]weights.Array{}, metadata: metadata}
	for _, a := range arrays {
		g.arrays[a.Name] = a
	}
	return g
}

// under are the arrays whose names begin with a prefix, without it.
func (g golden) under(prefix string) (arrays []weights.Array) {
	for name, a := range g.arrays {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			a.Name = rest
			arrays = append(arrays, a)
		}
	}
	return arrays
}

// json reads a value of the metadata.
func (g golden) json(t *testing.T, name string, to any) {
	t.Helper()
	if err := json.Unmarshal([]byte(g.metadata[name]), to); err != nil {
		t.Fatal(name, err)
	}
}

// pictures are an array [N C H W] as [N H W C].
func (g golden) pictures(name string) (x []float32, shape []int) {
	a := g.arrays[name]
	n, c, size := a.Shape[0], a.Shape[1], a.Shape[2]*a.Shape[3]
	x = make([]float32, len(a.Data))
	for i := range x {
		x[(i/(c*size)*size+i%size)*c+i/size%c] = a.Data[i]
	}
	return x, []int{n, a.Shape[2], a.Shape[3], c}
}

// distance is the L2 distance of a from b, length that of b from 0, and relative the former
// in units of the latter.
func distance(a, b []float32) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	var square float64
	for i, v := range b {
		d := float64(a[i]) - float64(v)
		square += d * d
	}
	return math.Sqrt(square)
}

func length(b []float32) float64 { return distance(make([]float32, len(b)), b) }

func relative(a, b []float32) float64 { return distance(a, b) / length(b) }

// compare trains a step and wants PyTorch's output, loss and gradients of all parameters,
// each within so much of it.
func compare(t *testing.T, u UNet, g golden, within float64) {
	t.Helper()
	x, shape := g.pictures("x")
	want, _ := g.pictures("y")
	noise, _ := g.pictures("noise")
	n := shape[0]
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{Training: true, Seed: 1})
	in := b.Input("images", shape...)
	times := b.Input(TimeField, n, 1, 1, u.Channels)
	y := u.BuildFields(b, map[string]*gorgonia.Node{"images": in, TimeField: times})[0]
	target, present := b.Input("target", shape...), b.Input("present", n)
	loss := b.SquaredError("loss", y, target, present)
	b.Gradients(loss)
	m, err := b.Compile(y, loss)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := state.SetArrays(g.under("w."), nil); err != nil {
		t.Fatal(err)
	}
	for i, step := range g.arrays["steps"].Data {
		Embed(int(step), graph.Floats(times)[i*u.Channels:][:u.Channels])
	}
	if e := relative(graph.Floats(times), g.arrays["times"].Data); e > 1e-7 {
		t.Errorf("embeddings are %.1e off", e)
	}
	copy(graph.Floats(in), x)
	copy(graph.Floats(target), noise)
	for i := range n {
		graph.Floats(present)[i] = 1
	}
	if err := m.Run(); err != nil {
		t.Fatal(err)
	}
	output := relative(graph.Floats(y), want)
	if off := math.Abs(float64(graph.Scalar(loss)/g.arrays["loss"].Data[0] - 1)); !(output <= within && off <= within) {
		t.Errorf("the output is %.1e off, the loss %.1e", output, off)
	}
	left := g.under("g.")
	var all, allWant []float32
	type part struct {
		name      string
		got, want []float32
	}
	var parts []part
	for _, p := range b.Params() {
		grad, err := p.Grad()
		if err != nil {
			t.Fatal(err)
		}
		name := p.Name()
		got, want := state.Get(name).ToTorch(grad.Data().([]float32)), g.arrays["g."+name].Data
		left = slices.DeleteFunc(left, func(a weights.Array) bool { return a.Name == name })
		all, allWant = append(all, got...), append(allWant, want...)
		parts = append(parts, part{name, got, want})
	}
	if len(left) > 0 {
		t.Errorf("no gradients of %d parameters, %s among them", len(left), left[0].Name)
	}
	gradients := relative(all, allWant)
	worst, of := 0.0, ""
	for _, p := range parts {
		scale := length(p.want)
		if key, ok := strings.CutSuffix(p.name, ".k.bias"); ok { // 0 but for rounding, since softmax does not see it
			scale = length(g.arrays["g."+key+".k.weight"].Data)
		}
		if e := distance(p.got, p.want) / scale; !(e <= worst) {
			worst, of = e, p.name
		}
	}
	if !(gradients <= within) || !(worst <= 10*within) {
		t.Errorf("gradients are %.1e off, the worst, %s, %.1e", gradients, of, worst)
	}
	var float32s [2]float64
	g.json(t, "float32", &float32s)
	t.Logf("of PyTorch in float64: output %.1e (PyTorch's float32 %.1e), gradients %.1e (%.1e), the worst %s %.1e", output, float32s[0], gradients, float32s[1], of, worst)
}

// TestUNetAgainstPyTorch compares a narrow network of three levels, with attention at two
// of them.
func TestUNetAgainstPyTorch(t *testing.T) {
	g := readGolden(t, "../../testdata/diffusion.safetensors")
	var u UNet
	g.json(t, "network", &u)
	compare(t, u, g, 2e-6)
}

// TestPaperUNetAgainstPyTorch compares the paper's network at its own size.
func TestPaperUNetAgainstPyTorch(t *testing.T) {
	const variable = "GORGONET_DIFFUSION"
	folder := os.Getenv(variable)
	if folder == "" {
		t.Skipf("no %s; make such a folder with testdata/diffusion.py full", variable)
	}
	u := CIFAR(128)
	u.Dropout = 0
	compare(t, u, readGolden(t, filepath.Join(folder, "full.safetensors")), 1e-5)
}

// TestStepsAgainstPyTorch compares the schedule, noisy pictures, and what a step of each
// sampler makes of them.
func TestStepsAgainstPyTorch(t *testing.T) {
	g, s := readGolden(t, "../../testdata/diffusion.safetensors"), Paper()
	var at []int
	var skip int
	var want map[string][]float64
	g.json(t, "at", &at)
	g.json(t, "skip", &skip)
	g.json(t, "schedule", &want)
	near := func(what string, step int, got, want float64) {
		if !(math.Abs(got-want) <= 1e-12*math.Abs(want)) {
			t.Errorf("%s of step %d is %v, want %v", what, step, got, want)
		}
	}
	for i, step := range at {
		clean, noisy, variance := s.posterior(step)
		for name, got := range map[string]float64{"beta": s.Beta[step], "bar": s.AlphaBar[step], "before": s.before(step), "clean": clean, "noisy": noisy, "variance": variance} {
			near(name, step, got, want[name][i])
		}
		const size = 12
		row := func(name string) []float32 { return g.arrays[name].Data[i*size:][:size] }
		close := func(what string, got, want []float32) {
			for j, v := range want {
				if !(math.Abs(float64(got[j]-v)) <= 1e-6*max(1, math.Abs(float64(v)))) {
					t.Errorf("%s of step %d: value %d is %v, want %v", what, step, j, got[j], v)
				}
			}
		}
		q := slices.Clone(row("clean"))
		s.noise(q, row("eps"), step)
		close("a noisy picture", q, row("q"))
		for _, small := range []bool{false, true} {
			deviation := math.Sqrt(want["beta"][i])
			if small {
				deviation = math.Sqrt(want["variance"][i])
			}
			if step == 0 {
				deviation = 0
			}
			x, noise := slices.Clone(row("q")), rand.New(rand.NewPCG(7, 7))
			s.ancestral(x, row("predicted"), step, small, rand.New(rand.NewPCG(7, 7)))
			for j := range x {
				x[j] -= float32(deviation * noise.NormFloat64())
			}
			close("the mean of DDPM", x, row("ddpm"))
		}
		following := 1.0
		if step >= skip {
			following = s.AlphaBar[step-skip]
		}
		x := slices.Clone(row("q"))
		s.implicit(x, row("predicted"), step, following)
		close("DDIM", x, row("ddim"))
	}
}
