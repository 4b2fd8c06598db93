package kernel

import (
	"fmt"
	"testing"
)

// TestFolded compares a folded convolution with its parts, each a kernel that is
// tested apart.
func TestFolded(t *testing.T) {
	for _, c := range []Conv{
		{N: 2, H: 8, W: 6, C: 16, K: 32, R: 3, S: 3, Stride: 1, Pad: 1, Groups: 1},
		{N: 1, H: 5, W: 7, C: 16, K: 16, R: 3, S: 3, Stride: 1, Pad: 1, Groups: 1},
		{N: 3, H: 9, W: 9, C: 3, K: 16, R: 7, S: 7, Stride: 2, Pad: 3, Groups: 1},
		{N: 3, H: 7, W: 7, C: 32, K: 48, R: 3, S: 3, Stride: 1, Pad: 1, Groups: 1},
		{N: 1, H: 8, W: 9, C: 256, K: 40, R: 1, S: 1, Stride: 1, Groups: 1},
		{N: 2, H: 5, W: 6, C: 64, K: 64, R: 3, S: 3, Stride: 1, Pad: 1, Groups: 16},
		{N: 2, H: 4, W: 4, C: 20, K: 10, R: 1, S: 1, Stride: 1, Groups: 1},
		{N: 2, H: 6, W: 6, C: 8, K: 24, R: 3, S: 3, Stride: 2, Pad: 1, Groups: 4},
		{N: 1, H: 30, W: 28, C: 32, K: 48, R: 3, S: 3, Stride: 1, Pad: 1, Groups: 1},
	} {
		c := c.Resolve()
		for _, relu := range []bool{false, true} {
			for _, add := range []bool{false, true} {
				t.Run(fmt.Sprintf("%+v, relu %v, add %v", c, relu, add), func(t *testing.T) {
					x, w := random(1, c.N*c.H*c.W*c.C), random(2, c.R*c.S*c.C/c.Groups*c.K)
					scale, shift := random(3, c.K), random(4, c.K)
					size := c.N * c.OH * c.OW * c.K
					var shortcut []float32
					if add {
						shortcut = random(5, size)
					}
					product := make([]float32, size)
					c.Forward(product, x, w, nil)
					want := make([]float64, size)
					for i, v := range product {
						want[i] = float64(v)*float64(scale[i%c.K]) + float64(shift[i%c.K])
						if add {
							want[i] += float64(shortcut[i])
						}
						if relu {
							want[i] = max(want[i], 0)
						}
					}
					var f Folded
					for range 2 { // folding again must not add up
						f.Fold(c, w, scale, shift)
					}
					y := dirty(size)
					a := Identity
					if relu {
						a = RectifiedLinear
					}
					f.Forward(y, x, shortcut, a)
					near(t, "folded", y, want, 3e-6)
				})
			}
		}
	}
}
