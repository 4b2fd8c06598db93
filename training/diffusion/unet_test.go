package diffusion

import (
	"math"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
)

func TestUNetParameters(t *testing.T) {
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{})
	y := CIFAR(128).Build(b, b.Input("x", 1, 32, 32, 3))
	if b.Err() != nil || !y.Shape().Eq([]int{1, 32, 32, 3}) {
		t.Fatal(b.Err())
	}
	if n := state.Parameters(); n != 35746307 { // Ho et al. 2020, appendix B: 35.7 million
		t.Errorf("%d parameters", n)
	}
}

// TestUNetGradients wants a finite gradient at once, and the loss of predicting next to nothing.
func TestUNetGradients(t *testing.T) {
	u := UNet{Channels: 8, Multiples: []int{1, 2}, Units: 1, Attention: []int{4}, Groups: 4}
	b := graph.NewBuilder(graph.NewState(), graph.Options{Training: true, Seed: 1})
	x := b.Input("x", 2, 8, 8, 3)
	y := u.Build(b, x)
	target, weight := b.Input("target", 2, 8, 8, 3), b.Input("weight", 2)
	loss := b.SquaredError("loss", y, target, weight)
	b.Gradients(loss)
	m, err := b.Compile(loss)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for i := range graph.Floats(x) {
		graph.Floats(x)[i], graph.Floats(target)[i] = float32(math.Sin(float64(i))), float32(math.Cos(float64(3*i)))
	}
	copy(graph.Floats(weight), []float32{1, 1})
	if err := m.Run(); err != nil {
		t.Fatal(err)
	}
	if norm, _ := m.GradientNorm(); !(norm > 0) || math.IsInf(norm, 0) {
		t.Errorf("gradient of norm %v", norm)
	}
	var want float64 // of a prediction that starts near 0, that of the noise itself
	for _, v := range graph.Floats(target) {
		want += float64(v) * float64(v) / float64(len(graph.Floats(target)))
	}
	if got := float64(graph.Scalar(loss)); math.Abs(got-want) > 1e-3 {
		t.Errorf("loss %v, want %v", got, want)
	}
}

func TestUNetMisuse(t *testing.T) {
	for want, c := range map[string]struct {
		u    UNet
		size int
	}{
		"multiples of 8":  {CIFAR(32), 12},
		"even Channels":   {CIFAR(0), 32},
		"equal groups":    {UNet{Channels: 16, Multiples: []int{1}, Units: 1, Groups: 32}, 32},
		"Multiples of at": {UNet{Channels: 16, Multiples: []int{1, 99}, Units: 1}, 32},
		"Dropout is 0":    {UNet{Channels: 16, Multiples: []int{1}, Units: 1, Dropout: 1}, 32},
	} {
		b := graph.NewBuilder(graph.NewState(), graph.Options{})
		c.u.Build(b, b.Input("x", 1, c.size, c.size, 3))
		if b.Err() == nil || !strings.Contains(b.Err().Error(), want) {
			t.Errorf("%v at %d: %v, want %q", c.u, c.size, b.Err(), want)
		}
	}
}

func TestEmbed(t *testing.T) {
	got := make([]float32, 4)
	Embed(5, got)
	want := []float64{math.Sin(5), math.Sin(5e-4), math.Cos(5), math.Cos(5e-4)}
	for i, w := range want {
		if math.Abs(float64(got[i])-w) > 1e-6 {
			t.Errorf("value %d is %v, want %v", i, got[i], w)
		}
	}
}

func TestSchedule(t *testing.T) {
	s := Paper()
	if s.Steps() != 1000 || s.Beta[0] != 1e-4 || s.Beta[999] != 0.02 || math.Abs(s.AlphaBar[999]-4.0358e-5) > 1e-8 {
		t.Errorf("from %v to %v, %v is left", s.Beta[0], s.Beta[999], s.AlphaBar[999])
	}
	if clean, noisy, variance := s.posterior(0); math.Abs(clean-1) > 1e-12 || noisy != 0 || variance != 0 {
		t.Errorf("the first step's posterior is %v, %v, %v", clean, noisy, variance)
	}
	for _, bad := range [][2]float64{{0, 0.1}, {0.2, 0.1}, {0.1, 1}, {math.NaN(), 0.1}} {
		if _, err := Linear(bad[0], bad[1], 10); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}
