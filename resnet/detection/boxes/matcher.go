package boxes

// What a Matcher says of a box that belongs to no object.
const (
	Background int32 = -1 // it overlaps none as much as Low
	Between    int32 = -2 // it is neither; it is not to be learnt from
)

// Matcher tells which object a box belongs to: that with which it has the largest IoU, where
// this is High or more; below Low it is background.
type Matcher struct {
	High, Low float32
	// Best lets the boxes belong to an object, too, that overlap some object more than all
	// other boxes do, however little that is: each to the one that it overlaps most itself.
	Best bool
}

// Match writes the number of the object [M 4] of each of the boxes [N 4], or Background or
// Between. Where there are no objects all is background.
func (m Matcher) Match(to []int32, objects, boxes []float32) {
	count := len(objects) / 4
	if count == 0 {
		for i := range to {
			to[i] = Background
		}
		return
	}
	areas := make([]float32, count)
	for j := range areas {
		areas[j] = Area(At(objects, j))
	}
	best := make([]float32, count) // of all boxes, of each object
	row := make([]float32, count)
	of := func(i int) (nearest int, most float32) {
		b := At(boxes, i)
		area := Area(b)
		most = -1
		for j := range row {
			row[j] = iou(At(objects, j), b, areas[j], area)
			if row[j] > most {
				nearest, most = j, row[j]
			}
		}
		return nearest, most
	}
	for i := range to {
		nearest, most := of(i)
		switch {
		case most < m.Low:
			to[i] = Background
		case most < m.High:
			to[i] = Between
		default:
			to[i] = int32(nearest)
		}
		for j, v := range row {
			best[j] = max(best[j], v)
		}
	}
	if !m.Best {
		return
	}
	for i := range to {
		nearest, _ := of(i)
		for j, v := range row {
			if v == best[j] {
				to[i] = int32(nearest)
			}
		}
	}
}
