package training

import (
	"math"
	"testing"
)

// TestClipTorch compares gradients of norm 13 with what PyTorch 2.15's
// torch.nn.utils.clip_grad_norm_ makes of them.
func TestClipTorch(t *testing.T) {
	for limit, want := range map[float64][3]float64{
		0:    {3, 4, 12}, // any
		1:    {0.23076921701431274, 0.307692289352417, 0.923076868057251},
		0.1:  {0.023076921701431274, 0.0307692289352417, 0.0923076868057251},
		6.5:  {1.4999998807907104, 1.9999998807907104, 5.999999523162842},
		13:   {2.999999761581421, 3.999999761581421, 11.999999046325684},
		20:   {3, 4, 12},
		1e-4: {2.3076921934261918e-05, 3.0769228033022955e-05, 9.230768773704767e-05},
	} {
		g := gradients{values: [][]float32{{3, 4}, {12}}}
		g.clip(13, limit)
		for i, got := range []float32{g.values[0][0], g.values[0][1], g.values[1][0]} {
			if math.Abs(float64(got)/want[i]-1) > 2e-7 {
				t.Errorf("a limit of %v: value %d is %v, want %v", limit, i, got, want[i])
			}
		}
	}
}
