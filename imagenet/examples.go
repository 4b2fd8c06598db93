package imagenet

import (
	"image"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// Examples is a Set as a network sees it. It may be used from many goroutines at
// once; it must not be copied after its first use.
//
// A picture that cannot be read is skipped: another of the set takes its place,
// always the same as long as the files stay as they are, so that batches remain
// full. Log hears of every such picture once, and Unreadable counts them. Flawed
// counts those that can be read although something is wrong with their files.
type Examples struct {
	Set   *Set
	Train Pipeline     // with random numbers; without Transforms, Test is used
	Test  Pipeline     // without; without Transforms, that of Preprocessing{}
	Log   *slog.Logger // gets warnings; nil means none

	mu         sync.Mutex
	unreadable map[int]struct{}
	flawed     map[int]struct{}
}

// attempts is how many pictures are tried before something else must be wrong.
const attempts = 100

// Len returns the number of examples.
func (e *Examples) Len() int { return e.Set.Len() }

// Shape returns the shape of one example [H W C], that of Test.
func (e *Examples) Shape() []int { return e.test().Shape() }

// ClassNames returns the names of the classes in label order.
func (e *Examples) ClassNames() []string {
	if e.Set == nil {
		return nil
	}
	return e.Set.Classes
}

func (e *Examples) test() Pipeline {
	if e.Test.Transforms == nil {
		return Preprocessing{}.Pipeline()
	}
	return e.Test
}

// Example writes example i to dst [H W 3] and returns its label: by Train with an
// rng and by Test without. It is an error if dst has the wrong size, or if a
// hundred pictures in a row cannot be read or transformed.
func (e *Examples) Example(i int, rng *rand.Rand, dst []float32) (label int32, err error) {
	pipeline := e.test()
	if rng != nil && e.Train.Transforms != nil {
		pipeline = e.Train
	}
	shape := pipeline.Shape()
	if want := shape[0] * shape[1] * shape[2]; len(dst) != want {
		return 0, errors.Errorf("imagenet: want room for %d values %v, got %d", want, shape, len(dst))
	}
	return e.readable(i, func(p *Picture) error { return pipeline.apply(dst, p, rng) })
}

// Picture returns picture i as Test cuts it, to look at, or nil if it cannot be
// read.
func (e *Examples) Picture(i int) image.Image {
	src, err := e.Set.open(i)
	if err != nil {
		return nil
	}
	p := newPicture(src)
	for _, t := range e.test().Transforms {
		if t.Apply(p, nil) != nil {
			return nil
		}
	}
	out, err := p.Image()
	if err != nil {
		return nil
	}
	return out
}

// Unreadable returns the indices of the pictures that could not be read so far,
// in ascending order.
func (e *Examples) Unreadable() []int { return e.noted(&e.unreadable) }

// Flawed returns the indices of the pictures that were read although something is
// wrong with their files, such as a checksum or a missing end, in ascending order.
func (e *Examples) Flawed() []int { return e.noted(&e.flawed) }

func (e *Examples) noted(set *map[int]struct{}) []int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Sorted(maps.Keys(*set))
}

// readable calls use with picture i or with the first of its substitutes for
// which all goes well, and returns that one's label.
func (e *Examples) readable(i int, use func(*Picture) error) (int32, error) {
	n := e.Len()
	if n == 0 {
		return 0, errors.Errorf("imagenet: want example %d, the set is empty", i)
	}
	if i < 0 || i >= n {
		return 0, errors.Errorf("imagenet: want an example from 0 to %d, got %d", n-1, i)
	}
	step := stride(n)
	var first error
	for k := range min(n, attempts) {
		at := int((int64(i) + int64(k)*int64(step)) % int64(n))
		src, err := e.Set.open(at)
		if err == nil {
			if err = use(newPicture(src)); err == nil {
				e.look(at, src)
				return e.Set.Files[at].Label, nil
			}
			err = errors.WithMessage(err, printable.Name(e.Set.Path(at)))
		}
		if first == nil {
			first = err
		}
		e.skip(at, err)
	}
	return 0, errors.WithMessagef(first, "imagenet: %d pictures in a row cannot be used; is %s as it was? The first", min(n, attempts), printable.Name(e.Set.Folder))
}

// skip takes note of a picture that cannot be used.
func (e *Examples) skip(i int, err error) {
	if e.note(&e.unreadable, i) && e.Log != nil {
		e.Log.Warn("imagenet: a picture is skipped", "path", e.Set.Path(i), "error", err.Error())
	}
}

// look takes note of what is wrong with a picture that was used.
func (e *Examples) look(i int, src source) {
	w, ok := src.(warner)
	if !ok {
		return
	}
	if faults := w.Warnings(); len(faults) > 0 && e.note(&e.flawed, i) && e.Log != nil {
		e.Log.Warn("imagenet: a picture has faults, and is used", "path", e.Set.Path(i), "faults", strings.Join(faults, "; "))
	}
}

// note adds i to a set and says whether it is new there.
func (e *Examples) note(set *map[int]struct{}, i int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, known := (*set)[i]; known {
		return false
	}
	if *set == nil {
		*set = map[int]struct{}{}
	}
	(*set)[i] = struct{}{}
	return true
}

// stride is the way from a picture to its substitute: about 0.618 of the set,
// far from the rest of the picture's class, and without a common divisor with n,
// so that following it meets every picture.
func stride(n int) int {
	step := max(1, int(float64(n)*0.618))
	for gcd(step, n) != 1 {
		step++
	}
	return step
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
