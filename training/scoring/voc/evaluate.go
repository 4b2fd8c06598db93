package voc

import (
	"cmp"
	"math"
	"slices"

	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/pkg/errors"
)

// Rule is how the area below the curve of precision over recall is measured.
type Rule int

const (
	// Area is that below the curve which never rises, of 2010 and later.
	Area Rule = iota
	// Eleven is the mean of the precisions at recalls of 0, 0.1, ... 1, of 2007.
	Eleven
)

// Options are for Evaluate; the zero value is the challenge's since 2010.
type Options struct {
	Rule Rule
	IoU  float64 // that a detection must be above; 0 means 0.5
}

// Result is how well the objects of a set were found.
type Result struct {
	Mean    float64 // of the classes that have objects; NaN where none has
	Classes []Class // of the set's categories, in their order
}

// Class is how well the objects of a category were found.
type Class struct {
	Name    string
	AP      float64 // NaN where there is no object
	Objects int     // without difficult ones
	// Precision and Recall are those after each detection, in the order of their scores.
	Precision, Recall []float64
}

// Evaluate compares what was found with what is there. Detections of a category below 0 are
// passed over.
func Evaluate(set *annotations.Set, found []annotations.Detection, o Options) (*Result, error) {
	if o.IoU == 0 {
		o.IoU = 0.5
	}
	if set == nil || !(o.IoU > 0 && o.IoU < 1) {
		return nil, errors.Errorf("voc: want a set and an IoU between 0 and 1, got %v", o.IoU)
	}
	byCategory := make([][]int, len(set.Categories))
	for i, d := range found {
		switch {
		case d.Picture < 0 || d.Picture >= set.Len() || d.Category >= len(set.Categories):
			return nil, errors.Errorf("voc: detection %d is of picture %d and category %d, of %d and %d", i, d.Picture, d.Category, set.Len(), len(set.Categories))
		case math.IsNaN(d.Score):
			return nil, errors.Errorf("voc: the score of detection %d is no number", i)
		case d.Category >= 0:
			byCategory[d.Category] = append(byCategory[d.Category], i)
		}
	}
	r := &Result{Classes: make([]Class, len(set.Categories))}
	sum, n := 0.0, 0
	for k := range r.Classes {
		c := &r.Classes[k]
		c.Name = set.Categories[k].Name
		slices.SortStableFunc(byCategory[k], func(a, b int) int { return cmp.Compare(found[b].Score, found[a].Score) })
		c.count(set, k, found, byCategory[k], o)
		if c.Objects > 0 {
			sum, n = sum+c.AP, n+1
		}
	}
	r.Mean = sum / float64(n)
	return r, nil
}

// count takes the detections of a category in their order.
func (c *Class) count(set *annotations.Set, category int, found []annotations.Detection, order []int, o Options) {
	objects := make(map[int][]*annotations.Object) // by picture
	for i := range set.Pictures {
		for k := range set.Pictures[i].Objects {
			if one := &set.Pictures[i].Objects[k]; one.Category == category {
				objects[i] = append(objects[i], one)
				if !one.Difficult && !one.Crowd {
					c.Objects++
				}
			}
		}
	}
	taken := map[*annotations.Object]bool{}
	right, wrong := 0, 0
	for _, n := range order {
		d := &found[n]
		var best *annotations.Object
		most := math.Inf(-1)
		for _, one := range objects[d.Picture] {
			if iou := d.Box.IoU(one.Box, false); iou > most {
				best, most = one, iou
			}
		}
		switch {
		case most > o.IoU && (best.Difficult || best.Crowd):
		case most > o.IoU && !taken[best]:
			taken[best] = true
			right++
		default:
			wrong++
		}
		c.Recall = append(c.Recall, float64(right)/float64(c.Objects))
		c.Precision = append(c.Precision, float64(right)/float64(max(1, right+wrong)))
	}
	switch {
	case c.Objects == 0:
		c.AP, c.Precision, c.Recall = math.NaN(), nil, nil
	case o.Rule == Eleven:
		c.AP = c.eleven()
	default:
		c.AP = c.area()
	}
}

func (c *Class) eleven() float64 {
	ap := 0.0
	for i := range 11 {
		// A variable: a constant would be exact, and 3*0.1 is to be more than 0.3.
		target, most := float64(float64(i)*tenth), 0.0
		for k, recall := range c.Recall {
			if recall >= target {
				most = max(most, c.Precision[k])
			}
		}
		ap += most / 11
	}
	return ap
}

var tenth = 0.1

func (c *Class) area() float64 {
	envelope := slices.Clone(c.Precision)
	for i := len(envelope) - 1; i > 0; i-- {
		envelope[i-1] = max(envelope[i-1], envelope[i])
	}
	ap, last := 0.0, 0.0
	for i, recall := range c.Recall {
		ap += float64((recall - last) * envelope[i])
		last = recall
	}
	return ap
}
