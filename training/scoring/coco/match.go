package coco

import (
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/pkg/errors"
)

// sizes are the ranges of areas, both ends of which belong to them.
var sizes = [...]struct{ least, most float64 }{
	{0, 1e5 * 1e5}, {0, 32 * 32}, {32 * 32, 96 * 96}, {96 * 96, 1e5 * 1e5},
}

// outside tells whether an area is in none of the range.
func outside(area float64, size int) bool { return area < sizes[size].least || area > sizes[size].most }

// verdict is what became of a detection at each IoU, a bit each, for objects of each size.
type verdict struct {
	score            float64
	rank             int // among the detections of the class in its picture
	matched, ignored [len(sizes)]uint16
}

// page compares the objects and detections of a category in a picture.
func (e *evaluation) page(p *page, t *tally) error {
	found := e.sorted(p.found)
	overlap, err := e.overlaps(p, found)
	if err != nil {
		return err
	}
	verdicts := make([]verdict, len(found))
	for rank, n := range found {
		verdicts[rank] = verdict{score: e.found[n].Score, rank: rank}
	}
	objects := e.set.Pictures[p.picture].Objects
	for _, n := range p.objects {
		if !objects[n].Crowd {
			t.objects++
		}
	}
	for size := range sizes {
		e.match(p, found, overlap, size, verdicts, t)
	}
	t.found = append(t.found, verdicts...)
	return nil
}

// candidate is an object that a detection may match.
type candidate struct {
	at             int // in the page's objects
	ignored, crowd bool
	unseen         bool // its id is 0, which pycocotools takes for no match
}

// match gives every detection an object, if one is left.
func (e *evaluation) match(p *page, found []int, overlap [][]float64, size int, verdicts []verdict, t *tally) {
	objects := e.set.Pictures[p.picture].Objects
	var counted, ignored []candidate
	for at, n := range p.objects {
		o := &objects[n]
		c := candidate{at: at, crowd: o.Crowd, unseen: o.ID == 0, ignored: o.Crowd || outside(o.Area, size)}
		if c.ignored {
			ignored = append(ignored, c)
		} else {
			counted = append(counted, c)
		}
	}
	t.positives[size] += len(counted)
	candidates := append(counted, ignored...)
	taken := make([]uint16, len(candidates)) // a bit for each IoU
	for rank, n := range found {
		v := &verdicts[rank]
		out := outside(e.area(n), size)
		for bit, threshold := range ious {
			flag := uint16(1) << bit
			best, reached := -1, min(threshold, 1-1e-10)
			for i, c := range candidates {
				if taken[i]&flag != 0 && !c.crowd {
					continue
				}
				if best >= 0 && c.ignored && !candidates[best].ignored {
					break // nothing that is ignored takes the place of a match
				}
				if iou := overlap[rank][c.at]; iou >= reached {
					best, reached = i, iou
				}
			}
			matched := best >= 0 && !candidates[best].unseen
			if matched {
				v.matched[size] |= flag
			}
			if best >= 0 {
				taken[best] |= flag
			}
			if best >= 0 && candidates[best].ignored || !matched && out {
				v.ignored[size] |= flag
			}
		}
	}
}

// area is the size of a detection.
func (e *evaluation) area(n int) float64 {
	d := &e.found[n]
	switch {
	case d.Area != 0:
		return d.Area
	case e.kind == Masks && d.Mask != nil:
		return float64(d.Mask.Area())
	}
	return d.Box.Area()
}

// overlaps are the IoUs of each detection with each object.
func (e *evaluation) overlaps(p *page, found []int) ([][]float64, error) {
	picture := &e.set.Pictures[p.picture]
	rows := make([][]float64, len(found))
	values := make([]float64, len(found)*len(p.objects))
	masks := make([]*annotations.RLE, len(p.objects))
	boxes := make([]annotations.Box, len(p.objects))
	for at, n := range p.objects {
		boxes[at] = picture.Objects[n].Box
		if e.kind == Masks {
			masks[at] = e.masks[p.picture][n]
			if masks[at] == nil {
				return nil, errors.Errorf("coco: annotation %d of picture %d has no mask", picture.Objects[n].ID, picture.ID)
			}
			boxes[at] = masks[at].Box()
		}
	}
	for i, n := range found {
		rows[i], values = values[:len(p.objects)], values[len(p.objects):]
		d := &e.found[n]
		if e.kind == Boxes {
			for at, k := range p.objects {
				rows[i][at] = d.Box.IoU(boxes[at], picture.Objects[k].Crowd)
			}
			continue
		}
		mask := d.Mask
		if mask == nil {
			var err error
			if mask, err = d.Box.RLE(picture.Size); err != nil {
				return nil, errors.Wrapf(err, "coco: detection %d", n)
			}
		}
		around := mask.Box()
		for at, k := range p.objects {
			if crowd := picture.Objects[k].Crowd; around.IoU(boxes[at], crowd) > 0 {
				rows[i][at] = mask.IoU(masks[at], crowd)
			}
		}
	}
	return rows, nil
}
