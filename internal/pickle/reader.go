package pickle

import (
	"cmp"
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
