package graph

import (
	"slices"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Kinds of Builder.RoIs.
const (
	KindRoIAlign Kind = "RoI align"
	KindRoIPool  Kind = "RoI pool"
)

// RoIs says how regions of interest are pooled.
type RoIs struct {
	Kind   Kind      // KindRoIAlign or KindRoIPool
	Size   int       // height and width of what is made of a region
	Scales []float64 // of each map to the picture, such as 1/16
	// Samples are taken each way in a bin of KindRoIAlign; 0 means as many as the bin is
	// pixels large, torchvision's -1.
	Samples int
	// Aligned has the middle of a pixel of the map, not its corner, at a whole number, and
	// lets regions be smaller than a pixel.
	Aligned bool
	// Level tells from which of several maps a box x1, y1, x2, y2 is taken, where the first is
	// 0; those beyond the maps stand for the nearest.
	Level func(box []float32) int
}

// RoIAttributes are those of KindRoIAlign and KindRoIPool; see RoIs.
type RoIAttributes struct {
	Size, Samples int
	Aligned       bool
}

// RoIs pools regions of interest: maps [N H W C], each of its own size, and regions [R 5], or
// with more values in a row, give [R Size Size C]. A region is the number of its picture and
// x1, y1, x2, y2 in pixels of the picture; where the number is below 0 there is no region and
// the output is zero. KindRoIAlign takes bilinear means (He et al. 2017, "Mask R-CNN", section
// 3) and KindRoIPool the maximum over whole pixels (Girshick 2015, section 2.1), as
// torchvision's roi_align and roi_pool do. No gradient flows to the regions. A picture beyond
// the maps is an error of the run.
func (b *Builder) RoIs(layer string, maps []*gorgonia.Node, regions *gorgonia.Node, r RoIs) *gorgonia.Node {
	inputs := append(slices.Clone(maps), regions)
	if !b.ready(layer, inputs...) {
		return nil
	}
	switch in := regions.Shape(); {
	case in.Dims() != 2 || in[1] < 5:
		return b.failf("%s: want regions [R 5], got %v", b.full(layer), in)
	case len(maps) == 0 || len(r.Scales) != len(maps) || r.Level == nil && len(maps) > 1:
		return b.failf("%s: want maps, a scale for each and, of several, how to choose one; got %d maps and %d scales", b.full(layer), len(maps), len(r.Scales))
	case r.Kind != KindRoIAlign && r.Kind != KindRoIPool:
		return b.failf("%s: there is no pooling of regions of kind %q; there are %s and %s", b.full(layer), r.Kind, KindRoIAlign, KindRoIPool)
	case r.Size < 1 || r.Samples < 0:
		return b.failf("%s: want a size of at least 1 and no negative number of samples, got %d and %d", b.full(layer), r.Size, r.Samples)
	}
	rows := regions.Shape()[0]
	s := &kernel.RoIs{Row: regions.Shape()[1], Size: r.Size, Samples: r.Samples, Aligned: r.Aligned, Level: r.Level}
	for i, m := range maps {
		in := m.Shape()
		if in.Dims() != 4 || in[0] != maps[0].Shape()[0] || in[3] != maps[0].Shape()[3] || !(r.Scales[i] > 0) {
			return b.failf("%s: want maps [N H W C] of as many pictures and channels, and scales above 0, got %v and %v", b.full(layer), in, r.Scales[i])
		}
		s.C = in[3]
		s.Maps = append(s.Maps, kernel.RoIMap{H: in[1], W: in[2], Scale: float32(r.Scales[i])})
	}
	pictures := maps[0].Shape()[0]
	wrt := make([]bool, len(inputs))
	for i, m := range maps {
		wrt[i] = b.differentiable(m)
	}
	d := definition{
		kind: r.Kind, attributes: RoIAttributes{r.Size, r.Samples, r.Aligned}, out: tensor.Shape{rows, r.Size, r.Size, s.C}, wrt: wrt,
		check: func(in []operand) error { return checkRegions(in[len(maps)].f, s.Row, pictures) },
	}
	floats := make([][]float32, len(maps))
	given := func(in []operand) ([][]float32, []float32) {
		for i := range floats {
			floats[i] = in[i].f
		}
		return floats, in[len(maps)].f
	}
	backward := func(dx, dy, regions []float32, level int) { s.AlignGradient(dx, dy, regions, level) }
	if r.Kind == KindRoIAlign {
		d.run = func(y []float32, in []operand) {
			maps, regions := given(in)
			s.Align(y, regions, maps)
		}
	} else {
		var at []int32 // where each output came from
		d.saved = d.out.TotalSize()
		d.run = func(y []float32, in []operand) {
			if at == nil {
				at = make([]int32, len(y))
			}
			maps, regions := given(in)
			s.Pool(y, at, regions, maps)
		}
		backward = func(dx, dy, regions []float32, level int) { s.PoolGradient(dx, dy, at, regions, level) }
	}
	d.diff = func(o *op, in gorgonia.Nodes, _, dy *gorgonia.Node) gorgonia.Nodes {
		grads := make(gorgonia.Nodes, len(in))
		for level := range maps {
			if o.wrt[level] {
				g := d.gradient(Gradient, in[level])
				g.run = func(dx []float32, in []operand) { backward(dx, in[0].f, in[1].f, level) }
				grads[level] = b.apply(layer, g, dy, in[len(maps)])
			}
		}
		return grads
	}
	return b.apply(layer, d, inputs...)
}

// checkRegions refuses regions of pictures that are not there, and boxes that are none.
func checkRegions(regions []float32, row, pictures int) error {
	for i := 0; i < len(regions); i += row {
		r := regions[i : i+5]
		if r[0] < 0 {
			continue
		}
		if !(r[0] < float32(pictures)) {
			return errors.Errorf("region %d is of picture %v; there are %d", i/row, r[0], pictures)
		}
		for _, v := range r[1:] {
			if v != v || v-v != 0 {
				return errors.Errorf("region %d is the box %v; want finite numbers", i/row, r[1:])
			}
		}
	}
	return nil
}
