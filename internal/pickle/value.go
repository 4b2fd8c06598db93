package pickle

import (
	"fmt"
	"slices"
)

// What a pickle is read to, besides nil, bool, int, float64, string and []byte, and
// what Reader's functions return. Classes and functions are names.
type (
	// List is a list or, never changed, a tuple. A list lacks its numbers, None and
	// truth values but with Reader.Numbers.
	List struct {
		N     int // with those that it lacks
		Items []Item
		Tuple bool
	}
	// Item is a value and its place in a list.
	Item struct {
		At    int
		Value any
	}

	// Dict is a dict or an OrderedDict, as it was filled: of a key that is there twice
	// the last counts.
	Dict struct{ Pairs []Pair }
	// Pair is a key of a dict and its value.
	Pair struct{ Key, Value any }

	// Global is the name of a class or function.
	Global struct{ Module, Name string }

	// Object stands for whatever a class or function would make.
	Object struct {
		Dict  // what it was given as a dict
		Class string
		Args  []any
		State any
		List  List // what it was given as a list
	}
)

// String is the name with its module, such as numpy.dtype.
func (g Global) String() string { return g.Module + "." + g.Name }

// Get is the value of a string or of its Bytes, nil where it is no key.
func (d *Dict) Get(key string) any {
	for _, p := range slices.Backward(d.Pairs) {
		if o, ok := p.Key.(*Object); ok {
			if text, _ := o.encoded(); len(text) > 2*len(key) {
				continue // without a copy: one text can be the key of many pairs
			}
		}
		if k, ok := Bytes(p.Key); ok && string(k) == key {
			return p.Value
		}
	}
	return nil
}

// add appends a value, numbers only to a tuple or where they are asked for.
func (l *List) add(v any, numbers bool) {
	switch v.(type) {
	case nil, bool, int, float64:
		if !l.Tuple && !numbers {
			l.N++
			return
		}
	}
	l.Items = append(l.Items, Item{l.N, v})
	l.N++
}

// newTuple copies the values.
func newTuple(values []any) *List {
	t := &List{Tuple: true, Items: make([]Item, 0, len(values))}
	for _, v := range values {
		t.add(v, true)
	}
	return t
}

// Tuple are the values of a tuple; ok is false of anything else.
func Tuple(v any) (out []any, ok bool) {
	t, ok := v.(*List)
	if !ok || !t.Tuple {
		return nil, false
	}
	out = make([]any, len(t.Items))
	for i, x := range t.Items {
		out[i] = x.Value
	}
	return out, true
}

// Describe says in a word or two what a value is; what Reader's functions made says so
// itself, by String.
func Describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool, int, float64:
		return "a number"
	case string:
		return "a text"
	case []byte:
		return "bytes"
	case *List:
		if v.Tuple {
			return "a tuple"
		}
		return "a list"
	case *Dict:
		return "a dict"
	case *Object:
		return v.Class
	case fmt.Stringer:
		return v.String()
	}
	return "something"
}

// Bytes are those of a string of any kind. Python 3 writes bytes in protocol 2 as a text
// that is to be encoded in Latin 1.
func Bytes(v any) ([]byte, bool) {
	switch v := v.(type) {
	case []byte:
		return v, true
	case string:
		return []byte(v), true
	case *Object:
		s, ok := v.encoded()
		if !ok {
			return nil, false
		}
		out := make([]byte, 0, len(s))
		for _, r := range s {
			if r > 255 {
				return nil, false
			}
			out = append(out, byte(r))
		}
		return out, true
	}
	return nil, false
}

// encoded is the text that an object is the bytes of.
func (o *Object) encoded() (s string, ok bool) {
	if o.Class == "_codecs.encode" && len(o.Args) > 0 {
		s, ok = o.Args[0].(string)
	}
	return s, ok
}
