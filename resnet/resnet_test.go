package resnet_test

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/internal/splitmix"
	"github.com/gorgonet/gorgonet/resnet"
	"gorgonia.org/gorgonia"
)

// tiny is a network of the family small enough for any test: a unit a stage.
var tiny = resnet.Config{
	About:  resnet.Info{Name: "tiny", Layers: 6, Input: 16, Classes: 5},
	Block:  blocks.BasicBlock,
	Unit:   blocks.Unit{Shortcut: blocks.ShortcutA},
	Stages: []resnet.Stage{{Units: 1, Planes: 8, Stride: 1}, {Units: 1, Planes: 12, Stride: 2}},
}

// lookup ends the test unless the network exists.
func lookup(t testing.TB, name string, o resnet.Options) resnet.Network {
	t.Helper()
	network, err := resnet.Lookup(name, o)
	if err != nil {
		t.Fatal(err)
	}
	return network
}

// build ends the test unless the network builds; it returns the logits.
func build(t testing.TB, network resnet.Network, state *graph.State, size int) *gorgonia.Node {
	t.Helper()
	b := graph.NewBuilder(state, graph.Options{})
	side := network.Info().Input
	logits := network.Build(b, b.Input("x", size, side, side, 3))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	return logits
}

// TestFamily wants the sizes of the paper's table 6 and what PyTorch counts; the
// plain networks have as many parameters as the residual ones.
func TestFamily(t *testing.T) {
	for depth, want := range map[int]int{20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962} {
		for _, family := range []string{"resnet", "plain"} {
			name := fmt.Sprintf("%s%d", family, depth)
			network := lookup(t, name, resnet.Options{})
			state := graph.NewState()
			logits := build(t, network, state, 3)
			if got := state.Parameters(); got != want {
				t.Errorf("%s has %d parameters, want %d", name, got, want)
			}
			if info := network.Info(); info.Name != name || info.Layers != depth || info.Classes != 10 || info.Input != 32 {
				t.Errorf("%s is described as %+v", name, info)
			}
			if !logits.Shape().Eq([]int{3, 10}) {
				t.Errorf("%s gives logits %v, want (3, 10)", name, logits.Shape())
			}
			weights := 0
			for _, s := range state.Tensors() {
				if s.Trainable && len(s.Shape()) > 1 {
					weights++
				}
			}
			if weights != depth {
				t.Errorf("%s has %d layers with weights, want %d", name, weights, depth)
			}
		}
	}
}

// TestResNet1202 builds the paper's deepest network, with gradients.
func TestResNet1202(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	start := time.Now()
	network := lookup(t, "resnet1202", resnet.Options{})
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{Training: true})
	loss, _ := b.CrossEntropy("loss", network.Build(b, b.Input("x", 1, 32, 32, 3)), b.Labels("labels", 1))
	b.Gradients(loss)
	m, err := b.Compile()
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
	t.Logf("%d nodes built, differentiated and compiled in %v", len(b.Graph().AllNodes()), time.Since(start).Round(10*time.Millisecond))
	if got := state.Parameters(); got != 19_421_274 {
		t.Errorf("%d parameters, want 19421274", got)
	}
}

// TestNames wants the names and shapes of torchvision, or of the CIFAR networks
// in its manner.
func TestNames(t *testing.T) {
	for _, test := range []struct {
		network string
		options resnet.Options
		tensors map[string][]int
		absent  []string
	}{
		{"resnet20", resnet.Options{}, map[string][]int{
			"conv1.weight":              {16, 3, 3, 3},
			"bn1.weight":                {16},
			"layer1.0.conv1.weight":     {16, 16, 3, 3},
			"layer1.0.bn1.running_mean": {16},
			"layer1.2.bn2.running_var":  {16},
			"layer2.0.conv1.weight":     {32, 16, 3, 3},
			"layer3.2.conv2.weight":     {64, 64, 3, 3},
			"fc.weight":                 {10, 64},
			"fc.bias":                   {10},
		}, []string{"layer2.0.downsample.0.weight", "layer1.3.conv1.weight", "layer4.0.conv1.weight", "conv1.bias"}},
		{"resnet20", resnet.Options{Shortcut: blocks.ShortcutB, Classes: 7}, map[string][]int{
			"layer2.0.downsample.0.weight":       {32, 16, 1, 1},
			"layer2.0.downsample.1.bias":         {32},
			"layer3.0.downsample.1.running_mean": {64},
			"fc.weight":                          {7, 64},
		}, []string{"layer1.0.downsample.0.weight", "layer2.1.downsample.0.weight", "layer2.0.downsample.0.bias"}},
		{"resnet20", resnet.Options{Shortcut: blocks.ShortcutC}, map[string][]int{
			"layer1.0.downsample.0.weight": {16, 16, 1, 1},
			"layer2.1.downsample.0.weight": {32, 32, 1, 1},
		}, nil},
		{"plain20", resnet.Options{Shortcut: blocks.ShortcutB}, map[string][]int{
			"layer2.0.conv1.weight": {32, 16, 3, 3},
		}, []string{"layer2.0.downsample.0.weight"}},
		{"preact_resnet18", resnet.Options{Input: 32}, map[string][]int{
			"bn1.weight":                   {64},
			"layer1.0.bn2.weight":          {64},
			"layer1.1.bn1.weight":          {64},
			"layer2.0.bn1.weight":          {64},
			"layer2.0.downsample.0.weight": {128, 64, 1, 1},
			"norm.running_mean":            {512},
		}, []string{"layer1.0.bn1.weight", "layer2.0.downsample.1.weight"}},
		{"resnet18", resnet.Options{Input: 32}, map[string][]int{
			"conv1.weight":                 {64, 3, 3, 3},
			"layer1.1.bn2.running_var":     {64},
			"layer2.0.downsample.0.weight": {128, 64, 1, 1},
			"layer4.1.conv2.weight":        {512, 512, 3, 3},
			"fc.weight":                    {1000, 512},
		}, []string{"layer1.0.downsample.0.weight"}},
	} {
		state := graph.NewState()
		build(t, lookup(t, test.network, test.options), state, 1)
		for name, shape := range test.tensors {
			s := state.Get(name)
			if s == nil {
				t.Errorf("%s %+v has no %s", test.network, test.options, name)
			} else if got := s.TorchShape(); fmt.Sprint(got) != fmt.Sprint(shape) {
				t.Errorf("%s %+v: %s has shape %v, want %v", test.network, test.options, name, got, shape)
			}
		}
		for _, name := range test.absent {
			if state.Get(name) != nil {
				t.Errorf("%s %+v has %s", test.network, test.options, name)
			}
		}
	}
}

func TestShapes(t *testing.T) {
	network := lookup(t, "resnet20", resnet.Options{Classes: 100})
	for _, test := range []struct {
		size, side int
		features   [][]int
	}{
		{1, 32, [][]int{{1, 32, 32, 16}, {1, 16, 16, 32}, {1, 8, 8, 64}}},
		{5, 32, [][]int{{5, 32, 32, 16}, {5, 16, 16, 32}, {5, 8, 8, 64}}},
		{2, 33, [][]int{{2, 33, 33, 16}, {2, 17, 17, 32}, {2, 9, 9, 64}}},
		{2, 1, [][]int{{2, 1, 1, 16}, {2, 1, 1, 32}, {2, 1, 1, 64}}},
	} {
		b := graph.NewBuilder(graph.NewState(), graph.Options{})
		logits := network.Build(b, b.Input("x", test.size, test.side, test.side, 3))
		if b.Err() != nil || !logits.Shape().Eq([]int{test.size, 100}) {
			t.Errorf("%d pictures of %d: logits %v, want (%d, 100) (%v)", test.size, test.side, logits, test.size, b.Err())
		}
		b = graph.NewBuilder(graph.NewState(), graph.Options{})
		features := network.Features(b, b.Input("x", test.size, test.side, test.side, 3))
		if len(features) != len(test.features) {
			t.Fatalf("%d stages, want %d (%v)", len(features), len(test.features), b.Err())
		}
		for i, want := range test.features {
			if !features[i].Shape().Eq(want) {
				t.Errorf("%d pictures of %d: stage %d gives %v, want %v", test.size, test.side, i+1, features[i].Shape(), want)
			}
		}
	}
}

func TestLookupErrors(t *testing.T) {
	for _, test := range []struct {
		name    string
		options resnet.Options
		words   []string
	}{
		{"resnet21", resnet.Options{}, []string{"6n+2", "not 21"}},
		{"resnet2", resnet.Options{}, []string{"6n+2", "not 2"}},
		{"plain-4", resnet.Options{}, []string{"6n+2", "not -4"}},
		{"resnet", resnet.Options{}, []string{`"resnet"`, "resnetN", "plainN"}},
		{"lenet", resnet.Options{}, []string{`"lenet"`, "resnetN", "plainN"}},
		{"", resnet.Options{}, []string{`""`}},
		{"resnet20", resnet.Options{Classes: -1}, []string{"resnet20", "-1"}},
		{"resnet20", resnet.Options{Input: -32}, []string{"resnet20", "-32"}},
	} {
		_, err := resnet.Lookup(test.name, test.options)
		if err == nil {
			t.Errorf("%q %+v: no error", test.name, test.options)
			continue
		}
		for _, w := range append(test.words, "resnet: ") {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q %+v: error %q, want one that says %q", test.name, test.options, err, w)
			}
		}
	}
}

func TestBuildErrors(t *testing.T) {
	with := func(change func(c *resnet.Config)) resnet.Config {
		c := tiny
		change(&c)
		return c
	}
	for _, test := range []struct {
		name   string
		config resnet.Config
		shape  []int
		words  []string
	}{
		{"no block", with(func(c *resnet.Config) { c.Block = nil }), []int{1, 16, 16, 3}, []string{"resnet: tiny", "block"}},
		{"no stages", with(func(c *resnet.Config) { c.Stages = nil }), []int{1, 16, 16, 3}, []string{"resnet: tiny", "stage"}},
		{"no classes", with(func(c *resnet.Config) { c.About.Classes = 0 }), []int{1, 16, 16, 3}, []string{"resnet: tiny", "class"}},
		{"no shortcut", with(func(c *resnet.Config) { c.Unit.Shortcut = "" }), []int{1, 16, 16, 3}, []string{"layer1.0", "shortcut"}},
		{"a matrix", tiny, []int{4, 48}, []string{"conv1", "(4, 48)"}},
	} {
		b := graph.NewBuilder(graph.NewState(), graph.Options{})
		logits := test.config.Build(b, b.Input("x", test.shape...))
		if logits != nil || b.Err() == nil {
			t.Errorf("%s: logits %v, error %v", test.name, logits, b.Err())
			continue
		}
		for _, w := range test.words {
			if !strings.Contains(b.Err().Error(), w) {
				t.Errorf("%s: error %q, want one that says %q", test.name, b.Err(), w)
			}
		}
	}
}

// TestSameBits wants loss and gradients to be the same whatever the number of
// processors, after several steps.
func TestSameBits(t *testing.T) {
	type result struct {
		loss  float32
		grads [][]float32
	}
	train := func(procs int) (r result) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		const size = 6
		state := graph.NewState()
		b := graph.NewBuilder(state, graph.Options{Training: true, Seed: 1})
		x, labels := b.Input("x", size, 16, 16, 3), b.Labels("labels", size)
		loss, _ := b.CrossEntropy("loss", tiny.Build(b, x), labels)
		b.Gradients(loss)
		m, err := b.Compile()
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		for i, v := range splitmix.Symmetric("x", len(graph.Floats(x))) {
			graph.Floats(x)[i] = float32(v)
		}
		for i := range graph.Ints(labels) {
			graph.Ints(labels)[i] = int32(i % 5)
		}
		for range 3 {
			if err := m.Run(); err != nil {
				t.Fatal(err)
			}
			r = result{loss: graph.Scalar(loss)}
			for _, p := range b.Params() {
				w := state.Get(p.Name()).Data()
				r.grads = append(r.grads, append([]float32(nil), values(t, p)...))
				graph.SGD(w, make([]float32, len(w)), values(t, p), 0.1, 0, 0, false)
			}
		}
		return r
	}
	want := train(1)
	if math.IsNaN(float64(want.loss)) || want.loss == 0 {
		t.Fatalf("the loss is %v", want.loss)
	}
	for _, procs := range []int{2, 3} {
		got := train(procs)
		if math.Float32bits(got.loss) != math.Float32bits(want.loss) {
			t.Errorf("with %d processors the loss is %v, with one %v", procs, got.loss, want.loss)
		}
		for i := range want.grads {
			for j, v := range want.grads[i] {
				if math.Float32bits(got.grads[i][j]) != math.Float32bits(v) {
					t.Fatalf("with %d processors gradient %d[%d] is %v, with one %v", procs, i, j, got.grads[i][j], v)
				}
			}
		}
	}
}
