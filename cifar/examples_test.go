package cifar

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

func near(t *testing.T, name string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", name, len(got), len(want))
	}
	for i := range got {
		if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= tolerance) {
			t.Fatalf("%s: value %d is %v, want %v", name, i, got[i], want[i])
		}
	}
}

// padded does the augmentation by the letter: it normalises, pads, crops and
// mirrors, each into a new array.
func padded(image []byte, n Normalization, pad int, w crop) []float32 {
	wide := Side + 2*pad
	canvas := make([]float32, wide*wide*Channels)
	for y := range Side {
		for x := range Side {
			for c := range Channels {
				j := (y*Side+x)*Channels + c
				v := float32(image[j]) / 255
				if n.Mean != nil {
					v -= n.Mean[j]
				}
				if n.Deviation[c] != 0 {
					v /= n.Deviation[c]
				}
				canvas[((y+pad)*wide+x+pad)*Channels+c] = v
			}
		}
	}
	out := make([]float32, ImageSize)
	for y := range Side {
		for x := range Side {
			from := x
			if w.flip {
				from = Side - 1 - x
			}
			for c := range Channels {
				out[(y*Side+x)*Channels+c] = canvas[((y+w.top+pad)*wide+from+w.left+pad)*Channels+c]
			}
		}
	}
	return out
}

func TestExampleAgainstPadding(t *testing.T) {
	s := ramp(4)
	for name, n := range map[string]Normalization{
		"none":        {},
		"pixel mean":  PerPixelMean(s),
		"per channel": PerChannel([3]float32{0.5, 0.4, 0.3}, [3]float32{0.2, 0.3, 0.4}),
	} {
		for _, a := range []Augmentation{{}, PaperAugmentation, {Pad: 4}, {Flip: true}, {Pad: 31, Flip: true}} {
			e := Examples{Set: s, Normalization: n, Augmentation: a}
			rng, twin := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(1, 2))
			dst := make([]float32, ImageSize)
			for k := range 60 {
				i := k % s.Len()
				for j := range dst {
					dst[j] = float32(math.NaN())
				}
				label, err := e.Example(i, rng, dst)
				if err != nil || label != s.Labels[i] {
					t.Fatalf("label %d, error %v", label, err)
				}
				near(t, name, dst, padded(s.Image(i), n, a.Pad, a.draw(twin)), 1e-6)
			}
			if _, err := e.Example(1, nil, dst); err != nil {
				t.Fatal(err)
			}
			near(t, name+" without rng", dst, padded(s.Image(1), n, 0, crop{}), 1e-6)
		}
	}
}

// TestAugmentationDraws: every place and mirror image that the settings allow
// comes up, and about equally often: within five standard deviations.
func TestAugmentationDraws(t *testing.T) {
	for _, c := range []struct {
		augmentation Augmentation
		outcomes     int
	}{
		{PaperAugmentation, 9 * 9 * 2},
		{Augmentation{Pad: 4}, 9 * 9},
		{Augmentation{Pad: 1, Flip: true}, 3 * 3 * 2},
		{Augmentation{Flip: true}, 2},
		{Augmentation{}, 1},
	} {
		const each = 1000
		rng := rand.New(rand.NewPCG(3, 4))
		seen := map[crop]int{}
		for range each * c.outcomes {
			seen[c.augmentation.draw(rng)]++
		}
		if len(seen) != c.outcomes {
			t.Errorf("%+v: %d outcomes, want %d", c.augmentation, len(seen), c.outcomes)
		}
		for w, times := range seen {
			pad := c.augmentation.Pad
			if max(w.top, -w.top, w.left, -w.left) > pad || w.flip && !c.augmentation.Flip ||
				math.Abs(float64(times)-each) > 5*math.Sqrt(each) {
				t.Errorf("%+v: %+v came up %d times, want about %d", c.augmentation, w, times, each)
			}
		}
	}
}

// TestExampleDraws: the random numbers used do not depend on the settings, nor
// on whether the call succeeds.
func TestExampleDraws(t *testing.T) {
	next := func(e Examples, i int) uint64 {
		rng := rand.New(rand.NewPCG(5, 6))
		e.Example(i, rng, make([]float32, ImageSize))
		return rng.Uint64()
	}
	s := ramp(1)
	want := next(Examples{Set: s}, 0)
	for _, a := range []Augmentation{PaperAugmentation, {Pad: 9}, {Flip: true}, {Pad: -1}} {
		for _, i := range []int{0, 1} {
			if got := next(Examples{Set: s, Augmentation: a}, i); got != want {
				t.Errorf("%+v, example %d: the generator is at another place", a, i)
			}
		}
	}
}

func TestExampleErrors(t *testing.T) {
	s := ramp(3)
	short := &Set{Images: s.Images[:ImageSize], Labels: s.Labels}
	for _, c := range []struct {
		name     string
		examples Examples
		i, dst   int
		want     string
	}{
		{"below", Examples{Set: s}, -1, ImageSize, "want an example from 0 to 2, got -1"},
		{"above", Examples{Set: s}, 3, ImageSize, "want an example from 0 to 2, got 3"},
		{"no set", Examples{}, 0, ImageSize, "the set is empty"},
		{"dst", Examples{Set: s}, 0, 3071, "want a dst of 3072 values, got 3071"},
		{"images", Examples{Set: short}, 1, ImageSize, "want 9216 bytes of images for 3 labels, got 3072"},
		{"mean", Examples{Set: s, Normalization: Normalization{Mean: []float32{1}}}, 0, ImageSize, "want a mean image of 3072 values, got 1"},
		{"pad", Examples{Set: s, Augmentation: Augmentation{Pad: 32}}, 0, ImageSize, "want a padding of 0 to 31 pixels, got 32"},
		{"negative pad", Examples{Set: s, Augmentation: Augmentation{Pad: -1}}, 0, ImageSize, "got -1"},
	} {
		dst := make([]float32, c.dst)
		_, err := c.examples.Example(c.i, rand.New(rand.NewPCG(1, 1)), dst)
		checkError(t, c.name, err, []string{c.want}, nil)
		if slices.ContainsFunc(dst, func(v float32) bool { return v != 0 }) {
			t.Errorf("%s: dst was written", c.name)
		}
	}
}

func TestExampleConcurrently(t *testing.T) {
	s := ramp(8)
	e := Examples{Set: s, Normalization: PerPixelMean(s), Augmentation: PaperAugmentation}
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			dst := make([]float32, ImageSize)
			for i := range 200 {
				rng := rand.New(rand.NewPCG(uint64(i), 0))
				if label, err := e.Example(i%8, rng, dst); err != nil || label != s.Labels[i%8] {
					t.Errorf("example %d: label %d, error %v", i%8, label, err)
				}
			}
		})
	}
	callers.Wait()
}

func TestExampleAllocatesNothing(t *testing.T) {
	s := ramp(2)
	e := Examples{Set: s, Normalization: PerPixelMean(s), Augmentation: PaperAugmentation}
	dst, rng := make([]float32, ImageSize), rand.New(rand.NewPCG(1, 1))
	if n := testing.AllocsPerRun(50, func() { e.Example(1, rng, dst) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestNormalizations(t *testing.T) {
	s := ramp(5)
	pixel := PerPixelMean(s)
	var sums [Channels][2]float64
	for j := range ImageSize {
		sum := 0.0
		for i := range s.Len() {
			x := float64(s.Image(i)[j]) / 255
			sum += x
			sums[j%Channels][0] += x
			sums[j%Channels][1] += x * x
		}
		if d := math.Abs(sum/5 - float64(pixel.Mean[j])); d > 1e-6 {
			t.Fatalf("mean of value %d is off by %v", j, d)
		}
	}
	mean, deviation := ChannelStatistics(s)
	for c, sum := range sums {
		m := sum[0] / (5 * Side * Side)
		want := []float32{float32(m), float32(math.Sqrt(sum[1]/(5*Side*Side) - m*m))}
		near(t, "statistics", []float32{mean[c], deviation[c]}, want, 1e-6)
	}

	// Normalised by its own statistics, a set has mean 0 and deviation 1.
	e := Examples{Set: s, Normalization: PerChannel(mean, deviation)}
	dst := make([]float32, ImageSize)
	var sum, squares float64
	for i := range s.Len() {
		if _, err := e.Example(i, nil, dst); err != nil {
			t.Fatal(err)
		}
		for _, v := range dst {
			sum += float64(v)
			squares += float64(v) * float64(v)
		}
	}
	n := float64(5 * ImageSize)
	near(t, "normalised", []float32{float32(sum / n), float32(squares / n)}, []float32{0, 1}, 1e-5)
}

func BenchmarkExample(b *testing.B) {
	s := ramp(64)
	dst, rng := make([]float32, ImageSize), rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct {
		name string
		rng  *rand.Rand
	}{{"plain", nil}, {"augmented", rng}} {
		b.Run(c.name, func(b *testing.B) {
			e := Examples{Set: s, Normalization: PerPixelMean(s), Augmentation: PaperAugmentation}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				e.Example(i%64, c.rng, dst)
			}
		})
	}
}

func TestPicture(t *testing.T) {
	set := Synthetic(1, 3, 1).Train
	e := Examples{Set: set, Normalization: PerPixelMean(set)}
	if !slices.Equal(e.ClassNames(), set.Classes) {
		t.Errorf("classes %v", e.ClassNames())
	}
	p := e.Picture(2)
	for j, want := range set.Image(2) {
		r, g, b, a := p.At(j/Channels%Side, j/Channels/Side).RGBA()
		if got := []uint32{r, g, b}[j%Channels]; got>>8 != uint32(want) || a != 0xffff {
			t.Fatalf("byte %d is %d of opacity %x, want %d", j, got>>8, a, want)
		}
	}
	for _, i := range []int{-1, 3} {
		if p := e.Picture(i); p != nil {
			t.Errorf("picture %d of 3 is %v", i, p)
		}
	}
}

// TestNoExamples wants a set that is nil to be empty, and deviations that nothing can be
// divided by to be errors.
func TestNoExamples(t *testing.T) {
	var e Examples
	if _, err := e.Example(0, nil, make([]float32, ImageSize)); e.Len() != 0 || e.ClassNames() != nil || e.Picture(0) != nil || err == nil {
		t.Errorf("%d examples, %v, %v", e.Len(), e.ClassNames(), err)
	}
	for _, bad := range []float32{-1, float32(math.NaN()), float32(math.Inf(1))} {
		n := Normalization{Deviation: [Channels]float32{1, bad, 1}}
		if _, err := (Examples{Set: Synthetic(1, 1, 1).Train, Normalization: n}).Example(0, nil, make([]float32, ImageSize)); err == nil {
			t.Errorf("an example is divided by %v", bad)
		}
		if _, err := NormalizationOf(nil, []float32{1, bad, 1}); err == nil {
			t.Errorf("%v is a deviation", bad)
		}
	}
}
