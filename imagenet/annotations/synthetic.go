package annotations

import (
	"image"
	"runtime"
	"sync"

	"github.com/gorgonet/gorgonet/internal/drawing"
	"github.com/pkg/errors"
)

// Scenes are pictures with shapes in them, drawn from a seed: discs, rings, crescents and seven
// more classes, turned and coloured at random before a mottled background, among bars and blobs
// that belong to no class and may hide a part of an object. They serve where a real data set is
// too large or too far away.
type Scenes struct {
	Seed     uint64
	Part     uint64 // 0 for training, 1 for testing: the pictures of two parts have nothing in common
	Pictures int
	// Size is that of all pictures, or, where Vary is set, the most: each side is then from
	// half of it on. Zeros mean 128x128.
	Size Size
	Vary bool
	// Least and Most are how many objects a picture has; it may have fewer where there is no
	// room. Zeros mean 1 to 4.
	Least, Most int
	// Smallest and Largest are the radius of an object as a share of the shorter side; zeros
	// mean 0.1 and 0.25.
	Smallest, Largest float64
}

// What a scene may be: as large as owners of pixels can be numbered and integers hold.
const (
	maxSceneSide    = 4096
	maxSceneObjects = 1000
)

func (s Scenes) resolve() (Scenes, error) {
	if s.Size == (Size{}) {
		s.Size = Size{128, 128}
	}
	if s.Least == 0 && s.Most == 0 {
		s.Least, s.Most = 1, 4
	}
	if s.Smallest == 0 && s.Largest == 0 {
		s.Smallest, s.Largest = 0.1, 0.25
	}
	switch {
	case s.Pictures < 0:
		return s, errors.Errorf("annotations: Scenes: want 0 pictures or more, got %d", s.Pictures)
	case min(s.Size.Height, s.Size.Width) < 16 || max(s.Size.Height, s.Size.Width) > maxSceneSide:
		return s, errors.Errorf("annotations: Scenes: want sides of 16 to %d pixels, got %dx%d", maxSceneSide, s.Size.Width, s.Size.Height)
	case s.Least < 0 || s.Most < s.Least || s.Most > maxSceneObjects:
		return s, errors.Errorf("annotations: Scenes: want 0 to %d objects, got %d to %d", maxSceneObjects, s.Least, s.Most)
	case !(s.Smallest > 0 && s.Smallest <= s.Largest && s.Largest <= 0.5):
		return s, errors.Errorf("annotations: Scenes: want radii of above 0 to 0.5 of a side, got %v to %v", s.Smallest, s.Largest)
	}
	return s, nil
}

// Synthetic makes a set of scenes. Picture i depends on the settings, the part and i alone, on
// every machine. Only what is in the pictures is kept; they are drawn again when they are
// opened. Masks are what can be seen of an object, and boxes are around that.
func Synthetic(s Scenes) (*Set, error) {
	s, err := s.resolve()
	if err != nil {
		return nil, err
	}
	set := &Set{Pictures: make([]Picture, s.Pictures), draw: s.picture}
	for i, shape := range drawing.Shapes {
		set.Categories = append(set.Categories, Category{ID: int64(i + 1), Name: shape.Name, Supercategory: "shape"})
	}
	var painters sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		painters.Go(func() {
			for i := worker; i < s.Pictures; i += workers {
				canvas, classes := s.paint(i)
				set.Pictures[i] = Picture{ID: int64(i + 1), Size: Size{canvas.Height, canvas.Width}, Objects: seen(canvas, classes)}
			}
		})
	}
	painters.Wait()
	id := int64(0)
	for i := range set.Pictures {
		for k := range set.Pictures[i].Objects {
			id++
			set.Pictures[i].Objects[k].ID = id
		}
	}
	return set, nil
}

// seen are the objects as they can be seen on a canvas. One that is hidden altogether is none.
func seen(c *drawing.Canvas, classes []int) []Object {
	var objects []Object
	size := Size{c.Height, c.Width}
	for k, class := range classes {
		mask := encode(size, size.bounds(), func(x, y int) bool { return int(c.Owner[y*c.Width+x]) == k+1 })
		if area := mask.Area(); area > 0 {
			objects = append(objects, Object{Category: class, Box: mask.Box(), Mask: Mask{RLE: mask}, Area: float64(area)})
		}
	}
	return objects
}

func (s Scenes) picture(i int) *image.RGBA {
	c, _ := s.paint(i)
	m := image.NewRGBA(image.Rect(0, 0, c.Width, c.Height))
	pixels := make([]byte, 3*c.Width*c.Height)
	c.Store(pixels, 10, drawing.Stream(s.Seed, s.Part+noisePart, uint64(i)))
	for at := range c.Width * c.Height {
		copy(m.Pix[4*at:], pixels[3*at:3*at+3])
		m.Pix[4*at+3] = 255
	}
	return m
}

// noisePart sets the random numbers of the noise apart from those of the scene.
const noisePart = 1 << 63

// paint draws scene i, from back to front, and returns the classes of the objects, which own
// pixels by number from 1.
func (s Scenes) paint(i int) (*drawing.Canvas, []int) {
	rng := drawing.Stream(s.Seed, s.Part, uint64(i))
	h, w := s.Size.Height, s.Size.Width
	if s.Vary {
		h, w = drawing.Between(rng, max(16, h/2), h), drawing.Between(rng, max(16, w/2), w)
	}
	c := drawing.NewCanvas(w, h)
	back, _ := drawing.Contrasting(rng)
	c.Cover(c.Mottled(back, 45, rng))
	side := min(w, h) * drawing.Fine
	for range drawing.Between(rng, 3, 8) {
		c.Litter(drawing.Between(rng, side/32, side/8), rng)
	}
	var classes []int
	var taken []drawing.Place
	for range drawing.Between(rng, s.Least, s.Most) {
		class := rng.IntN(len(drawing.Shapes))
		at, free := s.place(w, h, taken, drawing.Between(rng, max(1, int(float64(side)*s.Smallest)), max(1, int(float64(side)*s.Largest))), rng.IntN)
		if !free {
			continue
		}
		at.Cos, at.Sin = drawing.Shapes[class].Turn(rng)
		front := drawing.Against(back, rng)
		taken, classes = append(taken, at), append(classes, class)
		c.Fill(drawing.Shapes[class].Inside, at, c.Mottled(front, 30, rng), uint16(len(classes)))
	}
	for range drawing.Between(rng, 0, 3) {
		c.Litter(drawing.Between(rng, side/64, side/24), rng)
	}
	return c, classes
}

// place looks for a place where an object hides little of the others.
func (s Scenes) place(w, h int, taken []drawing.Place, radius int, intN func(int) int) (drawing.Place, bool) {
	margin := radius * 4 / 5
	for range 20 {
		at := drawing.Place{
			X:      margin + intN(max(1, w*drawing.Fine-2*margin+1)),
			Y:      margin + intN(max(1, h*drawing.Fine-2*margin+1)),
			Radius: radius,
		}
		free := true
		for _, other := range taken {
			dx, dy, apart := at.X-other.X, at.Y-other.Y, (radius+other.Radius)*9/10
			free = free && dx*dx+dy*dy >= apart*apart
		}
		if free {
			return at, true
		}
	}
	return drawing.Place{}, false
}
