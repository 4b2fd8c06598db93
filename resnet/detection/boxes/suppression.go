package boxes

import "slices"

// Descending are the numbers of scores from the highest to the lowest, equal ones in order.
func Descending(scores []float32) []int {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case scores[i] > scores[j]:
			return -1
		case scores[i] < scores[j]:
			return 1
		}
		return 0
	})
	return order
}

// Suppress are the numbers of the boxes [N 4] that are left when all go that overlap one of a
// higher score with an IoU above the threshold, from the highest score on: non-maximum
// suppression.
func Suppress(boxes, scores []float32, threshold float64) []int {
	return suppress(boxes, Descending(scores), threshold)
}

func suppress(boxes []float32, order []int, threshold float64) (kept []int) {
	n := len(order)
	sorted, areas, gone := make([]float32, 0, 4*n), make([]float32, n), make([]bool, n)
	for i, j := range order {
		sorted = append(sorted, At(boxes, j)...)
		areas[i] = Area(At(boxes, j))
	}
	for i, j := range order {
		if gone[i] {
			continue
		}
		kept = append(kept, j)
		b, area := At(sorted, i), areas[i]
		x1, y1, x2, y2 := b[0], b[1], b[2], b[3]
		for k := i + 1; k < n; k++ {
			o := sorted[4*k : 4*k+4]
			w, h := min(x2, o[2])-max(x1, o[0]), min(y2, o[3])-max(y1, o[1])
			if w <= 0 || h <= 0 {
				continue // nothing shared is never above a threshold
			}
			shared := w * h
			if float64(shared/(area+areas[k]-shared)) > threshold {
				gone[k] = true
			}
		}
	}
	return kept
}

// fewBoxes is up to how many torchvision moves groups apart in place of going through them one
// by one. Moved far, boxes are rounded, which can decide at the threshold.
const fewBoxes = 1000

// SuppressGroups is Suppress in each group, such as a class, for itself. Boxes lie within a
// picture: no coordinate is negative.
func SuppressGroups(boxes, scores []float32, groups []int32, threshold float64) []int {
	if len(scores) == 0 {
		return nil
	}
	if len(scores) <= fewBoxes {
		apart := slices.Max(boxes) + 1
		moved := make([]float32, len(boxes))
		for i, v := range boxes {
			moved[i] = v + float32(groups[i/4])*apart
		}
		return Suppress(moved, scores, threshold)
	}
	of := map[int32][]int{}
	order := Descending(scores)
	for _, i := range order {
		of[groups[i]] = append(of[groups[i]], i)
	}
	left := make([]bool, len(scores))
	for _, members := range of {
		for _, i := range suppress(boxes, members, threshold) {
			left[i] = true
		}
	}
	return slices.DeleteFunc(order, func(i int) bool { return !left[i] })
}
