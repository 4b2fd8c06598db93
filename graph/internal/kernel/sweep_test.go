package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// sweep tries shapes with every kind of kernels that the processor has, and keeps
// the worst errors.
type sweep struct {
	*testing.T
	units []arithmetic
	worst map[string]finding // by kernels and what they computed
	wrong int                // shapes
}

// finding is an error and the shape that has it.
type finding struct {
	err   float64
	shape string
}

// newSweep is a sweep over all kinds of kernels, or those that GORGONET_KERNELS
// asks for.
func newSweep(t *testing.T) *sweep {
	s := &sweep{T: t, units: []arithmetic{unit}, worst: map[string]finding{}}
	if os.Getenv("GORGONET_KERNELS") == "" {
		s.units = units()
	}
	t.Cleanup(s.report)
	return s
}

// report logs the worst errors.
func (s *sweep) report() {
	var lines []string
	for what, f := range s.worst {
		lines = append(lines, fmt.Sprintf("%s: %.2g, %s", what, f.err, f.shape))
	}
	if len(lines) == 0 {
		return
	}
	sort.Strings(lines)
	s.Log("worst errors:\n" + strings.Join(lines, "\n"))
}

// random calls f for the usual number of random shapes, or for as many as
// GORGONET_SHAPES says.
func (s *sweep) random(usual int, f func(rng *rand.Rand)) {
	count := usual
	if testing.Short() {
		count /= 4
	}
	if v := os.Getenv("GORGONET_SHAPES"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			s.Fatalf("GORGONET_SHAPES: %v", err)
		}
		count = n
	}
	for i := range count {
		f(rand.New(rand.NewPCG(uint64(i), 1)))
	}
	s.Logf("%d of %d random shapes are wrong", s.wrong, count)
}

// try calls f for every kind of kernels, twice: what they borrow the first time is
// full of NaN the second time, which counts. The shape is a struct.
func (s *sweep) try(shape any, f func(t *trial)) {
	s.each(shape, func(line string) bool {
		forget()
		t := &trial{sweep: s, shape: line}
		t.call(f)
		t = &trial{sweep: s, shape: line, counts: true, failed: t.failed}
		t.call(f)
		return t.failed
	})
}

// once calls f for every kind of kernels; f sees to what they borrow.
func (s *sweep) once(shape any, f func(t *trial)) {
	s.each(shape, func(line string) bool {
		t := &trial{sweep: s, shape: line, counts: true}
		t.call(f)
		return t.failed
	})
}

// each calls f for every kind of kernels and counts the shapes that are wrong.
func (s *sweep) each(shape any, f func(line string) (failed bool)) {
	used := unit
	defer func() { unit = used }()
	line := fmt.Sprintf("%#v", shape)
	line = strings.Replace(line[strings.Index(line, "{"):], ", OH:0, OW:0", "", 1) // for a table of such structs
	failed := false
	for _, unit = range s.units {
		failed = f(line) || failed
	}
	if failed {
		s.wrong++
		if s.wrong == 20 {
			s.Fatal("20 shapes are wrong, which is enough")
		}
	}
}

// trial is one shape with one kind of kernels.
type trial struct {
	*sweep
	shape           string
	counts, failed  bool
	inputs, outputs []guarded
	computed        map[string][]float32 // what an algorithm computed last
}

// guarded is memory in the middle of more: what may not change of it.
type guarded struct{ all, was []float32 }

// fence is how many values lie on either side of an array.
const fence = 64

// call calls f, in which a panic is a failure, and wants inputs and what lies
// around outputs to stay as they are.
func (t *trial) call(f func(t *trial)) {
	defer func() {
		if r := recover(); r != nil && !t.failed {
			t.errorf("panic: %v", r)
		}
	}()
	f(t)
	for i, g := range t.inputs {
		t.same(fmt.Sprintf("input %d", i), g.all[fence:len(g.all)-fence], g.was)
	}
	for i, g := range t.outputs {
		t.same(fmt.Sprintf("before output %d", i), g.all[:fence], g.was)
		t.same(fmt.Sprintf("behind output %d", i), g.all[len(g.all)-fence:], g.was)
	}
}

// input is a copy of x among values of NaN, to be read only.
func (t *trial) input(x []float32) []float32 {
	if x == nil {
		return nil
	}
	all := dirty(len(x) + 2*fence)
	copy(all[fence:], x)
	t.inputs = append(t.inputs, guarded{all, x})
	return all[fence : fence+len(x)]
}

// output is n values of NaN among others that must stay.
func (t *trial) output(n int) []float32 {
	all, mark := dirty(n+2*fence), make([]float32, fence)
	for i := range mark {
		mark[i] = 12345
	}
	copy(all, mark)
	copy(all[fence+n:], mark)
	t.outputs = append(t.outputs, guarded{all, mark})
	return all[fence : fence+n]
}

// inPlace is an output that holds x at first.
func (t *trial) inPlace(x []float32) []float32 {
	y := t.output(len(x))
	copy(y, x)
	return y
}

// errorf reports a failure of the shape.
func (t *trial) errorf(format string, args ...any) {
	t.Helper()
	t.failed = true
	t.Errorf("%s kernels, %s: %s", Name(), t.shape, fmt.Sprintf(format, args...))
}

// near wants every value of got within tolerance of want, in units of size: how
// large such values are. Without a tolerance they are equal.
func (t *trial) near(what string, got []float32, want []float64, size, tolerance float64) {
	if !t.counts {
		return
	}
	t.Helper()
	worst, at := 0.0, 0
	for i, w := range want {
		if g := float64(got[i]); g != w && !(math.Abs(g-w)/size <= worst) {
			worst, at = math.Abs(g-w)/size, i
			if worst != worst {
				break
			}
		}
	}
	key := Name() + " " + what
	if old, ok := t.worst[key]; !ok || worst > old.err {
		t.worst[key] = finding{worst, t.shape}
	}
	if !(worst <= tolerance) {
		t.errorf("%s: value %d is %v, want %v: off by %.2g times %.3g, at most %.2g is right", what, at, got[at], want[at], worst, size, tolerance)
	}
}

// same wants got to have the bits of want.
func (t *trial) same(what string, got, want []float32) {
	t.Helper()
	for i, w := range want {
		if math.Float32bits(got[i]) != math.Float32bits(w) {
			t.errorf("%s: value %d is %v, want %v", what, i, got[i], w)
			return
		}
	}
}

// channels is a random number of channels from 1 to 130: a few, any, or whole
// blocks.
func channels(rng *rand.Rand) int {
	switch rng.IntN(3) {
	case 0:
		return 1 + rng.IntN(20)
	case 1:
		return 1 + rng.IntN(130)
	}
	return lanes * (1 + rng.IntN(8))
}

// side is a random height or width from 1 to 48, small ones more often.
func side(rng *rand.Rand) int { return 1 + rng.IntN(1+rng.IntN(48)) }

// stride is a random one: 1 half of the time.
func stride(rng *rand.Rand) int {
	if rng.IntN(2) == 0 {
		return 1
	}
	return []int{2, 3, 4, 5, 16}[rng.IntN(5)]
}
