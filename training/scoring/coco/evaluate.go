package coco

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/pkg/errors"
)

// Kind is what is compared.
type Kind int

const (
	Boxes Kind = iota
	Masks
)

// String is bbox or segm, as in COCO's tools.
func (k Kind) String() string {
	if k == Masks {
		return "segm"
	}
	return "bbox"
}

// Result is how well the objects of a set were found.
type Result struct {
	Figures
	Classes []Class // of the set's categories, in their order
}

// Class is how well the objects of a category were found.
type Class struct {
	Name       string
	Objects    int // without crowds
	Detections int // at most 100 of each picture
	Figures
	// Curves are of each IoU from 0.5 to 0.95, of objects of all sizes; nil where there is no object.
	Curves []Curve
}

// Curve is the precision of a class over its recall.
type Curve struct {
	IoU float64
	// Precision is the most that is reached at a recall of i/100 or above, 0 where that recall
	// is not reached. Score is that of the detection which reaches it.
	Precision, Score [recalls]float64
}

const (
	thresholds = 10
	recalls    = 101
	most       = 100 // detections of a class in a picture
)

// The thresholds are numpy's linspace, bit for bit: they are computed from variables, as
// constants would be exact.
var (
	ious    = linspace[[thresholds]float64](0.5, 0.95)
	targets = linspace[[recalls]float64](0, 1)
)

func linspace[A [thresholds]float64 | [recalls]float64](from, to float64) (a A) {
	step := (to - from) / float64(len(a)-1)
	for i := range len(a) {
		a[i] = from + float64(float64(i)*step)
	}
	a[len(a)-1] = to
	return a
}

// Evaluate compares what was found with what is there. Detections of a category below 0 are
// passed over. It is an error if two objects have the same id, if one has no mask where masks
// are compared, or a score is no number. Categories are worked on by all processors; the
// figures are the same for any number.
func Evaluate(set *annotations.Set, found []annotations.Detection, kind Kind) (*Result, error) {
	e, err := newEvaluation(set, found, kind)
	if err != nil {
		return nil, err
	}
	r := &Result{Classes: make([]Class, len(set.Categories))}
	all := make([]cells, len(set.Categories))
	failed := make([]error, len(set.Categories))
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(runtime.GOMAXPROCS(0), len(set.Categories)) {
		wg.Go(func() {
			for k := range next {
				all[k], failed[k] = e.category(k, &r.Classes[k])
			}
		})
	}
	for k := range set.Categories {
		next <- k
	}
	close(next)
	wg.Wait()
	for k, err := range failed {
		if err != nil {
			return nil, err
		}
		r.Classes[k].Name = set.Categories[k].Name
		r.Classes[k].Figures = figures(all[k : k+1])
	}
	r.Figures = figures(all)
	return r, nil
}

// evaluation is what is to be compared, by category and then picture.
type evaluation struct {
	set   *annotations.Set
	kind  Kind
	found []annotations.Detection
	masks [][]*annotations.RLE // of the pictures' objects
	pages [][]page             // by category
}

// page is what there is of a category in a picture.
type page struct {
	picture        int
	objects, found []int // indices, of the detections in the order of their scores
}

func newEvaluation(set *annotations.Set, found []annotations.Detection, kind Kind) (*evaluation, error) {
	if set == nil {
		return nil, errors.New("coco: want a set, got nil")
	}
	e := &evaluation{set: set, kind: kind, found: found, pages: make([][]page, len(set.Categories))}
	order := make([]int, set.Len()) // of the pictures, by id
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(set.Pictures[a].ID, set.Pictures[b].ID) })
	byPicture := make([][]int, set.Len())
	for i, d := range found {
		switch {
		case d.Picture < 0 || d.Picture >= set.Len():
			return nil, errors.Errorf("coco: detection %d is of picture %d, want one of 0 to %d", i, d.Picture, set.Len()-1)
		case d.Category >= len(set.Categories):
			return nil, errors.Errorf("coco: detection %d is of category %d, want one of 0 to %d", i, d.Category, len(set.Categories)-1)
		case math.IsNaN(d.Score):
			return nil, errors.Errorf("coco: the score of detection %d is no number", i)
		}
		if d.Category >= 0 {
			byPicture[d.Picture] = append(byPicture[d.Picture], i)
		}
	}
	if kind == Masks {
		e.masks = make([][]*annotations.RLE, set.Len())
	}
	ids := map[int64]bool{}
	at := make([]int, len(set.Categories)) // the picture's page of each category, plus one
	for _, i := range order {
		clear(at)
		turn := func(k int) *page {
			if at[k] == 0 {
				e.pages[k] = append(e.pages[k], page{picture: i})
				at[k] = len(e.pages[k])
			}
			return &e.pages[k][at[k]-1]
		}
		for n, o := range set.Pictures[i].Objects {
			if o.Category < 0 || o.Category >= len(set.Categories) {
				return nil, errors.Errorf("coco: annotation %d is of category %d, want one of 0 to %d", o.ID, o.Category, len(set.Categories)-1)
			}
			if ids[o.ID] {
				return nil, errors.Errorf("coco: two objects have the id %d; number them from 1", o.ID)
			}
			ids[o.ID] = true
			p := turn(o.Category)
			p.objects = append(p.objects, n)
		}
		for _, n := range byPicture[i] {
			p := turn(found[n].Category)
			p.found = append(p.found, n)
		}
	}
	if kind == Masks {
		return e, e.readMasks()
	}
	return e, nil
}

// readMasks makes the masks of all objects.
func (e *evaluation) readMasks() error {
	failed := make([]error, e.set.Len())
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		wg.Go(func() {
			for i := worker; i < e.set.Len(); i += workers {
				e.masks[i], failed[i] = e.set.Masks(i)
			}
		})
	}
	wg.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// category counts one category.
func (e *evaluation) category(k int, c *Class) (cells, error) {
	var t tally
	for i := range e.pages[k] {
		if err := e.page(&e.pages[k][i], &t); err != nil {
			return cells{}, err
		}
	}
	c.Objects, c.Detections = t.objects, len(t.found)
	return t.count(c), nil
}

// sorted are detections in the order of their scores, the highest first, those of one score in
// their own.
func (e *evaluation) sorted(found []int) []int {
	slices.SortStableFunc(found, func(a, b int) int { return cmp.Compare(e.found[b].Score, e.found[a].Score) })
	return found[:min(most, len(found))]
}
