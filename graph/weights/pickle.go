package weights

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"
)

// maxStack bounds the values that are at hand at once. Python writes long lists and
// dicts a thousand items at a time.
const maxStack = 1 << 19

// unpickler reads the pickles of a file, of any protocol. It makes nothing but
// numbers, texts, containers, storages, tensors, and names of whatever else there is.
type unpickler struct {
	storages map[string]*storage
	find     func(*storage) error // looks for a storage's memory; nil if that comes later

	stack []any
	marks []int // lengths of the stack
	memo  map[int]any
	pairs map[*list][]pair // of the lists that dicts were made of
}

// damage is what step panics with.
type damage struct{ error }

func damaged(format string, args ...any) {
	panic(damage{errors.Errorf("damaged pickle: "+format, args...)})
}

// load reads the pickle at the start of data and returns its length too.
func (u *unpickler) load(data []byte) (v any, length int, err error) {
	if length, err = scanPickle(data); err != nil {
		return nil, 0, err
	}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case damage:
			v, length, err = nil, 0, r.error
		default:
			panic(r)
		}
	}()
	u.stack, u.marks, u.memo, u.pairs = nil, nil, map[int]any{}, map[*list][]pair{}
	for at := 0; at < length; {
		op := data[at]
		n, _ := argumentLength(op, data[at+1:])
		argument := data[at+1 : at+1+n]
		if a := pickleArguments[op]; a.kind == argCounted {
			argument = argument[a.n:]
		}
		u.step(op, argument)
		if len(u.stack) > maxStack || len(u.marks) > maxStack {
			damaged("more than %d values at once", maxStack)
		}
		at += 1 + n
	}
	return u.pop(), length, nil
}

func (u *unpickler) push(v any) { u.stack = append(u.stack, v) }

// pop takes the newest value, which a mark must not hide.
func (u *unpickler) pop() any {
	v := *u.top()
	u.stack = u.stack[:len(u.stack)-1]
	return v
}

func (u *unpickler) top() *any {
	if n := len(u.stack); n > 0 && (len(u.marks) == 0 || u.marks[len(u.marks)-1] < n) {
		return &u.stack[n-1]
	}
	damaged("it takes from an empty stack")
	return nil
}

// popMark takes the values after the newest mark, to be used before the next push.
func (u *unpickler) popMark() []any {
	n := len(u.marks) - 1
	if n < 0 {
		damaged("no mark")
	}
	at := u.marks[n]
	u.marks = u.marks[:n]
	v := u.stack[at:]
	u.stack = u.stack[:at]
	return v
}

// popTuple takes the last n values as a tuple.
func (u *unpickler) popTuple(n int) *list {
	t := make([]any, n)
	for i := n - 1; i >= 0; i-- {
		t[i] = u.pop()
	}
	return newTuple(t)
}

// popArguments takes a call's tuple.
func (u *unpickler) popArguments() []any {
	args, ok := values(u.pop())
	if !ok {
		damaged("a call without a tuple")
	}
	return args
}

// step does what an opcode says.
func (u *unpickler) step(op byte, argument []byte) {
	switch op {
	case opStop, opFrame, 0x80: // the end, a frame, the protocol
	case '(':
		u.marks = append(u.marks, len(u.stack))
	case '0':
		if n := len(u.marks); n > 0 && u.marks[n-1] == len(u.stack) {
			u.popMark()
			return
		}
		u.pop()
	case '1':
		u.popMark()
	case '2':
		u.push(*u.top())
	case 'N', 'I', 'L', 'F', 'K', 'M', 'J', 'G', 0x8a, 0x8b, 0x88, 0x89:
		u.push(number(op, argument))
	case 'S', 'V', 'U', 'T', 'X', 0x8c, 0x8d:
		u.push(text(op, argument))
	case 'C', 'B', 0x8e, 0x96:
		u.push(argument)
	case 'p', 'q', 'r', 0x94:
		u.memo[u.place(op, argument)] = *u.top()
	case 'g', 'h', 'j':
		v, ok := u.memo[u.place(op, argument)]
		if !ok {
			damaged("a reference to nothing")
		}
		u.push(v)
	case 'P':
		u.push(u.reference(textReference(line(argument))))
	case 'Q':
		args, ok := values(u.pop())
		if !ok {
			damaged("a reference that is to no storage")
		}
		u.push(u.reference(args))
	default:
		if !u.contain(op) && !u.construct(op, argument) {
			damaged("opcode %#x", op)
		}
	}
}

// contain does the opcodes of containers.
func (u *unpickler) contain(op byte) bool {
	switch op {
	case ')':
		u.push(newTuple(nil))
	case 't':
		u.push(newTuple(u.popMark()))
	case 0x85, 0x86, 0x87:
		u.push(u.popTuple(int(op - 0x84)))
	case ']':
		u.push(&list{})
	case 'l':
		l := &list{}
		for _, v := range u.popMark() {
			l.add(v)
		}
		u.push(l)
	case '}':
		u.push(&dict{})
	case 'd':
		d := &dict{}
		setItems(d, u.popMark())
		u.push(d)
	case 'a':
		v := u.pop()
		appendItems(*u.top(), []any{v})
	case 'e':
		v := u.popMark()
		appendItems(*u.top(), v)
	case 's':
		v, k := u.pop(), u.pop()
		setItems(*u.top(), []any{k, v})
	case 'u':
		v := u.popMark()
		setItems(*u.top(), v)
	case 0x8f:
		u.push(&object{class: "set"})
	case 0x90:
		u.popMark()
		u.top()
	case 0x91:
		u.popMark()
		u.push(&object{class: "frozenset"})
	default:
		return false
	}
	return true
}

// construct does the opcodes of classes and calls.
func (u *unpickler) construct(op byte, argument []byte) bool {
	switch op {
	case 'c':
		u.push(globalOf(argument))
	case 0x93:
		name, _ := u.pop().(string)
		module, _ := u.pop().(string)
		u.push(global{module, name})
	case 'i':
		u.push(u.call(globalOf(argument), slices.Clone(u.popMark())))
	case 'o':
		v := slices.Clone(u.popMark())
		if len(v) == 0 {
			damaged("an object of no class")
		}
		u.push(u.call(v[0], v[1:]))
	case 'R', 0x81:
		args := u.popArguments()
		u.push(u.call(u.pop(), args))
	case 0x92:
		u.pop() // keywords
		args := u.popArguments()
		u.push(u.call(u.pop(), args))
	case 'b':
		state := u.pop()
		if o, ok := (*u.top()).(*object); ok {
			o.state = state
		}
	case 0x82, 0x83, 0x84:
		u.push(&object{class: "a registered extension"})
	default:
		return false
	}
	return true
}

func appendItems(to any, v []any) {
	var l *list
	switch to := to.(type) {
	case *list:
		l = to
	case *object:
		l = &to.list
	}
	if l == nil || l.tuple {
		damaged("items for %s", describe(to))
	}
	l.items = slices.Grow(l.items, len(v))
	l.items = slices.Grow(l.items, len(v))
	for _, x := range v {
		l.add(x)
	}
}

func setItems(to any, v []any) {
	var d *dict
	switch to := to.(type) {
	case *dict:
		d = to
	case *object:
		d = &to.dict
	}
	if d == nil || len(v)%2 != 0 {
		damaged("pairs for %s", describe(to))
	}
	d.pairs = slices.Grow(d.pairs, len(v)/2)
	d.pairs = slices.Grow(d.pairs, len(v)/2)
	for i := 0; i < len(v); i += 2 {
		d.pairs = append(d.pairs, pair{v[i], v[i+1]})
	}
}

// call gives what a class or function would return: a tensor, a dict, or an object
// that nobody asks for.
func (u *unpickler) call(f any, args []any) any {
	g, ok := f.(global)
	if !ok {
		if o, isObject := f.(*object); isObject {
			return &object{class: o.class, args: args}
		}
		damaged("a call of %s", describe(f))
	}
	first := func() any {
		if len(args) == 0 {
			damaged("%s of nothing", g.name)
		}
		return args[0]
	}
	switch g.String() {
	case "collections.OrderedDict", "builtins.dict", "__builtin__.dict":
		return u.dictOf(args)
	case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v3":
		return newTensor(g.name, args)
	case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state", "torch._utils._rebuild_device_tensor_from_cpu_tensor":
		return first()
	case "torch._tensor._rebuild_from_type_v2", "torch.tensor._rebuild_from_type", "torch._tensor._rebuild_from_type":
		if len(args) > 2 {
			if inner, ok := values(args[2]); ok {
				return u.call(args[0], inner)
			}
		}
	case "torch.Size":
		return first()
	case "copy_reg.__newobj__", "copyreg.__newobj__":
		return u.call(first(), args[1:])
	case "copy_reg._reconstructor", "copyreg._reconstructor":
		return &object{class: describe(first()), args: args[1:]}
	}
	return &object{class: g.String(), args: args}
}

// dictOf makes a dict, of a list of pairs where Python 2 gives one.
func (u *unpickler) dictOf(args []any) any {
	if len(args) == 0 {
		return &dict{}
	}
	switch of := args[0].(type) {
	case *dict:
		return &dict{of.pairs[:len(of.pairs):len(of.pairs)]}
	case *list:
		pairs, ok := u.pairs[of] // one list can make many dicts
		if !ok {
			pairs = make([]pair, 0, len(of.items))
			for _, x := range of.items {
				if l, _ := x.value.(*list); l != nil && len(l.items) == 2 {
					pairs = append(pairs, pair{l.items[0].value, l.items[1].value})
				}
			}
			u.pairs[of] = pairs
		}
		return &dict{pairs[:len(pairs):len(pairs)]}
	}
	return &object{class: "dict", args: args}
}

// place is where the memo keeps a value.
func (u *unpickler) place(op byte, argument []byte) int {
	switch op {
	case 0x94:
		return len(u.memo)
	case 'p', 'g':
		n, err := strconv.Atoi(line(argument))
		if err != nil {
			damaged("the reference %q", argument)
		}
		return n
	}
	return int(unsigned(argument))
}

func number(op byte, argument []byte) any {
	switch op {
	case 'N':
		return nil
	case 0x88, 0x89:
		return op == 0x88
	case 'K', 'M':
		return int(unsigned(argument))
	case 'J':
		return int(int32(unsigned(argument)))
	case 'G':
		return math.Float64frombits(binary.BigEndian.Uint64(argument))
	case 0x8a, 0x8b:
		n := len(argument)
		if n == 0 {
			return 0
		} else if n > 8 {
			return &object{class: "a long number"}
		}
		unused := 64 - 8*n
		return int(int64(unsigned(argument)<<unused) >> unused)
	}
	s := line(argument)
	switch {
	case op == 'I' && s == "00":
		return false
	case op == 'I' && s == "01":
		return true
	case op == 'F':
		v, err := strconv.ParseFloat(s, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			damaged("the number %q", s)
		}
		return v
	}
	v, err := strconv.ParseInt(strings.TrimSuffix(s, "L"), 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		return &object{class: "a long number"}
	} else if err != nil {
		damaged("the number %q", s)
	}
	return int(v)
}

func text(op byte, argument []byte) string {
	s := string(argument)
	switch op {
	case 'S': // as repr writes it
		s = strings.TrimSuffix(s, "\n")
		if len(s) < 2 || s[0] != s[len(s)-1] {
			damaged("the text %.40q", s)
		}
		s = s[1 : len(s)-1]
		if v, err := strconv.Unquote(`"` + strings.NewReplacer(`\'`, `'`, `\"`, `\"`, `"`, `\"`).Replace(s) + `"`); err == nil {
			s = v
		}
	case 'V':
		s = rawUnicode(strings.TrimSuffix(s, "\n"))
	}
	return s
}

// rawUnicode reads Python's raw-unicode-escape: Latin-1 and \uXXXX.
func rawUnicode(s string) string {
	if !strings.Contains(s, `\`) && utf8.ValidString(s) && len(s) == utf8.RuneCountInString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if rest := s[i:]; len(rest) >= 6 && (rest[:2] == `\u` || rest[:2] == `\U` && len(rest) >= 10) {
			n := 6
			if rest[1] == 'U' {
				n = 10
			}
			if v, err := strconv.ParseUint(rest[2:n], 16, 32); err == nil {
				b.WriteRune(rune(v))
				i += n - 1
				continue
			}
		}
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

func line(argument []byte) string {
	return string(bytes.TrimRight(argument, "\r\n"))
}

func globalOf(argument []byte) global {
	module, name, _ := strings.Cut(string(argument), "\n")
	return global{module, strings.TrimSuffix(name, "\n")}
}
