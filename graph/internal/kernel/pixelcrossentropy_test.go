package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
)

// TestPixelCrossEntropy compares with WeightedCrossEntropy, for numbers of classes that
// fill no registers, large logits, and pixels of which many do not count.
func TestPixelCrossEntropy(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, classes := range []int{1, 2, 5, 16, 21, 150} {
		for _, smoothing := range []float64{0, 0.1} {
			t.Run(fmt.Sprint(classes, smoothing), func(t *testing.T) {
				const rows = 3001
				o := CrossEntropyOptions{Smoothing: smoothing, Ignored: []int32{255}}
				for range classes {
					o.Weights = append(o.Weights, rng.Float32())
				}
				logits, labels := make([]float32, rows*classes), make([]int32, rows)
				for i := range logits {
					logits[i] = float32(rng.NormFloat64()) * 20
				}
				for i := range labels {
					labels[i] = []int32{int32(rng.IntN(classes)), 255, -1, int32(rng.IntN(classes))}[rng.IntN(4)]
				}
				want := make([]float32, len(logits))
				loss, correct := WeightedCrossEntropy(want, logits, labels, classes, o)
				p := NewPixelCrossEntropy(rows, classes, o)
				got, right := p.Loss(logits, labels)
				if math.Abs(got-loss) > 1e-6*math.Abs(loss) || right != correct {
					t.Errorf("loss %v and %d right, want %v and %d", got, right, loss, correct)
				}
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
				if again, _ := p.Loss(logits, labels); again != got {
					t.Errorf("on three processors the loss is %v, not %v", again, got)
				}
				dx := append([]float32(nil), logits...)
				p.Gradient(dx, dx, labels, 2)
				for i, w := range want {
					if d := math.Abs(float64(dx[i]) - 2*float64(w)); !(d <= 4e-6*math.Abs(float64(w))+1e-10) {
						t.Fatalf("gradient %d is %v, want %v", i, dx[i], 2*w)
					}
				}
			})
		}
	}
	nan := float32(math.NaN())
	for _, at := range []int{0, 1, 2} {
		logits := []float32{1, 2, 3}
		logits[at] = nan
		if loss, correct := NewPixelCrossEntropy(1, 3, CrossEntropyOptions{}).Loss(logits, []int32{1}); loss == loss || correct != 0 && at == 0 {
			t.Errorf("of NaN at %d the loss is %v, %d right", at, loss, correct)
		}
	}
	if loss, correct := NewPixelCrossEntropy(2, 2, CrossEntropyOptions{Ignored: []int32{255}}).Loss(make([]float32, 4), []int32{255, -1}); loss != 0 || correct != 0 {
		t.Errorf("of nothing that counts the loss is %v, %d right", loss, correct)
	}
}
