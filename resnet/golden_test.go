package resnet_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/internal/compare"
	"github.com/gorgonet/gorgonet/internal/splitmix"
	"github.com/gorgonet/gorgonet/resnet"
	"gorgonia.org/gorgonia"
)

// golden is the case of testdata/resnet20.safetensors, which testdata/goldens.py
// made with PyTorch.
type golden struct {
	Depth, Batch, Batches, Steps int
	Rate, Momentum, Decay        float32
	arrays                       map[string]weights.Array
}

func readGolden(t *testing.T) (g golden) {
	t.Helper()
	arrays, metadata, _, err := weights.ReadSafetensors("../testdata/resnet20.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(metadata["case"]), &g); err != nil {
		t.Fatal(err)
	}
	g.arrays = map[string]weights.Array{}
	for _, a := range arrays {
		g.arrays[a.Name] = a
	}
	return g
}

// initialise repeats goldens.py's first values of parameters; statistics are
// random too where they are asked for.
func initialise(t *testing.T, state *graph.State, statistics bool) {
	t.Helper()
	for _, s := range state.Tensors() {
		if !s.Trainable && !statistics {
			continue
		}
		shape := s.TorchShape()
		data := make([]float32, len(s.Data()))
		for i, u := range splitmix.Symmetric(s.Name, len(data)) {
			switch {
			case len(shape) == 4:
				u *= math.Sqrt(6 / float64(shape[1]*shape[2]*shape[3]))
			case len(shape) == 2:
				u /= math.Sqrt(float64(shape[1]))
			case strings.HasSuffix(s.Name, ".weight"):
				u = 1 + 0.1*u
			case strings.HasSuffix(s.Name, ".running_mean"):
				u *= 0.2
			case strings.HasSuffix(s.Name, ".running_var"):
				u = 1 + 0.5*u
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

// batch repeats goldens.py's batch of a number, with the pictures as NHWC.
func batch(number, size int, x []float32, labels []int32) {
	const channels, side, square = 3, 32, 8
	for i, u := range splitmix.Uniform(fmt.Sprintf("labels %d", number), size) {
		labels[i] = int32(u * 10)
	}
	patterns := map[int32][]float64{}
	for k := range int32(10) {
		patterns[k] = splitmix.Symmetric(fmt.Sprintf("class %d", k), channels*(side/square)*(side/square))
	}
	for i, u := range splitmix.Symmetric(fmt.Sprintf("images %d", number), len(x)) {
		w, h, c, n := i%side, i/side%side, i/(side*side)%channels, i/(side*side*channels)
		p := patterns[labels[n]][(c*(side/square)+h/square)*(side/square)+w/square]
		x[((n*side+h)*side+w)*channels+c] = float32(p + 0.5*u)
	}
}

// TestResNet20AgainstPyTorch compares the first step's logits, loss and
// gradients, and then the course of the training: losses, running statistics,
// and the lengths of the parameters at its end.
func TestResNet20AgainstPyTorch(t *testing.T) {
	g := readGolden(t)
	network, err := resnet.CIFAR(g.Depth)
	if err != nil {
		t.Fatal(err)
	}
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{Training: true})
	x, labels := b.Input("x", g.Batch, 32, 32, 3), b.Labels("labels", g.Batch)
	logits := network.Build(b, x)
	loss, _ := b.CrossEntropy("loss", logits, labels)
	grads := b.Gradients(loss)
	m, err := b.Compile(logits)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	initialise(t, state, false)
	for key, a := range g.arrays { // biases with which rounding does not change a ReLU's side
		if name, ok := strings.CutPrefix(key, "start."); ok {
			if err := state.Get(name).SetTorch(a.Data); err != nil {
				t.Fatal(err)
			}
		}
	}

	steps := g.Steps
	if testing.Short() {
		steps = 1
	}
	velocity := make([][]float32, len(grads))
	var worstLoss float64
	for step := range steps {
		batch(step%g.Batches, g.Batch, graph.Floats(x), graph.Ints(labels))
		if err := m.Run(); err != nil {
			t.Fatal(err)
		}
		if step == 0 {
			t.Logf("error of the logits %.2g", compare.Near(t, "logits", graph.Floats(logits), g.arrays["logits"].Data, 1e-4))
			worst := 0.0
			for i, p := range b.Params() {
				got := state.Get(p.Name()).ToTorch(values(t, p))
				worst = max(worst, compare.Near(t, "gradient of "+p.Name(), got, g.arrays["d."+p.Name()].Data, 1e-4))
				velocity[i] = make([]float32, len(got))
			}
			t.Logf("largest error of a gradient %.2g", worst)
		}
		want := float64(g.arrays["losses"].Data[step])
		e := math.Abs(float64(graph.Scalar(loss)) - want)
		worstLoss = max(worstLoss, e)
		if !(e <= 1e-3) {
			t.Errorf("step %d: loss %v, want %v", step, graph.Scalar(loss), want)
		}
		for i, p := range b.Params() {
			w := state.Get(p.Name()).Data()
			for j, d := range values(t, p) {
				d += g.Decay * w[j]
				velocity[i][j] = g.Momentum*velocity[i][j] + d
				w[j] -= g.Rate * velocity[i][j]
			}
		}
	}
	t.Logf("largest error of a loss in %d steps %.2g", steps, worstLoss)
	if steps < g.Steps {
		return
	}
	worst := map[string]float64{}
	for _, s := range state.Tensors() {
		if !s.Trainable {
			worst["running statistic"] = max(worst["running statistic"], compare.Near(t, s.Name, s.Data(), g.arrays["end."+s.Name].Data, 1e-3))
			continue
		}
		var norm float64
		for _, v := range s.Data() {
			norm += float64(v) * float64(v)
		}
		e := compare.Near(t, "length of "+s.Name, []float32{float32(math.Sqrt(norm))}, g.arrays["norm."+s.Name].Data, 1e-3)
		worst["parameter's length"] = max(worst["parameter's length"], e)
	}
	for what, e := range worst {
		t.Logf("largest error of a %s at the end %.2g", what, e)
	}
}

// values is the gradient of a parameter.
func values(t *testing.T, p *gorgonia.Node) []float32 {
	t.Helper()
	grad, err := p.Grad()
	if err != nil {
		t.Fatal(err)
	}
	return grad.Data().([]float32)
}

// TestInferenceAgainstPyTorch compares logits computed from running statistics.
func TestInferenceAgainstPyTorch(t *testing.T) {
	g := readGolden(t)
	network, err := resnet.CIFAR(g.Depth)
	if err != nil {
		t.Fatal(err)
	}
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{})
	x := b.Input("x", g.Batch, 32, 32, 3)
	logits := network.Build(b, x)
	m, err := b.Compile()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	initialise(t, state, true)
	batch(0, g.Batch, graph.Floats(x), make([]int32, g.Batch))
	if err := m.Run(); err != nil {
		t.Fatal(err)
	}
	t.Logf("error of the logits %.2g", compare.Near(t, "logits", graph.Floats(logits), g.arrays["inference"].Data, 1e-4))
}
