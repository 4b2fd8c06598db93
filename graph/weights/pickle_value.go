package weights

import "strconv"

// What a pickle is read to, besides nil, bool, int, float64, string and []byte.
// Classes and functions are names; nothing of Python's is ever made or called.
type (
	// list is a list or, never changed, a tuple.
	list struct {
		n     int
		items []item // without numbers, which nobody asks for; all of a tuple
		tuple bool
	}
	item struct {
		at    int
		value any
	}

	// dict is a dict or an OrderedDict.
	dict struct{ pairs []pair }
	pair struct{ key, value any }

	// global is the name of a class or function.
	global struct{ module, name string }

	// object stands for whatever a class or function would make.
	object struct {
		dict  // what it was given as a dict
		class string
		args  []any
		state any
		list  list
	}
)

func (g global) String() string { return g.module + "." + g.name }

// add appends a value.
func (l *list) add(v any) {
	switch v.(type) {
	case nil, bool, int, float64:
		if !l.tuple {
			l.n++
			return
		}
	}
	l.items = append(l.items, item{l.n, v})
	l.n++
}

// newTuple copies the values.
func newTuple(values []any) *list {
	t := &list{tuple: true, items: make([]item, 0, len(values))}
	for _, v := range values {
		t.add(v)
	}
	return t
}

// values are those of a tuple; ok is false of anything else.
func values(v any) (out []any, ok bool) {
	t, ok := v.(*list)
	if !ok || !t.tuple {
		return nil, false
	}
	out = make([]any, len(t.items))
	for i, x := range t.items {
		out[i] = x.value
	}
	return out, true
}

// integers are the numbers of a shape or of strides.
func integers(v any) ([]int, bool) {
	t, ok := v.(*list)
	if !ok || !t.tuple || len(t.items) > maxDims {
		return nil, false
	}
	out := make([]int, len(t.items))
	for i, x := range t.items {
		if out[i], ok = x.value.(int); !ok {
			return nil, false
		}
	}
	return out, true
}

// describe says in a word or two what a value is.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool, int, float64:
		return "a number"
	case string:
		return "a text"
	case []byte:
		return "bytes"
	case *list:
		if v.tuple {
			return "a tuple"
		}
		return "a list"
	case *dict:
		return "a dict"
	case *object:
		return v.class
	case global:
		return v.String()
	case *storage:
		return "a storage"
	case *torchTensor:
		return "a tensor"
	}
	return "something"
}

// keyName is a dict's key as a part of a name; "" if it is none.
func keyName(key any) string {
	switch key := key.(type) {
	case string:
		if len(key) <= maxName {
			return key
		}
	case int:
		return strconv.Itoa(key)
	}
	return ""
}

// maxName is the longest name, in bytes.
const maxName = 500
