package training_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/training"
	"gorgonia.org/gorgonia"
)

// small is the network of testdata/tasks.py.
type small struct{}

func (small) Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	y := b.Activate("relu", b.Conv("conv1", x, graph.Conv{Out: 5, Kernel: 3, Pad: 1, Bias: true}), graph.ReLU)
	return b.Linear("fc", b.GlobalAvgPool("pool", y), 3)
}

// recorded are examples of the fixture.
type recorded struct {
	pictures, targets []float32 // [N C H W] and [N 3]
	labels            []float32 // nil where they are not what is learnt
}

func (d recorded) Len() int   { return len(d.pictures) / 72 }
func (recorded) Shape() []int { return []int{6, 6, 2} }
func (recorded) Fields() []training.Field {
	return []training.Field{{Name: "other", Shape: []int{5, 5}}, {Name: training.TargetsField, Shape: []int{3}}}
}

func (d recorded) Example(i int, _ *rand.Rand, dst []float32) (int32, error) {
	for c := range 2 {
		for at := range 36 {
			dst[2*at+c] = d.pictures[72*i+36*c+at]
		}
	}
	if d.labels == nil {
		return 0, nil
	}
	return int32(d.labels[i]), nil
}

func (d recorded) ExampleFields(i int, rng *rand.Rand, dst []float32, to training.Fields) (int32, error) {
	copy(to.Floats(training.TargetsField), d.targets[3*i:])
	return d.Example(i, rng, dst)
}

// TestTasksAgainstPyTorch trains with every loss, and compares the losses of the steps,
// the weights and the metrics at the end with PyTorch's.
func TestTasksAgainstPyTorch(t *testing.T) {
	arrays, metadata, _, err := weights.ReadSafetensors("../testdata/tasks.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	var runs map[string]struct {
		Losses []float64
		Test   training.Values
	}
	if err := json.Unmarshal([]byte(metadata["runs"]), &runs); err != nil {
		t.Fatal(err)
	}
	data := map[string][]float32{}
	for _, a := range arrays {
		data[a.Name] = a.Data
	}
	of := func(prefix string) (out []weights.Array) {
		for _, a := range arrays {
			if name, ok := strings.CutPrefix(a.Name, prefix+"/"); ok {
				a.Name = name
				out = append(out, a)
			}
		}
		return out
	}
	byClass := training.Classification{Weights: []float32{1, 0.25, 3}}
	ignoring := training.Classification{Weights: byClass.Weights, Ignore: []int32{7, -100}}
	for name, test := range map[string]struct {
		targets   string
		task      training.Task
		smoothing float64
	}{
		"multi-label":                          {"labels", training.MultiLabel{Classes: 3}, 0},
		"multi-label, positives":               {"labels", training.MultiLabel{Classes: 3, Positives: []float32{1, 4, 0.5}}, 0},
		"squared error":                        {"numbers", training.Regression{Shape: []int{3}}, 0},
		"smooth L1":                            {"numbers", training.Regression{Shape: []int{3}, Loss: training.SmoothL1, Beta: 0.5}, 0},
		"Huber":                                {"numbers", training.Regression{Shape: []int{3}, Loss: training.Huber, Beta: 0.5}, 0},
		"classes":                              {"hard", nil, 0},
		"classes, weights":                     {"hard", byClass, 0},
		"classes, weights, ignored":            {"ignored", ignoring, 0},
		"classes, weights, smoothing, ignored": {"ignored", ignoring, 0.1},
		"classes, smoothing, ignored":          {"ignored", training.Classification{Ignore: []int32{-100}}, 0.1},
	} {
		t.Run(name, func(t *testing.T) {
			set := func(from, to int) recorded {
				d := recorded{pictures: data["pictures"][72*from : 72*to]}
				if v := data[test.targets]; len(v) == 17 {
					d.labels = v[from:to]
				} else {
					d.targets = v[3*from : 3*to]
				}
				return d
			}
			var losses []float64
			c := training.Config{Name: "small", Model: small{}, Train: set(0, 10), Test: set(10, 17), Task: test.task, Batch: 10, Iterations: 15,
				Schedule: training.Constant{Base: 0.2}, Optimizer: &training.SGD{Momentum: 0.9}, Smoothing: test.smoothing,
				OnStep: func(s training.Step) { losses = append(losses, s.Loss) }}
			tr := newTrainer(t, c)
			if err := tr.State().SetArrays(of("start"), nil); err != nil {
				t.Fatal(err)
			}
			if err := tr.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			near := func(what string, got, want, tolerance float64) {
				t.Helper()
				if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
					t.Errorf("%s is %v, want %v", what, got, want)
				}
			}
			want := runs[name]
			for i, l := range want.Losses {
				near("a step's loss", losses[i], l, 2e-5)
			}
			for _, a := range of(name) {
				x := tr.State().Get(a.Name)
				for i, v := range x.ToTorch(x.Data()) {
					near(a.Name, float64(v), float64(a.Data[i]), 1e-4)
				}
			}
			if len(want.Test) < 2 {
				t.Fatal("no metrics")
			}
			for metric, v := range want.Test {
				near(metric, tr.Last().Test.Value(metric), v, 2e-5)
			}
		})
	}
}
