package pickle

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/pkg/errors"
)

// maxStack bounds the values that are at hand at once. Python writes long lists and
// dicts a thousand items at a time.
const maxStack = 1 << 19

// Reader reads pickles. One that is used again, as by files of several pickles, starts
// anew with each. It is for one goroutine at a time.
type Reader struct {
	// Call gives what stands for the result of a class or function, or false where
	// it does not know it, which makes an Object. It may be nil.
	Call func(f Global, args []any) (v any, known bool, err error)

	// Reference gives what a persistent id refers to, outside of the pickle; id is a
	// tuple's values or nil. Without it such pickles are an error.
	Reference func(id []any) (any, error)

	// Bytes has the strings of Python 2 be []byte, which share the pickle's memory:
	// they may be either. Otherwise they are string.
	Bytes bool

	// Numbers has lists keep their numbers, which take much more memory than in the
	// pickle.
	Numbers bool

	// Longest is the most bytes that a pickle may have; 0 means MaxLength.
	Longest int

	stack []any
	marks []int // lengths of the stack
	memo  map[int]any
	pairs map[*List][]Pair // of the lists that dicts were made of
}

// damage is what step panics with.
type damage struct{ error }

func damaged(format string, args ...any) {
	panic(damage{errors.Errorf("damaged pickle: "+format, args...)})
}

// Read reads the pickle at the start of data, of any protocol, and returns its length
// too. Its []byte share data's memory.
func (r *Reader) Read(data []byte) (v any, length int, err error) {
	if length, err = scan(data, cmp.Or(r.Longest, MaxLength)); err != nil {
		return nil, 0, err
	}
	defer func() {
		switch p := recover().(type) {
		case nil:
		case damage:
			v, length, err = nil, 0, p.error
		default:
			panic(p)
		}
	}()
	r.stack, r.marks, r.memo, r.pairs = nil, nil, map[int]any{}, map[*List][]Pair{}
	for at := 0; at < length; {
		op := data[at]
		n, _ := argumentLength(op, data[at+1:])
		argument := data[at+1 : at+1+n]
		if a := arguments[op]; a.kind == argCounted {
			argument = argument[a.n:]
		}
		r.step(op, argument)
		if len(r.stack) > maxStack || len(r.marks) > maxStack {
			damaged("more than %d values at once", maxStack)
		}
		at += 1 + n
	}
	return r.pop(), length, nil
}

func (r *Reader) push(v any) { r.stack = append(r.stack, v) }

// pop takes the newest value, which a mark must not hide.
func (r *Reader) pop() any {
	v := *r.top()
	r.stack = r.stack[:len(r.stack)-1]
	return v
}

func (r *Reader) top() *any {
	if n := len(r.stack); n > 0 && (len(r.marks) == 0 || r.marks[len(r.marks)-1] < n) {
		return &r.stack[n-1]
	}
	damaged("it takes from an empty stack")
	return nil
}

// popMark takes the values after the newest mark, to be used before the next push.
func (r *Reader) popMark() []any {
	n := len(r.marks) - 1
	if n < 0 {
		damaged("no mark")
	}
	at := r.marks[n]
	r.marks = r.marks[:n]
	v := r.stack[at:]
	r.stack = r.stack[:at]
	return v
}

// popTuple takes the last n values as a tuple.
func (r *Reader) popTuple(n int) *List {
	t := make([]any, n)
	for i := n - 1; i >= 0; i-- {
		t[i] = r.pop()
	}
	return newTuple(t)
}

// popArguments takes a call's tuple.
func (r *Reader) popArguments() []any {
	args, ok := Tuple(r.pop())
	if !ok {
		damaged("a call without a tuple")
	}
	return args
}

// step does what an opcode says.
func (r *Reader) step(op byte, argument []byte) {
	switch op {
	case opStop, opFrame, 0x80: // the end, a frame, the protocol
	case '(':
		r.marks = append(r.marks, len(r.stack))
	case '0':
		if n := len(r.marks); n > 0 && r.marks[n-1] == len(r.stack) {
			r.popMark()
			return
		}
		r.pop()
	case '1':
		r.popMark()
	case '2':
		r.push(*r.top())
	case 'N', 'I', 'L', 'F', 'K', 'M', 'J', 'G', 0x8a, 0x8b, 0x88, 0x89:
		r.push(number(op, argument))
	case 'S', 'V', 'U', 'T', 'X', 0x8c, 0x8d:
		r.push(text(op, argument, r.Bytes))
	case 'C', 'B', 0x8e, 0x96:
		r.push(argument)
	case 'p', 'q', 'r', 0x94:
		r.memo[r.place(op, argument)] = *r.top()
	case 'g', 'h', 'j':
		v, ok := r.memo[r.place(op, argument)]
		if !ok {
			damaged("a reference to nothing")
		}
		r.push(v)
	case 'P':
		r.push(r.refer(textReference(line(argument))))
	case 'Q':
		args, _ := Tuple(r.pop())
		r.push(r.refer(args))
	default:
		if !r.contain(op) && !r.construct(op, argument) {
			damaged("opcode %#x", op)
		}
	}
}

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

// construct does the opcodes of classes and calls.
func (r *Reader) construct(op byte, argument []byte) bool {
	switch op {
	case 'c':
		r.push(globalOf(argument))
	case 0x93:
		name, _ := r.pop().(string)
		module, _ := r.pop().(string)
		r.push(Global{module, name})
	case 'i':
		r.push(r.call(globalOf(argument), slices.Clone(r.popMark())))
	case 'o':
		v := slices.Clone(r.popMark())
		if len(v) == 0 {
			damaged("an object of no class")
		}
		r.push(r.call(v[0], v[1:]))
	case 'R', 0x81:
		args := r.popArguments()
		r.push(r.call(r.pop(), args))
	case 0x92:
		r.pop() // keywords
		args := r.popArguments()
		r.push(r.call(r.pop(), args))
	case 'b':
		state := r.pop()
		if o, ok := (*r.top()).(*Object); ok {
			o.State = state
		}
	case 0x82, 0x83, 0x84:
		r.push(&Object{Class: "a registered extension"})
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
	d.Pairs = slices.Grow(d.Pairs, len(v)/2)
	for i := 0; i < len(v); i += 2 {
		d.Pairs = append(d.Pairs, Pair{v[i], v[i+1]})
	}
}

// refer gives what a persistent id refers to.
func (r *Reader) refer(id []any) any {
	if r.Reference == nil {
		damaged("a reference to something outside of it")
	}
	v, err := r.Reference(id)
	if err != nil {
		panic(damage{err})
	}
	return v
}

// Make gives what stands for the result of a class or function f, for Call: some calls
// are of another function.
func (r *Reader) Make(f any, args []any) (v any, err error) {
	defer func() {
		if p := recover(); p != nil {
			d, ok := p.(damage)
			if !ok {
				panic(p)
			}
			v, err = nil, d.error
		}
	}()
	return r.call(f, args), nil
}

// call gives what stands for the result of a class or function.
func (r *Reader) call(f any, args []any) any {
	g, ok := f.(Global)
	if !ok {
		if o, isObject := f.(*Object); isObject {
			return &Object{Class: o.Class, Args: args}
		}
		damaged("a call of %s", Describe(f))
	}
	first := func() any {
		if len(args) == 0 {
			damaged("%s of nothing", g.Name)
		}
		return args[0]
	}
	switch g.String() {
	case "collections.OrderedDict", "builtins.dict", "__builtin__.dict":
		return r.dictOf(args)
	case "copy_reg.__newobj__", "copyreg.__newobj__":
		return r.call(first(), args[1:])
	case "copy_reg._reconstructor", "copyreg._reconstructor":
		return &Object{Class: Describe(first()), Args: args[1:]}
	}
	if r.Call != nil {
		v, known, err := r.Call(g, args)
		if err != nil {
			panic(damage{err})
		}
		if known {
			return v
		}
	}
	return &Object{Class: g.String(), Args: args}
}

// dictOf makes a dict, of a list of pairs where Python 2 gives one.
func (r *Reader) dictOf(args []any) any {
	if len(args) == 0 {
		return &Dict{}
	}
	switch of := args[0].(type) {
	case *Dict:
		return &Dict{of.Pairs[:len(of.Pairs):len(of.Pairs)]}
	case *List:
		pairs, ok := r.pairs[of] // one list can make many dicts
		if !ok {
			pairs = make([]Pair, 0, len(of.Items))
			for _, x := range of.Items {
				if l, _ := x.Value.(*List); l != nil && len(l.Items) == 2 {
					pairs = append(pairs, Pair{l.Items[0].Value, l.Items[1].Value})
				}
			}
			r.pairs[of] = pairs
		}
		return &Dict{pairs[:len(pairs):len(pairs)]}
	}
	return &Object{Class: "dict", Args: args}
}

// place is where the memo keeps a value.
func (r *Reader) place(op byte, argument []byte) int {
	switch op {
	case 0x94:
		return len(r.memo)
	case 'p', 'g':
		n, err := strconv.Atoi(line(argument))
		if err != nil {
			damaged("the reference %q", argument)
		}
		return n
	}
	return int(unsigned(argument))
}
