package coco

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// tally is what became of all detections of a category, in the order of the pictures.
type tally struct {
	objects   int
	positives [len(sizes)]int
	found     []verdict
}

// view is which objects count, and how many detections of a picture.
type view int

const (
	all1 view = iota
	all10
	all100
	small
	medium
	large
	views
)

var looks = [views]struct{ size, most int }{{0, 1}, {0, 10}, {0, 100}, {1, 100}, {2, 100}, {3, 100}}

// cells are the precision (the mean over recalls) and the recall of a category for each view
// and IoU; -1 where there is no object.
type cells struct{ precision, recall [views][thresholds]float64 }

// count makes the cells and the curves.
func (t *tally) count(c *Class) (out cells) {
	slices.SortStableFunc(t.found, func(a, b verdict) int { return cmp.Compare(b.score, a.score) })
	for v, look := range looks {
		positives := t.positives[look.size]
		for bit := range ious {
			if positives == 0 {
				out.precision[v][bit], out.recall[v][bit] = -1, -1
				continue
			}
			curve := Curve{IoU: ious[bit]}
			out.recall[v][bit] = t.curve(&curve, look.size, look.most, bit, positives)
			out.precision[v][bit] = mean(curve.Precision[:])
			if view(v) == all100 {
				c.Curves = append(c.Curves, curve)
			}
		}
	}
	return out
}

// epsilon is numpy's spacing(1).
var epsilon = math.Nextafter(1, 2) - 1

// curve fills in a curve and returns the recall of all detections.
func (t *tally) curve(c *Curve, size, most, bit, positives int) float64 {
	flag := uint16(1) << bit
	var precision, recall, score []float64
	right, wrong := 0, 0
	for _, v := range t.found {
		if v.rank >= most {
			continue
		}
		switch {
		case v.ignored[size]&flag != 0:
		case v.matched[size]&flag != 0:
			right++
		default:
			wrong++
		}
		precision = append(precision, float64(right)/(float64(wrong+right)+epsilon))
		recall = append(recall, float64(right)/float64(positives))
		score = append(score, v.score)
	}
	for i := len(precision) - 1; i > 0; i-- {
		precision[i-1] = max(precision[i-1], precision[i])
	}
	for i, target := range targets {
		at := sort.SearchFloat64s(recall, target)
		if at == len(recall) {
			break
		}
		c.Precision[i], c.Score[i] = precision[at], score[at]
	}
	if len(recall) == 0 {
		return 0
	}
	return recall[len(recall)-1]
}
