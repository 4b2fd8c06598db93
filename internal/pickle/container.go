package pickle

import "slices"

// contain does the opcodes of containers.
func (r *Reader) contain(op byte) bool {
	switch op {
	case ')':
		r.push(newTuple(nil))
	case 't':
		r.push(newTuple(r.popMark()))
	case 0x85, 0x86, 0x87:
		r.push(r.popTuple(int(op - 0x84)))
	case ']':
		r.push(&List{})
	case 'l':
		l := &List{}
		for _, v := range r.popMark() {
			l.add(v, r.Numbers)
		}
		r.push(l)
	case '}':
		r.push(&Dict{})
	case 'd':
		d := &Dict{}
		setItems(d, r.popMark())
		r.push(d)
	case 'a':
		v := r.pop()
		appendItems(*r.top(), []any{v}, r.Numbers)
	case 'e':
		v := r.popMark()
		appendItems(*r.top(), v, r.Numbers)
	case 's':
		v, k := r.pop(), r.pop()
		setItems(*r.top(), []any{k, v})
	case 'u':
		v := r.popMark()
		setItems(*r.top(), v)
	case 0x8f:
		r.push(&Object{Class: "set"})
	case 0x90:
		r.popMark()
		r.top()
	case 0x91:
		r.popMark()
		r.push(&Object{Class: "frozenset"})
	default:
		return false
	}
	return true
}

func appendItems(to any, v []any, numbers bool) {
	var l *List
	switch to := to.(type) {
	case *List:
		l = to
	case *Object:
		l = &to.List
	}
	if l == nil || l.Tuple {
		damaged("items for %s", Describe(to))
	}
	l.Items = slices.Grow(l.Items, len(v))
	for _, x := range v {
		l.add(x, numbers)
	}
}

func setItems(to any, v []any) {
	var d *Dict
	switch to := to.(type) {
	case *Dict:
		d = to
	case *Object:
		d = &to.Dict
	}
	if d == nil || len(v)%2 != 0 {
		damaged("pairs for %s", Describe(to))
	}
	d.Pairs = slices.Grow(d.Pairs, len(v)/2)
	for i := 0; i < len(v); i += 2 {
		d.Pairs = append(d.Pairs, Pair{v[i], v[i+1]})
	}
}

// popTuple takes the last n values as a tuple.
func (r *Reader) popTuple(n int) *List {
	t := make([]any, n)
	for i := n - 1; i >= 0; i-- {
		t[i] = r.pop()
	}
	return newTuple(t)
}
