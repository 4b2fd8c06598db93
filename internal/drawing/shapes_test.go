package drawing

import "testing"

// TestShapesAreMirrored: the flip of an augmentation keeps the class because
// every upright shape is its own mirror image.
func TestShapesAreMirrored(t *testing.T) {
	for _, s := range Shapes {
		points, differ, beyond := 0, 0, 0
		for v := -2 * One; v <= 2*One; v += 16 {
			for u := -2 * One; u <= 2*One; u += 16 {
				if !s.Inside(u, v) {
					continue
				}
				points++
				if s.Upright && !s.Inside(-u, v) {
					differ++
				}
				if u*u+v*v > Reach*Reach {
					beyond++
				}
			}
		}
		if points < 500 || differ > points/50 || beyond > 0 {
			t.Errorf("%s: of %d points %d have no mirror image, %d are out of reach", s.Name, points, differ, beyond)
		}
	}
}
