package resnet_test

import (
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
)

// TestPredictor asks one predictor from 64 goroutines, with batches of several
// sizes; a picture's logits must not depend on its company.
func TestPredictor(t *testing.T) {
	network := lookup(t, "resnet8", resnet.Options{})
	p, err := resnet.NewPredictor(network, graph.NewState(), 16, 16, resnet.PredictorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const size = 16 * 16 * 3
	images := make([]float32, 70*size)
	for i := range images {
		images[i] = float32(math.Sin(float64(i)))
	}
	var want []float32
	for i := range 70 {
		logits, err := p.Predict(t.Context(), images[i*size:(i+1)*size])
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, logits...)
	}
	if want[0] == want[10] {
		t.Error("two pictures have the same logits")
	}
	var wg sync.WaitGroup
	for g := range 64 {
		wg.Go(func() {
			from, n := g%40, []int{1, 2, 5, 30}[g%4]
			got, err := p.Predict(t.Context(), images[from*size:(from+n)*size])
			if err != nil {
				t.Error(err)
				return
			}
			same(t, got, want[from*10:(from+n)*10])
		})
	}
	wg.Wait()
	all, err := p.Predict(t.Context(), images) // more than go through a graph at once
	if err != nil {
		t.Fatal(err)
	}
	same(t, all, want)
	if _, err := p.Predict(t.Context(), images[:size+1]); err == nil || !strings.Contains(err.Error(), "768 values each, got 769") {
		t.Errorf("want an error that names the size, got %v", err)
	}
	if _, err := resnet.NewPredictor(network, graph.NewState(), 0, 16, resnet.PredictorOptions{}); err == nil {
		t.Error("pictures without height were accepted")
	}
}

func same(t *testing.T, got, want []float32) {
	if len(got) != len(want) {
		t.Errorf("%d logits, want %d", len(got), len(want))
		return
	}
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 1e-5 {
			t.Errorf("logit %d is %v, want %v", i, got[i], want[i])
			return
		}
	}
}
