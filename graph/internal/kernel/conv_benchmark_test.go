package kernel

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkConv times the convolutions of ResNet-20 on a batch of 16, of ResNet-50 on
// one of 2, and the depthwise ones of ConvNeXt and EfficientNet on one of 2.
func BenchmarkConv(b *testing.B) {
	shapes := []Conv{}
	for _, s := range []struct{ n, side, c, k, kernel, stride int }{
		{16, 32, 3, 16, 3, 1}, {16, 32, 16, 16, 3, 1}, {16, 32, 16, 32, 3, 2}, {16, 16, 32, 32, 3, 1}, {16, 16, 32, 64, 3, 2}, {16, 8, 64, 64, 3, 1},
		{2, 224, 3, 64, 7, 2}, {2, 56, 64, 64, 1, 1}, {2, 56, 64, 64, 3, 1}, {2, 56, 64, 256, 1, 1}, {2, 56, 256, 64, 1, 1}, {2, 56, 128, 128, 3, 2},
		{2, 56, 256, 512, 1, 2}, {2, 28, 128, 128, 3, 1}, {2, 28, 128, 512, 1, 1}, {2, 28, 512, 128, 1, 1}, {2, 14, 256, 256, 3, 1},
		{2, 14, 256, 1024, 1, 1}, {2, 14, 1024, 256, 1, 1}, {4, 7, 512, 512, 3, 1}, {2, 7, 512, 2048, 1, 1}, {2, 7, 2048, 512, 1, 1},
	} {
		shapes = append(shapes, Conv{N: s.n, H: s.side, W: s.side, C: s.c, K: s.k, R: s.kernel, S: s.kernel, Stride: s.stride, Pads: Sides(s.kernel / 2), Groups: 1})
	}
	for _, s := range []struct{ side, c, kernel, stride int }{
		{56, 96, 7, 1}, {28, 192, 7, 1}, {14, 384, 7, 1}, {7, 768, 7, 1},
		{112, 32, 3, 1}, {112, 96, 3, 2}, {56, 144, 3, 1}, {56, 144, 5, 2}, {28, 240, 5, 1}, {14, 480, 3, 1}, {14, 672, 5, 1}, {7, 1152, 5, 1},
	} {
		shapes = append(shapes, Conv{N: 2, H: s.side, W: s.side, C: s.c, K: s.c, R: s.kernel, S: s.kernel, Stride: s.stride, Pads: Sides(s.kernel / 2), Groups: s.c})
	}
	for _, c := range shapes {
		c := c.Resolve()
		a := Choose(c)
		x, w, y := random(1, c.N*c.H*c.W*c.C), random(2, c.R*c.S*c.C/c.Groups*c.K), random(3, c.N*c.OH*c.OW*c.K)
		dx, dw := dirty(len(x)), dirty(len(w))
		for _, pass := range []struct {
			name string
			run  func()
		}{
			{"forward", func() { a.Forward(y, x, w, nil) }},
			{"input", func() { a.BackwardInput(dx, y, w, nil) }},
			{"weights", func() { a.BackwardWeights(dw, x, y) }},
		} {
			b.Run(fmt.Sprintf("%dx%d-%d-%d-kernel%d-stride%d-groups%d/%s", c.H, c.W, c.C, c.K, c.R, c.Stride, c.Groups, pass.name), func(b *testing.B) {
				start := time.Now()
				for range b.N {
					pass.run()
				}
				flops := 2 * float64(c.N*c.OH*c.OW*c.K*c.depth()) * float64(b.N)
				b.ReportMetric(flops/time.Since(start).Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
