package cifar

import (
	"bytes"
	"encoding/binary"

	"github.com/pkg/errors"
)

// What a pickle is made of here: numbers as int, strings of any kind as the []byte of
// the file that they are, tuples, *list, *dict, classes and functions by name, and
// *object for whatever Python would call one to make. Nothing is called, so that a
// pickle can do nothing, and takes memory in proportion to its length.
type (
	tuple  []any
	list   struct{ items []any }
	dict   struct{ items map[string]any }
	global string // module and name
	object struct {
		of    any
		args  tuple
		state any
	}
)

// unpickler reads the opcodes that Python 2 and 3 write for lists, dicts and arrays of
// numpy, in protocols 2 to 5.
type unpickler struct {
	rest  []byte
	stack []any
	marks []int // heights of the stack
	memo  map[uint32]any
}

var errPickle = errors.New("damaged, or no pickle of protocol 2 or later")

// unpickle reads a pickle; strings share its memory.
func unpickle(data []byte) (v any, err error) {
	u := &unpickler{rest: data, memo: map[uint32]any{}}
	for {
		op, err := u.take(1)
		if err != nil {
			return nil, err
		}
		if op[0] == '.' {
			return u.pop()
		}
		if err := u.do(op[0]); err != nil {
			return nil, err
		}
	}
}

// take takes n bytes.
func (u *unpickler) take(n uint64) ([]byte, error) {
	if n > uint64(len(u.rest)) {
		return nil, errors.New("the pickle is cut short")
	}
	out := u.rest[:n:n]
	u.rest = u.rest[n:]
	return out, nil
}

// number takes an unsigned number of n bytes.
func (u *unpickler) number(n int) (uint64, error) {
	var b [8]byte
	from, err := u.take(uint64(n))
	copy(b[:], from)
	return binary.LittleEndian.Uint64(b[:]), err
}

func (u *unpickler) push(v any) { u.stack = append(u.stack, v) }

func (u *unpickler) pop() (any, error) {
	n := len(u.stack) - 1
	if n < 0 || len(u.marks) > 0 && u.marks[len(u.marks)-1] > n {
		return nil, errPickle
	}
	v := u.stack[n]
	u.stack = u.stack[:n]
	return v, nil
}

// popMark takes all that has been pushed since the last mark.
func (u *unpickler) popMark() ([]any, error) {
	if len(u.marks) == 0 {
		return nil, errPickle
	}
	at := u.marks[len(u.marks)-1]
	u.marks = u.marks[:len(u.marks)-1]
	items := append([]any(nil), u.stack[at:]...)
	u.stack = u.stack[:at]
	return items, nil
}

// popN takes n values.
func (u *unpickler) popN(n int) ([]any, error) {
	out := make([]any, n)
	for i := n - 1; i >= 0; i-- {
		var err error
		if out[i], err = u.pop(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Lengths of what follows opcodes.
var (
	pickleStrings = map[byte]int{'U': 1, 'T': 4, 'X': 4, 0x8c: 1, 0x8d: 8, 'C': 1, 'B': 4, 0x8e: 8, 0x96: 8} // bytes of their length
	pickleNumbers = map[byte]int{'K': 1, 'M': 2, 'J': 4}
	pickleTuples  = map[byte]int{')': 0, 0x85: 1, 0x86: 2, 0x87: 3}
	picklePuts    = map[byte]int{'q': 1, 'r': 4}
	pickleGets    = map[byte]int{'h': 1, 'j': 4}
	pickleSkipped = map[byte]int{0x80: 1, 0x95: 8} // the protocol, a frame
)

func (u *unpickler) do(op byte) error {
	if n, ok := pickleStrings[op]; ok {
		length, err := u.number(n)
		if err != nil {
			return err
		}
		s, err := u.take(length)
		u.push(s)
		return err
	}
	if n, ok := pickleNumbers[op]; ok {
		v, err := u.number(n)
		if op == 'J' {
			v = uint64(int64(int32(v)))
		}
		u.push(int(v))
		return err
	}
	if n, ok := pickleTuples[op]; ok {
		items, err := u.popN(n)
		u.push(tuple(items))
		return err
	}
	if n, ok := picklePuts[op]; ok {
		at, err := u.number(n)
		if err != nil {
			return err
		}
		return u.remember(uint32(at))
	}
	if n, ok := pickleGets[op]; ok {
		at, err := u.number(n)
		if err != nil {
			return err
		}
		v, ok := u.memo[uint32(at)]
		if !ok {
			return errPickle
		}
		u.push(v)
		return nil
	}
	if n, ok := pickleSkipped[op]; ok {
		_, err := u.take(uint64(n))
		return err
	}
	return u.build(op)
}

func (u *unpickler) remember(at uint32) error {
	v, err := u.pop()
	if err != nil {
		return err
	}
	u.push(v)
	u.memo[at] = v
	return nil
}

// build does what makes something of what is on the stack.
func (u *unpickler) build(op byte) error {
	switch op {
	case '(':
		u.marks = append(u.marks, len(u.stack))
	case 'N', 0x88, 0x89: // None, True, False
		u.push(map[byte]any{'N': nil, 0x88: true, 0x89: false}[op])
	case ']':
		u.push(&list{})
	case '}':
		u.push(&dict{map[string]any{}})
	case 't':
		items, err := u.popMark()
		u.push(tuple(items))
		return err
	case 'a', 'e', 's', 'u':
		return u.fill(op)
	case 'c':
		module, ok1 := u.line()
		name, ok2 := u.line()
		if !ok1 || !ok2 {
			return errors.New("the pickle is cut short")
		}
		u.push(global(module + " " + name))
	case 0x93:
		pair, err := u.popN(2)
		if err != nil {
			return err
		}
		module, ok1 := pair[0].([]byte)
		name, ok2 := pair[1].([]byte)
		if !ok1 || !ok2 {
			return errPickle
		}
		u.push(global(string(module) + " " + string(name)))
	case 0x94:
		return u.remember(uint32(len(u.memo)))
	case 'R', 0x81:
		pair, err := u.popN(2)
		if err != nil {
			return err
		}
		args, ok := pair[1].(tuple)
		if !ok {
			return errPickle
		}
		u.push(&object{of: pair[0], args: args})
	case 'b':
		pair, err := u.popN(2)
		if err != nil {
			return err
		}
		if o, ok := pair[0].(*object); ok {
			o.state = pair[1]
		}
		u.push(pair[0])
	case '0':
		_, err := u.pop()
		return err
	default:
		return errPickle
	}
	return nil
}

// fill adds items to a list or a dict.
func (u *unpickler) fill(op byte) (err error) {
	var items []any
	switch op {
	case 'a':
		items, err = u.popN(1)
	case 's':
		items, err = u.popN(2)
	default:
		items, err = u.popMark()
	}
	if err != nil {
		return err
	}
	to, err := u.pop()
	if err != nil {
		return err
	}
	u.push(to)
	switch to := to.(type) {
	case *list:
		if op == 'a' || op == 'e' {
			to.items = append(to.items, items...)
			return nil
		}
	case *dict:
		if (op == 's' || op == 'u') && len(items)%2 == 0 {
			for i := 0; i < len(items); i += 2 {
				if key, ok := text(items[i]); ok {
					to.items[string(key)] = items[i+1]
				}
			}
			return nil
		}
	}
	return errPickle
}

func (u *unpickler) line() (string, bool) {
	line, rest, ok := bytes.Cut(u.rest, []byte("\n"))
	u.rest = rest
	return string(line), ok
}

// text is a string of bytes. Python 3 writes those in protocol 2 as a text that is to be
// encoded in Latin 1.
func text(v any) ([]byte, bool) {
	switch v := v.(type) {
	case []byte:
		return v, true
	case *object:
		if v.of != global("_codecs encode") || len(v.args) == 0 {
			return nil, false
		}
		utf8, ok := v.args[0].([]byte)
		if !ok {
			return nil, false
		}
		out := make([]byte, 0, len(utf8))
		for _, r := range string(utf8) {
			if r > 255 {
				return nil, false
			}
			out = append(out, byte(r))
		}
		return out, true
	}
	return nil, false
}
