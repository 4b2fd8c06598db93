package resnet_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/internal/compare"
	"github.com/gorgonet/gorgonet/internal/splitmix"
	"github.com/gorgonet/gorgonet/resnet"
	"gorgonia.org/gorgonia"
)

// narrow is a case of testdata/networks.safetensors or dense.safetensors, which
// testdata/networks.py made with PyTorch, or of vit.safetensors, which vit.py made, of
// families.safetensors, which families.py made, or of inverted.safetensors, which
// inverted.py made: a named network with fewer planes.
type narrow struct {
	Name, Network string
	Planes        []int               // of a DenseNet, stem and growth; of a GoogLeNet, how many times fewer
	Hidden        int                 // of a VGG or an AlexNet
	Heads         bool                // a GoogLeNet's auxiliary ones are there
	Order         blocks.EncoderOrder // of a ViT, whose Planes are width, heads, hidden and blocks
	Side          int                 // of the pictures
	Size          [2]int              // height and width of those that are scored at so many Places
	Places        int
	Shortcut      blocks.Shortcut
	Damped        string // ends the names of weights that start at Damping times their size
	Damping       float32
	Pictures      int        // number of the batch
	Float32       [2]float64 // errors of PyTorch's float32: logits and gradients
	classes       int
	batch         int
	arrays        map[string][]float32
}

func narrowNetworks(t *testing.T, file string) (cases []narrow) {
	t.Helper()
	arrays, metadata, _, err := weights.ReadSafetensors("../testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var size struct{ Classes, Batch int }
	for key, v := range map[string]any{"cases": &cases, "size": &size} {
		if err := json.Unmarshal([]byte(metadata[key]), v); err != nil {
			t.Fatal(err)
		}
	}
	places := map[string]int{}
	for i := range cases {
		cases[i].classes, cases[i].batch, cases[i].arrays = size.Classes, size.Batch, map[string][]float32{}
		places[cases[i].Name] = i
	}
	for _, a := range arrays {
		name, key, _ := strings.Cut(a.Name, "/")
		cases[places[name]].arrays[key] = a.Data
	}
	return cases
}

// network is the named network with the case's planes.
func (c narrow) network(t *testing.T) resnet.Network {
	t.Helper()
	network, err := resnet.Lookup(c.Network, resnet.Options{Classes: c.classes, Input: c.Side, Shortcut: c.Shortcut, Dropout: -1, Drop: -1})
	if err != nil {
		t.Fatal(err)
	}
	switch n := network.(type) {
	case resnet.Config:
		n.Stages = slices.Clone(n.Stages)
		for i, planes := range c.Planes {
			n.Stages[i].Planes = planes
		}
		return n
	case resnet.VGG:
		n.Planes, n.Hidden = c.Planes, c.Hidden
		return n
	case resnet.EfficientNet:
		n.Stages = slices.Clone(n.Stages)
		last := len(n.Stages)
		n.Stem, n.Last = c.Planes[0], c.Planes[last+1]
		for i, planes := range c.Planes[1 : last+1] {
			n.Stages[i].Out = planes
		}
		return n
	case resnet.ConvNeXt:
		n.Stages = slices.Clone(n.Stages)
		for i, planes := range c.Planes {
			n.Stages[i].Planes = planes
		}
		return n
	case resnet.AlexNet:
		n.Hidden, n.Convs = c.Hidden, slices.Clone(n.Convs)
		for i, planes := range c.Planes {
			n.Convs[i].Out = planes
		}
		return n
	case resnet.DenseNet:
		n.Stem, n.Layer.Growth = c.Planes[0], c.Planes[1]
		return n
	case resnet.GoogLeNet:
		return c.google(n)
	case resnet.ViT:
		n.Width, n.Encoder.Heads, n.Encoder.Hidden, n.Blocks = c.Planes[0], c.Planes[1], c.Planes[2], c.Planes[3]
		n.Encoder.Order = c.Order
		return n
	}
	t.Fatalf("%s is a %T, which the test cannot make narrow", c.Network, network)
	return nil
}

// google has fewer channels, but for the heads.
func (c narrow) google(n resnet.GoogLeNet) resnet.Network {
	for i := range n.Stem {
		n.Stem[i] /= c.Planes[0]
	}
	n.Modules = slices.Clone(n.Modules)
	for i, run := range n.Modules {
		n.Modules[i] = slices.Clone(run)
		for j := range run {
			m := &n.Modules[i][j]
			for _, channels := range []*int{&m.One, &m.BeforeThree, &m.Three, &m.BeforeFive, &m.Five, &m.AfterPool} {
				*channels /= c.Planes[0]
			}
		}
	}
	if !c.Heads {
		n.Heads = nil
	}
	return n
}

// pictures repeats networks.py's batch, with the pictures as NHWC.
func (c narrow) pictures() (x []float32, labels []int32) {
	x = make([]float32, c.batch*c.Side*c.Side*3)
	for i, u := range splitmix.Symmetric(fmt.Sprintf("%s pictures %d", c.Network, c.Pictures), len(x)) {
		x[i] = float32(u * math.Sqrt(3))
	}
	for _, u := range splitmix.Uniform(c.Network+" labels", c.batch) {
		labels = append(labels, int32(u*float64(c.classes)))
	}
	return nhwc(x, c.Side, 3), labels
}

// fill repeats networks.py's parameters and statistics.
func (c narrow) fill(t *testing.T, state *graph.State) {
	t.Helper()
	initialise(t, state, true)
	for _, s := range state.Tensors() {
		if c.Damped != "" && (strings.HasPrefix(s.Name, "layer") || strings.HasPrefix(s.Name, "features")) && strings.HasSuffix(s.Name, c.Damped) {
			for i := range s.Data() {
				s.Data()[i] *= c.Damping
			}
		}
	}
}

// nhwc turns NCHW into NHWC.
func nhwc(data []float32, side, channels int) []float32 {
	out := make([]float32, len(data))
	for i, v := range data {
		place, c, n := i%(side*side), i/(side*side)%channels, i/(side*side*channels)
		out[(n*side*side+place)*channels+c] = v
	}
	return out
}

// errorOf gathers the squared errors of gradients.
type errorOf struct {
	errors, squares []float64
	names           []string
}

func (e *errorOf) add(name string, err, square float64) {
	e.names, e.errors, e.squares = append(e.names, name), append(e.errors, err), append(e.squares, square)
}

// check returns the relative L2 error of all gradients together, and fails the
// test where it is beyond the tolerance. It describes the gradient with the
// largest relative error of its own, among those that are not 0 but for rounding,
// as that of a bias before a batch norm is.
func (e *errorOf) check(t *testing.T, tolerance float64) (total float64, worst string) {
	t.Helper()
	var err, square, largest float64
	for i := range e.errors {
		err += e.errors[i]
		square += e.squares[i]
	}
	for i := range e.errors {
		if own := math.Sqrt(e.errors[i] / e.squares[i]); own >= largest && e.squares[i] > 1e-10*square {
			largest, worst = own, fmt.Sprintf("%s %.1e", e.names[i], own)
		}
	}
	if total = math.Sqrt(err / square); !(total <= tolerance) {
		t.Errorf("gradients: relative error %.3g, want at most %g; worst of %s", total, tolerance, worst)
	}
	return total, worst
}

// withHeads makes the tensors of a network with auxiliary heads.
func withHeads(state *graph.State, network resnet.Network, side int) {
	if a, ok := network.(resnet.Auxiliary); ok {
		b := graph.NewBuilder(state, graph.Options{})
		a.BuildAuxiliary(b, b.Input("x", 1, side, side, 3))
	}
}

// infer runs the network on pictures x [N side side 3] with running statistics
// and returns the logits and the outputs of the stages. fill sets the state.
func infer(t *testing.T, state *graph.State, network resnet.Network, x []float32, side int, fill func()) (logits []float32, features gorgonia.Nodes) {
	t.Helper()
	whole, stages := graph.NewBuilder(state, graph.Options{}), graph.NewBuilder(state, graph.Options{})
	n := len(x) / (side * side * 3)
	input := whole.Input("x", n, side, side, 3)
	output := network.Build(whole, input)
	run(t, whole, func() { fill(); copy(graph.Floats(input), x) }, output)
	input = stages.Input("x", n, side, side, 3)
	features = network.Features(stages, input)
	run(t, stages, func() { copy(graph.Floats(input), x) }, features...)
	return graph.Floats(output), features
}

// run compiles the graph, sets its inputs and runs it once.
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

// step is what a training step computes, but for the new parameters.
type step struct {
	logits    []float32
	loss      float32
	gradients map[string][]float32 // in PyTorch's layout
	heads     []float32            // logits of auxiliary heads, one after the other
}

// train makes a training step on pictures x [N side side 3].
func train(t *testing.T, state *graph.State, network resnet.Network, x []float32, labels []int32, side int) step {
	t.Helper()
	b := graph.NewBuilder(state, graph.Options{Training: true})
	input, classes := b.Input("x", len(labels), side, side, 3), b.Labels("labels", len(labels))
	var logits *gorgonia.Node
	var heads []*gorgonia.Node
	weight := 0.0
	if a, ok := network.(resnet.Auxiliary); ok {
		logits, heads, weight = a.BuildAuxiliary(b, input)
	} else {
		logits = network.Build(b, input)
	}
	loss, _ := b.CrossEntropy("loss", logits, classes)
	total := loss
	for i, h := range heads {
		own, _ := b.CrossEntropy(fmt.Sprintf("loss of head %d", i), h, classes)
		total = b.WeightedSum(fmt.Sprintf("loss with head %d", i), []float64{1, weight}, total, own)
	}
	b.Gradients(total)
	run(t, b, func() {
		copy(graph.Floats(input), x)
		copy(graph.Ints(classes), labels)
	}, append(heads, logits, total)...)
	s := step{graph.Floats(logits), graph.Scalar(total), map[string][]float32{}, nil}
	for _, h := range heads {
		s.heads = append(s.heads, graph.Floats(h)...)
	}
	for _, p := range b.Params() {
		s.gradients[p.Name()] = state.Get(p.Name()).ToTorch(values(t, p))
	}
	return s
}

// compareGradients holds lengths of gradients, and their scalar products with
// noise, against networks.py's. It returns the relative L2 error of all gradients
// together and describes the parameter with the largest of its own.
func (c narrow) compareGradients(t *testing.T, gradients map[string][]float32) (total float64, worst string) {
	t.Helper()
	want := c.arrays["gradients"]
	if len(want) != 2*len(gradients) {
		t.Fatalf("gradients of %d parameters, want %d", len(gradients), len(want)/2)
	}
	var e errorOf
	for i, name := range slices.Sorted(maps.Keys(gradients)) {
		var square, product float64
		noise := splitmix.Symmetric("direction "+name, len(gradients[name]))
		for j, g := range gradients[name] {
			square += float64(g) * float64(g)
			product += float64(g) * float64(float32(noise[j]*math.Sqrt(3)))
		}
		length, along := float64(want[2*i]), float64(want[2*i+1])
		e.add(name, max(math.Pow(product-along, 2), math.Pow(math.Sqrt(square)-length, 2)), length*length)
		if whole := c.arrays["d."+name]; whole != nil && length > 1e-6 {
			compare.Near(t, "gradient of "+name, gradients[name], whole, 1e-3)
		}
	}
	return e.check(t, 1e-3)
}

// TestNarrowNetworks compares a narrow copy of every named network with PyTorch:
// logits from running statistics, and the loss and gradients of a training step.
func TestNarrowNetworks(t *testing.T) {
	missing := resnet.Names()
	cases := narrowNetworks(t, "networks.safetensors")
	for _, file := range []string{"vit.safetensors", "families.safetensors", "inverted.safetensors"} {
		cases = append(cases, narrowNetworks(t, file)...)
	}
	for _, c := range cases {
		missing = slices.DeleteFunc(missing, func(name string) bool { return name == c.Network })
		t.Run(c.Name, func(t *testing.T) {
			network := c.network(t)
			if testing.Short() && network.Info().Layers > 60 {
				t.Skip("deep")
			}
			x, labels := c.pictures()
			state := graph.NewState()
			if c.Heads {
				withHeads(state, network, c.Side)
			}
			logits, features := infer(t, state, network, x, c.Side, func() { c.fill(t, state) })
			eLogits := compare.Near(t, "logits", logits, c.arrays["inference"], 1e-4)
			for i, f := range features {
				name := fmt.Sprintf("C%d", i+2)
				if want := c.arrays[name]; want != nil {
					channels := f.Shape()[3]
					t.Logf("error of %s %.1e", name, compare.Near(t, name, graph.Floats(f), nhwc(want, f.Shape()[1], channels), 1e-4))
				}
			}
			s := train(t, state, network, x, labels, c.Side)
			compare.Near(t, "logits in training", s.logits, c.arrays["logits"], 1e-4)
			compare.Near(t, "loss", []float32{s.loss}, c.arrays["loss"], 1e-4)
			if want := c.arrays["auxiliary"]; want != nil {
				compare.Near(t, "logits of auxiliary heads", s.heads, want, 1e-4)
			}
			eGradients, worst := c.compareGradients(t, s.gradients)
			t.Logf("errors: logits %.1e, PyTorch's float32 %.1e; gradients %.1e, PyTorch's float32 %.1e; worst of %s",
				eLogits, c.Float32[0], eGradients, c.Float32[1], worst)
		})
	}
	if len(missing) > 0 {
		t.Errorf("networks without a case: %s", strings.Join(missing, ", "))
	}
}
