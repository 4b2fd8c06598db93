package annotations

import (
	"image"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/pkg/errors"
)

// RLE is the mask of an object, coded as COCO codes it: the lengths of runs down the
// columns of the picture from the left one on, of pixels that are not the object's and that are, in
// turn. The first run is of those that are not, and may be 0 long. Runs may not be changed
// when the mask is shared.
type RLE struct {
	Size
	Runs []uint32
}

// NewRLE checks runs that come from elsewhere: they must cover a picture of that size exactly.
func NewRLE(s Size, runs []uint32) (*RLE, error) {
	r := &RLE{s, runs}
	if err := r.check(); err != nil {
		return nil, err
	}
	return r, nil
}

// check is an error about runs that are no mask; of such ones the methods make an empty one.
func (r *RLE) check() error {
	if r == nil {
		return errors.New("annotations: want a mask, got nil")
	}
	if err := r.Size.check(); err != nil {
		return err
	}
	covered := uint64(0)
	for _, n := range r.Runs {
		covered += uint64(n)
	}
	if want := uint64(r.Height) * uint64(r.Width); covered != want || len(r.Runs) == 0 {
		return errors.Errorf("annotations: the runs of a mask cover %d pixels, want the %d of %dx%d", covered, want, r.Width, r.Height)
	}
	return nil
}

// check refuses sizes of no picture that imagenet would read.
func (s Size) check() error {
	if s.Height < 1 || s.Width < 1 || s.Height > imagenet.MaxPixels/s.Width {
		return errors.Errorf("annotations: want a picture of 1 to %d pixels, got %dx%d", imagenet.MaxPixels, s.Width, s.Height)
	}
	return nil
}

// Encode codes a mask [Height Width], in which the object's pixels are not 0.
func Encode(mask []uint8, s Size) (*RLE, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if len(mask) != s.Height*s.Width {
		return nil, errors.Errorf("annotations: want a mask of %d pixels [%d %d], got %d", s.Height*s.Width, s.Height, s.Width, len(mask))
	}
	return encode(s, s.bounds(), func(x, y int) bool { return mask[y*s.Width+x] != 0 }), nil
}

// encode asks for every pixel of a part of the picture, down the columns; no other belongs to
// the object.
func encode(s Size, part image.Rectangle, inside func(x, y int) bool) *RLE {
	r := &RLE{Size: s}
	part = part.Intersect(s.bounds())
	began, was := 0, false
	turn := func(at int) {
		r.Runs = append(r.Runs, uint32(at-began))
		began, was = at, !was
	}
	for x := part.Min.X; x < part.Max.X; x++ {
		top := x * s.Height
		if was && part.Min.Y > 0 {
			turn(top) // it went on to the foot of the last column
		}
		for y := part.Min.Y; y < part.Max.Y; y++ {
			if inside(x, y) != was {
				turn(top + y)
			}
		}
		if was && part.Max.Y < s.Height {
			turn(top + part.Max.Y)
		}
	}
	if end := part.Max.X * s.Height; was && part.Max.X < s.Width {
		turn(end)
	}
	r.Runs = append(r.Runs, uint32(s.Height*s.Width-began))
	return r
}

// bounds is the whole picture.
func (s Size) bounds() image.Rectangle { return image.Rect(0, 0, s.Width, s.Height) }

// bounds is the part of the picture that the object's pixels are in.
func (r *RLE) bounds() image.Rectangle {
	b := r.Box()
	return image.Rect(int(b.X), int(b.Y), int(b.X+b.Width), int(b.Y+b.Height))
}

// Decode is the mask [Height Width] of zeros and ones; nil if the runs are not of its size.
func (r *RLE) Decode() []uint8 {
	if r.check() != nil {
		return nil
	}
	mask := make([]uint8, r.Height*r.Width)
	r.each(func(x, y0, y1 int) {
		for i := y0*r.Width + x; i < y1*r.Width; i += r.Width {
			mask[i] = 1
		}
	})
	return mask
}

// each gives the spans of the object's pixels, by column and the rows from y0 to below y1.
func (r *RLE) each(use func(x, y0, y1 int)) {
	at := 0
	for i, n := range r.Runs {
		end := at + int(n)
		for i%2 == 1 && at < end {
			x, y := at/r.Height, at%r.Height
			below := min(r.Height, y+end-at)
			use(x, y, below)
			at += below - y
		}
		at = end
	}
}

// Area is the number of the object's pixels.
func (r *RLE) Area() int {
	if r == nil {
		return 0
	}
	sum := 0
	for i := 1; i < len(r.Runs); i += 2 {
		sum += int(r.Runs[i])
	}
	return sum
}

// Box is the smallest box around the object's pixels; that of none is the zero Box.
func (r *RLE) Box() Box {
	if r.check() != nil {
		return Box{}
	}
	left, top, right, bottom := r.Width, r.Height, 0, 0
	at := 0
	for i, n := range r.Runs {
		first, last := at, at+int(n)-1
		at += int(n)
		if i%2 == 0 || n == 0 {
			continue
		}
		x0, x1 := first/r.Height, last/r.Height
		left, right = min(left, x0), max(right, x1+1)
		if x0 < x1 {
			top, bottom = 0, r.Height // the run goes over to the next column
			continue
		}
		top, bottom = min(top, first%r.Height), max(bottom, last%r.Height+1)
	}
	if right == 0 {
		return Box{}
	}
	return Box{float64(left), float64(top), float64(right - left), float64(bottom - top)}
}

// Union is the mask of what belongs to any of the masks, Intersection of what belongs to
// all. Masks of different sizes, and none at all, are an error.
func Union(masks ...*RLE) (*RLE, error) {
	return merge(masks, func(a, b bool) bool { return a || b })
}

// Intersection is described with Union.
func Intersection(masks ...*RLE) (*RLE, error) {
	return merge(masks, func(a, b bool) bool { return a && b })
}

func merge(masks []*RLE, join func(a, b bool) bool) (*RLE, error) {
	if len(masks) == 0 {
		return nil, errors.New("annotations: want masks to merge, got none")
	}
	m := masks[0]
	for _, other := range masks {
		if err := other.check(); err != nil {
			return nil, err
		}
		if other.Size != m.Size {
			return nil, errors.Errorf("annotations: a mask of %dx%d does not merge with one of %dx%d", other.Width, other.Height, m.Width, m.Height)
		}
		if other == m {
			continue
		}
		out := &RLE{Size: m.Size}
		run, was := uint32(0), false
		together(m, other, func(n uint32, a, b bool) {
			if is := join(a, b); is != was {
				out.Runs = append(out.Runs, run)
				run, was = 0, is
			}
			run += n
		})
		out.Runs = append(out.Runs, run)
		m = out
	}
	return m, nil
}

// together walks two masks of one size in steps in which neither changes.
func together(a, b *RLE, use func(n uint32, inA, inB bool)) {
	var i, j int
	var left, right uint32 // what is left of the runs before i and j
	for {
		for left == 0 && i < len(a.Runs) {
			left = a.Runs[i]
			i++
		}
		for right == 0 && j < len(b.Runs) {
			right = b.Runs[j]
			j++
		}
		n := min(left, right)
		if n == 0 {
			return
		}
		use(n, i%2 == 0, j%2 == 0)
		left, right = left-n, right-n
	}
}

// IoU is the number of pixels that two masks share over that of both together; with a
// crowd as the other, over those of the mask itself. Of masks of different sizes it is -1 where
// their boxes meet. It is rleIou of COCO's maskApi.c, bit for bit.
func (r *RLE) IoU(other *RLE, crowd bool) float64 {
	if r.Box().IoU(other.Box(), crowd) <= 0 {
		return 0
	}
	if r.Size != other.Size {
		return -1
	}
	shared, all := 0, 0
	together(r, other, func(n uint32, a, b bool) {
		if a && b {
			shared += int(n)
		}
		if a || b {
			all += int(n)
		}
	})
	switch {
	case shared == 0:
		return 0
	case crowd:
		all = r.Area()
	}
	return float64(shared) / float64(all)
}
