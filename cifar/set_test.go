package cifar

import (
	"slices"
	"testing"
)

// ramp returns a set of n images with varied bytes and labels i%3.
func ramp(n int) *Set {
	s := newSet(n, []string{"a", "b", "c"})
	for i := range s.Images {
		s.Images[i] = byte(i*7 + i/251 + i/ImageSize*13)
	}
	for i := range s.Labels {
		s.Labels[i] = int32(i % 3)
	}
	return s
}

func TestSetParts(t *testing.T) {
	s := ramp(5)
	for _, c := range []struct{ n, len int }{{-1, 0}, {0, 0}, {2, 2}, {5, 5}, {6, 5}} {
		head := s.Head(c.n)
		rest, last := s.Split(c.n)
		if head.Len() != c.len || last.Len() != c.len || rest.Len() != 5-c.len {
			t.Errorf("%d: head of %d, split into %d and %d", c.n, head.Len(), rest.Len(), last.Len())
		}
		if !slices.Equal(head.Images, s.Images[:c.len*ImageSize]) || !slices.Equal(head.Labels, s.Labels[:c.len]) {
			t.Errorf("%d: head holds other examples", c.n)
		}
		if !slices.Equal(slices.Concat(rest.Images, last.Images), s.Images) || !slices.Equal(slices.Concat(rest.Labels, last.Labels), s.Labels) {
			t.Errorf("%d: the split's halves are not the set", c.n)
		}
		if !slices.Equal(last.Classes, s.Classes) {
			t.Errorf("%d: classes %v", c.n, last.Classes)
		}
	}
	if got := s.Image(4); !slices.Equal(got, s.Images[4*ImageSize:]) {
		t.Error("image 4 is not the last one")
	}
	if s.Image(-1) != nil || s.Image(5) != nil {
		t.Error("image outside the set")
	}
}

// TestBrokenSets: no method may panic on sets that a caller made by hand.
func TestBrokenSets(t *testing.T) {
	for name, s := range map[string]*Set{
		"nil":           nil,
		"empty":         {},
		"too few bytes": {Images: make([]byte, 10), Labels: make([]int32, 3)},
		"wrong label":   {Images: make([]byte, ImageSize), Labels: []int32{-4}, Classes: []string{"a"}},
	} {
		s.Head(2).Split(1)
		s.Image(2)
		PerPixelMean(s)
		ChannelStatistics(s)
		if _, err := (Examples{Set: s}).Example(2, nil, make([]float32, ImageSize)); err == nil {
			t.Errorf("%s: want an error for example 2", name)
		}
	}
}

func TestVariants(t *testing.T) {
	for _, c := range []struct {
		variant     Variant
		name        string
		classes     int
		first, last string
	}{
		{CIFAR10, "cifar10", 10, "airplane", "truck"},
		{CIFAR100, "cifar100", 100, "apple", "worm"},
	} {
		parsed, err := ParseVariant(c.name)
		if err != nil || parsed != c.variant || c.variant.String() != c.name {
			t.Errorf("%s: parsed as %v (%v)", c.name, parsed, err)
		}
		names := variants[c.variant].layout.classes
		if c.variant.Classes() != c.classes || names[0] != c.first || names[c.classes-1] != c.last || !distinct(names) {
			t.Errorf("%s: %d classes %v", c.name, c.variant.Classes(), names)
		}
		l := variants[c.variant].layout
		if count(l.train) != 50_000 || count(l.test) != 10_000 {
			t.Errorf("%s: %d and %d records", c.name, count(l.train), count(l.test))
		}
		if a := c.variant.archive(); a.url == "" || a.file == "" || a.size == 0 || len(a.sha256) != 64 {
			t.Errorf("%s: archive is not known", c.name)
		}
	}
	_, err := ParseVariant("cifar-10")
	checkError(t, "parse", err, []string{`got "cifar-10"`}, nil)
	if v := Variant(-1); v.String() != "Variant(-1)" || v.Classes() != 0 || v.archive() != (archive{}) {
		t.Errorf("unknown variant is %v with %d classes", v, v.Classes())
	}
}

func distinct(names []string) bool {
	sorted := slices.Sorted(slices.Values(names))
	return len(slices.Compact(sorted)) == len(names)
}
