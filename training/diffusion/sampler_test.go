package diffusion

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training"
)

// plain are pictures of one colour each.
type plain int

func (p plain) Len() int   { return int(p) }
func (plain) Shape() []int { return []int{8, 8, 3} }
func (plain) Example(i int, _ *rand.Rand, dst []float32) (int32, error) {
	for j := range dst {
		dst[j] = float32(i%2) - 0.5
	}
	return 0, nil
}

// Given the true noise, both samplers return the picture.
func TestSamplersFindThePicture(t *testing.T) {
	s := Paper()
	for name, step := range map[string]func(x, noise []float32, t int){
		"ancestral": func(x, noise []float32, t int) { s.ancestral(x, noise, t, false, rand.New(rand.NewPCG(1, 1))) },
		"implicit": func(x, noise []float32, t int) {
			next := 1.0
			if t > 0 {
				next = s.AlphaBar[t-1]
			}
			s.implicit(x, noise, t, next)
		},
	} {
		x, noise := []float32{0.3}, make([]float32, 1)
		for at := s.Steps() - 1; at >= 0; at-- {
			bar := s.AlphaBar[at]
			noise[0] = float32((float64(x[0]) - math.Sqrt(bar)*0.7) / math.Sqrt(1-bar))
			step(x, noise, at)
		}
		if math.Abs(float64(x[0])-0.7) > 1e-3 {
			t.Errorf("%s ends at %v, want 0.7", name, x[0])
		}
	}
}

func TestTrainAndSample(t *testing.T) {
	u := UNet{Channels: 8, Multiples: []int{1, 2}, Units: 1, Attention: []int{4}, Groups: 4}
	data := Data{Pictures: plain(64), Schedule: Paper(), Channels: u.Channels}
	trainer, err := training.New(training.Config{
		Name: "unet", Model: u, Task: Task{data.Shape()}, Train: data, Test: data,
		Batch: 16, Iterations: 60, Optimizer: training.NewAdam(), Schedule: training.Constant{Base: 2e-3}, Clip: 1, Average: 0.9,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := trainer.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if off := trainer.Last().Test.Value("root_mean_squared_error"); !(off < 0.9) { // 1 is that of predicting no noise
		t.Errorf("the noise is %v off", off)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var first []float32
	for _, processors := range []int{1, 3} {
		runtime.GOMAXPROCS(processors)
		x, err := Sample(context.Background(), u, trainer.State(), Paper(), data.Shape(), 2, Sampling{Steps: 10, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && !slices.Equal(x, first) {
			t.Error("other pictures on more processors")
		}
		first = x
	}
	for _, bad := range []Sampling{{Steps: 1001}, {Steps: -1}, {Batch: -1}} {
		if _, err := Sample(context.Background(), u, graph.NewState(), Paper(), data.Shape(), 2, bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// TestFewerSamples wants the first pictures of more, in whatever batches the noise is drawn.
func TestFewerSamples(t *testing.T) {
	s, err := Linear(1e-4, 0.02, 8)
	if err != nil {
		t.Fatal(err)
	}
	u, state := UNet{Channels: 8, Multiples: []int{1, 2}, Units: 1, Groups: 4}, graph.NewState()
	draw := func(n int, o Sampling) []float32 {
		o.Seed = 5
		last := 0
		o.Progress = func(done, of int) {
			if done != last+1 || of != 8*((n+o.Batch-1)/o.Batch) {
				t.Errorf("%d of %d steps after %d", done, of, last)
			}
			last = done
		}
		x, err := Sample(t.Context(), u, state, s, []int{8, 8, 3}, n, o)
		if err != nil || len(x) != n*192 {
			t.Fatalf("%d values: %v", len(x), err)
		}
		return x
	}
	for _, steps := range []int{0, 8} {
		all := draw(5, Sampling{Steps: steps, Batch: 2})
		if !slices.Equal(draw(3, Sampling{Steps: steps, Batch: 2}), all[:3*192]) {
			t.Errorf("%d steps: the first three of five pictures are others", steps)
		}
		if slices.Equal(all[:192], all[192:2*192]) {
			t.Error("two pictures are the same")
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Sample(gone, u, state, s, []int{8, 8, 3}, 1, Sampling{}); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}
