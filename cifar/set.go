package cifar

// The form of every image: Side x Side pixels of Channels bytes, in the order
// red, green, blue.
const (
	Side      = 32
	Channels  = 3
	ImageSize = Side * Side * Channels // bytes of one image
)

// Dataset is a data set's two parts, in memory.
type Dataset struct {
	Name        string // "cifar10", "cifar100" or "synthetic"
	Train, Test *Set
}

// Set is one part of a data set. Sets cut from one another share their bytes,
// so treat them as read-only.
type Set struct {
	Images  []byte   // [N 32 32 3], RGB
	Labels  []int32  // [N], each an index into Classes
	Classes []string // names in label order
}

// Len returns the number of images; a nil Set has none.
func (s *Set) Len() int {
	if s == nil {
		return 0
	}
	return len(s.Labels)
}

// Image returns the bytes [32 32 3] of image i, not a copy, or nil if the set
// has no such image.
func (s *Set) Image(i int) []byte {
	if i < 0 || i >= s.Len() || len(s.Images) < (i+1)*ImageSize {
		return nil
	}
	return s.Images[i*ImageSize : (i+1)*ImageSize : (i+1)*ImageSize]
}

// Head returns the first n images; n is cut to 0..Len.
func (s *Set) Head(n int) *Set { return s.slice(0, clamp(n, s.Len())) }

// Split returns all but the last n images, and the last n; n is cut to
// 0..Len. Split(5000) of the training set is the 45k/5k split into training
// and validation images of section 4.2.
func (s *Set) Split(n int) (rest, last *Set) {
	cut := s.Len() - clamp(n, s.Len())
	return s.slice(0, cut), s.slice(cut, s.Len())
}

func (s *Set) slice(from, to int) *Set {
	if s == nil {
		return nil
	}
	size := len(s.Images)
	return &Set{
		Images:  s.Images[min(from*ImageSize, size):min(to*ImageSize, size)],
		Labels:  s.Labels[from:to],
		Classes: s.Classes,
	}
}

// newSet returns a set of n black images of class 0.
func newSet(n int, classes []string) *Set {
	return &Set{
		Images:  make([]byte, n*ImageSize),
		Labels:  make([]int32, n),
		Classes: classes,
	}
}

func clamp(n, most int) int { return max(0, min(n, most)) }
