package boxes

import "math"

// At is box i of boxes [N 4], of the same memory.
func At(boxes []float32, i int) []float32 { return boxes[4*i : 4*i+4 : 4*i+4] }

// Area is that of a box.
func Area(b []float32) float32 { return (b[2] - b[0]) * (b[3] - b[1]) }

// IoU is the area that two boxes share, divided by the area that they cover together. Of
// two boxes without an area it is NaN.
func IoU(a, b []float32) float32 {
	return iou(a, b, Area(a), Area(b))
}

// iou is IoU of boxes whose areas are known.
func iou(a, b []float32, areaA, areaB float32) float32 {
	shared := max(min(a[2], b[2])-max(a[0], b[0]), 0) * max(min(a[3], b[3])-max(a[1], b[1]), 0)
	return shared / (areaA + areaB - shared)
}

// Clip moves the sides of a box into a picture.
func Clip(b []float32, height, width float32) {
	b[0], b[2] = min(max(b[0], 0), width), min(max(b[2], 0), width)
	b[1], b[3] = min(max(b[1], 0), height), min(max(b[3], 0), height)
}

// Small tells whether a side of the box is below least.
func Small(b []float32, least float32) bool { return !(b[2]-b[0] >= least && b[3]-b[1] >= least) }

// Level is the level of a feature pyramid that a box is looked at on, from lowest to
// highest: 4 for a box as large as 224x224, one less for half the side (Lin et al. 2017,
// "Feature Pyramid Networks", equation 1).
func Level(b []float32, lowest, highest int) int {
	side := float32(math.Sqrt(float64(Area(b))))
	level := 4 + float32(math.Log2(float64(side/224)))
	if !(level+1e-6 > float32(lowest)) { // boxes of no area among them
		return lowest
	}
	return min(int(math.Floor(float64(level+1e-6))), highest)
}
