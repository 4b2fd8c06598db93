package training

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
)

// Field is something that an example carries besides its picture: a target, or an input
// that a model reads.
type Field struct {
	Name    string
	Shape   []int // of one example; none for a single number
	Integer bool  // int32 in place of float32
}

// size is how many numbers an example has.
func (f Field) size() int {
	size := 1
	for _, n := range f.Shape {
		size *= n
	}
	return size
}

// String is such as "mask, whole numbers [32 32]".
func (f Field) String() string {
	kind := "numbers"
	if f.Integer {
		kind = "whole numbers"
	}
	return fmt.Sprintf("%s, %s %v", f.Name, kind, f.Shape)
}

// equal tells whether both are the same.
func (f Field) equal(g Field) bool {
	return f.Name == g.Name && f.Integer == g.Integer && slices.Equal(f.Shape, g.Shape)
}

// Fielded is a Dataset whose examples carry more than a label. A picture and its fields
// come in one call, so that augmentation changes them together: boxes and masks move
// with the picture, and noise is both in it and a target.
type Fielded interface {
	Dataset

	// Fields are what all examples have. Where their number differs, such as that of
	// boxes, a field has room for the most of them, and another one says how many count.
	Fields() []Field

	// ExampleFields does what Example does, and writes the fields that to has, which may
	// be fewer: what was asked for. They come with what an earlier example left there.
	ExampleFields(i int, rng *rand.Rand, dst []float32, to Fields) (label int32, err error)
}

// Fields are the values of fields, of one example or of the examples of a batch one
// after the other.
type Fields struct {
	fields []Field
	floats [][]float32 // by place; nil for whole numbers
	ints   [][]int32
}

// Floats are the numbers of a field; nil where it is not there, or has whole numbers.
func (f Fields) Floats(name string) []float32 {
	for i, x := range f.fields {
		if x.Name == name {
			return f.floats[i]
		}
	}
	return nil
}

// Ints are the whole numbers of a field; nil where it is not there, or has others.
func (f Fields) Ints(name string) []int32 {
	for i, x := range f.fields {
		if x.Name == name {
			return f.ints[i]
		}
	}
	return nil
}

// newFields has room for n examples.
func newFields(fields []Field, n int) Fields {
	f := Fields{fields, make([][]float32, len(fields)), make([][]int32, len(fields))}
	for i, x := range fields {
		if x.Integer {
			f.ints[i] = make([]int32, n*x.size())
		} else {
			f.floats[i] = make([]float32, n*x.size())
		}
	}
	return f
}

// example makes to, which has the same fields, those of example i.
func (f Fields) example(i int, to Fields) {
	for j, x := range f.fields {
		from, end := i*x.size(), (i+1)*x.size()
		if x.Integer {
			to.ints[j] = f.ints[j][from:end:end]
		} else {
			to.floats[j] = f.floats[j][from:end:end]
		}
	}
}

// pad makes zeros, or -1 of whole numbers, from example n on.
func (f Fields) pad(n int) {
	for i, x := range f.fields {
		if x.Integer {
			rest := f.ints[i][n*x.size():]
			for j := range rest {
				rest[j] = -1
			}
		} else {
			clear(f.floats[i][n*x.size():])
		}
	}
}

// check refuses numbers that are not finite.
func (f Fields) check() error {
	for i, x := range f.fields {
		for _, v := range f.floats[i] {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return errors.Errorf("field %s holds %v", x.Name, v)
			}
		}
	}
	return nil
}

// allFinite tells whether none of the values is infinite or no number.
func allFinite(values []float32) bool {
	for _, v := range values {
		if v-v != 0 {
			return false
		}
	}
	return true
}

// carried are the fields that the data set must have: all but those that every one has.
func carried(fields []Field) []Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f Field) bool { return f.Name == LabelsField || f.Name == PresentField })
}

// checkFields refuses fields that no graph can have.
func checkFields(fields []Field) error {
	for i, f := range fields {
		values := 1
		for _, n := range f.Shape {
			if n < 1 || n > math.MaxInt32/values {
				return errors.Errorf("field %v: want a shape of at least 1 each, and of at most %d values", f, math.MaxInt32)
			}
			values *= n
		}
		switch {
		case f.Name == "" || f.Name == imagesField:
			return errors.Errorf("a field cannot be called %q", f.Name)
		case slices.ContainsFunc(fields[:i], func(other Field) bool { return other.Name == f.Name }):
			return errors.Errorf("there are two fields %s", f.Name)
		case f.Name == LabelsField && !f.equal(Field{Name: LabelsField, Integer: true}), f.Name == PresentField && !f.equal(Field{Name: PresentField}):
			return errors.Errorf("field %v: %s are whole numbers without a shape, and %s are numbers without one", f, LabelsField, PresentField)
		}
	}
	return nil
}

// agree refuses a data set that lacks any of the fields, or has another of that name.
func agree(d Dataset, fields []Field) (err error) {
	fields = carried(fields)
	if len(fields) == 0 {
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			err = errors.Errorf("the data set, a %T: fields: panic: %v", d, r)
		}
	}()
	fielded, ok := d.(Fielded)
	if !ok {
		return errors.Errorf("the data set, a %T, has nothing but pictures and labels, and is to have the field %v; it must be Fielded", d, fields[0])
	}
	has := fielded.Fields()
	for _, f := range fields {
		i := slices.IndexFunc(has, func(h Field) bool { return h.Name == f.Name })
		switch {
		case i < 0:
			return errors.Errorf("the data set, a %T, lacks the field %v", d, f)
		case !has[i].equal(f):
			return errors.Errorf("the data set, a %T, has the field %v, where %v is wanted", d, has[i], f)
		}
	}
	return nil
}
