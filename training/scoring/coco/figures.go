package coco

import (
	"fmt"
	"strings"
)

// Figures are the twelve figures, from 0 to 1, or -1 where there is no object that would count.
type Figures struct {
	AP, AP50, AP75             float64 // average precision: over IoUs of 0.5 to 0.95, at 0.5 and at 0.75
	APSmall, APMedium, APLarge float64 // of objects below 32x32 pixels, up to 96x96, and above
	AR1, AR10, AR100           float64 // average recall of the first detections of a class in a picture
	ARSmall, ARMedium, ARLarge float64
}

// List is the figures in COCO's order.
func (f Figures) List() [12]float64 {
	return [12]float64{f.AP, f.AP50, f.AP75, f.APSmall, f.APMedium, f.APLarge, f.AR1, f.AR10, f.AR100, f.ARSmall, f.ARMedium, f.ARLarge}
}

// String is the figures as pycocotools prints them, a line each.
func (f Figures) String() string {
	var b strings.Builder
	for i, v := range f.List() {
		l := lines[i]
		fmt.Fprintf(&b, " %-18s %s @[ IoU=%-9s | area=%6s | maxDets=%3d ] = %.3f\n", l.name, l.short, l.iou, l.area, l.most, v)
	}
	return b.String()
}

const (
	precision = "Average Precision"
	recall    = "Average Recall"
)

var lines = [12]struct {
	name, short, iou, area string
	most                   int
}{
	{precision, "(AP)", "0.50:0.95", "all", 100},
	{precision, "(AP)", "0.50", "all", 100},
	{precision, "(AP)", "0.75", "all", 100},
	{precision, "(AP)", "0.50:0.95", "small", 100},
	{precision, "(AP)", "0.50:0.95", "medium", 100},
	{precision, "(AP)", "0.50:0.95", "large", 100},
	{recall, "(AR)", "0.50:0.95", "all", 1},
	{recall, "(AR)", "0.50:0.95", "all", 10},
	{recall, "(AR)", "0.50:0.95", "all", 100},
	{recall, "(AR)", "0.50:0.95", "small", 100},
	{recall, "(AR)", "0.50:0.95", "medium", 100},
	{recall, "(AR)", "0.50:0.95", "large", 100},
}

// mean is of the values that are there; -1 where none is.
func mean(values []float64) float64 {
	sum, n := 0.0, 0
	for _, v := range values {
		if v >= 0 {
			sum, n = sum+v, n+1
		}
	}
	if n == 0 {
		return -1
	}
	return sum / float64(n)
}

// figures are the means over classes, each of which counts for as many values as it has.
func figures(classes []cells) Figures {
	over := func(pick func(c *cells) []float64) float64 {
		var all []float64
		for i := range classes {
			all = append(all, pick(&classes[i])...)
		}
		return mean(all)
	}
	ap := func(v view, from, to int) float64 {
		return over(func(c *cells) []float64 { return c.precision[v][from:to] })
	}
	ar := func(v view) float64 { return over(func(c *cells) []float64 { return c.recall[v][:] }) }
	return Figures{
		AP: ap(all100, 0, thresholds), AP50: ap(all100, 0, 1), AP75: ap(all100, 5, 6),
		APSmall: ap(small, 0, thresholds), APMedium: ap(medium, 0, thresholds), APLarge: ap(large, 0, thresholds),
		AR1: ar(all1), AR10: ar(all10), AR100: ar(all100),
		ARSmall: ar(small), ARMedium: ar(medium), ARLarge: ar(large),
	}
}
