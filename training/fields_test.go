package training_test

import (
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gorgonet/gorgonet/training"
)

// boxes is blobs with up to three boxes: their sides [3 4], their classes [3] and how
// many there are. Pictures and boxes are turned around together.
func boxes(n int) fielded {
	return fielded{blobs{n}, []training.Field{{Name: "boxes", Shape: []int{3, 4}}, {Name: "classes", Shape: []int{3}, Integer: true}, {Name: "count", Integer: true}},
		func(i int, label int32, rng *rand.Rand, picture []float32, to training.Fields) {
			sides, classes := to.Floats("boxes"), to.Ints("classes")
			clear(sides)
			count := int32(i % 4)
			turned := rng != nil && rng.IntN(2) == 1
			if turned {
				slices.Reverse(picture)
			}
			for j := range count {
				copy(sides[4*j:], []float32{float32(i), 0, 1, float32(j + 1)})
			}
			if classes == nil {
				return // not asked for, as is count
			}
			to.Ints("count")[0] = count
			for j := range classes {
				switch {
				case j >= int(count):
					classes[j] = -1
				case turned:
					classes[j] = 3 - label
				default:
					classes[j] = label
				}
			}
		}}
}

// TestLoaderFields reads fields in training and in a pass with padding, on different
// numbers of goroutines, and wants those that were asked for, beside the right examples.
func TestLoaderFields(t *testing.T) {
	d := boxes(10)
	stream := func(workers int, fields ...training.Field) (floats []float32, ints []int32) {
		l, err := training.NewStream(d, 4, 5, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		l.Workers, l.Fields = workers, fields
		for range 7 {
			b, err := l.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			floats = append(append(floats, b.Fields.Floats("boxes")...), b.Images...)
			ints = append(append(append(ints, b.Fields.Ints("classes")...), b.Fields.Ints("count")...), b.Labels...)
			if b.Fields.Ints("boxes") != nil || b.Fields.Floats("classes") != nil || b.Fields.Floats("none") != nil {
				t.Error("fields of another kind than they are")
			}
		}
		return floats, ints
	}
	floats, ints := stream(1, d.fields...)
	if again, whole := stream(5, d.fields...); !slices.Equal(floats, again) || !slices.Equal(ints, whole) {
		t.Error("on five goroutines other fields than on one")
	}
	if len(ints) != 7*4*(3+1+1) || len(floats) != 7*4*(12+192) {
		t.Errorf("%d and %d values", len(ints), len(floats))
	}
	turned := 0
	for i := 0; i < len(ints); i += 20 { // a batch: classes [4 3], count [4], labels [4]
		for j := range 4 {
			count, label := ints[i+12+j], ints[i+16+j]
			for k, class := range ints[i+3*j : i+3*j+3] {
				if int32(k) < count && class == 3-label {
					turned++
				}
				if (int32(k) < count) != (class >= 0) || class >= 0 && class != label && class != 3-label {
					t.Fatalf("example %d of a batch has classes %v of %d, label %d", j, ints[i+3*j:i+3*j+3], count, label)
				}
			}
		}
	}
	if turned == 0 {
		t.Error("no example was turned around")
	}
	if part, _ := stream(2, d.fields[0]); len(part) != len(floats) || !slices.Equal(part, floats) {
		t.Error("asked for fewer fields, they differ")
	}

	pass, err := training.NewPass(d, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer pass.Close()
	pass.Fields = append([]training.Field{{Name: training.LabelsField, Integer: true}}, d.fields...)
	for n := 0; ; n++ {
		b, err := pass.Next(t.Context())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		count, sides := b.Fields.Ints("count"), b.Fields.Floats("boxes")
		for i := range 4 {
			at := 4*n + i
			want := int32(at % 4)
			first := float32(at)
			if i >= b.N {
				want = -1
			}
			if want < 1 {
				first = 0
			}
			if count[i] != want || sides[12*i] != first {
				t.Errorf("example %d has %d boxes, the first at %v; want %d and %v", at, count[i], sides[12*i], want, first)
			}
		}
	}
}
