package weights

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"
	"github.com/pkg/errors"
)

// Bounds on a pickle; the largest networks need a hundredth.
const (
	maxPickle  = 32 << 20 // bytes
	maxObjects = 1 << 20
	maxVisits  = 1 << 28 // of attributes, see scanPickle
	maxDense   = 1 << 12 // objects of less than four bytes each
)

// maxDims bounds a tensor's dimensions, as PyTorch does: many tensors can share one
// long shape, which each of them copies.
const maxDims = 64

// What follows an opcode of a pickle.
const (
	argNone    = iota // no such opcode, or none that PyTorch's protocols (2 and later) use
	argFixed          // so many bytes
	argCounted        // a count of so many bytes, and that many bytes more
	argLines          // so many lines
)

type pickleArgument struct{ kind, n int }

// pickleArguments has an entry for each opcode that is read.
var pickleArguments = func() (table [256]pickleArgument) {
	for _, op := range []byte("()]}.012NQRabdelstu\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94") {
		table[op] = pickleArgument{argFixed, 0}
	}
	for op, n := range map[byte]int{'K': 1, 'M': 2, 'J': 4, 'G': 8, 'h': 1, 'j': 4, 'q': 1, 'r': 4, 0x80: 1, opFrame: 8} {
		table[op] = pickleArgument{argFixed, n}
	}
	for op, n := range map[byte]int{'U': 1, 'T': 4, 'X': 4, 'C': 1, 'B': 4, opLong: 1, 0x8c: 1, 0x8d: 8, 0x8e: 8} {
		table[op] = pickleArgument{argCounted, n}
	}
	table[opGlobal] = pickleArgument{argLines, 2}
	return table
}()

// Opcodes that need a word more.
const (
	opGlobal = 'c'
	opStop   = '.'
	opBuild  = 'b'
	opLong   = 0x8a
	opFrame  = 0x95
)

// pickleMakers are the opcodes that take much more memory than their own length.
var pickleMakers = []byte("(]}R)q\x81\x85\x86\x87\x8f\x94")

// scanPickle returns the length of the pickle at the start of data. It makes sure that
// all arguments are there and the objects within bounds, for the unpickler makes
// room for whatever a pickle claims, and visits all the attributes that an object
// is given, often the same ones. Two things that Python 2 writes are changed for
// it: OrderedDict with arguments becomes our own, and a long of no bytes a 0.
func scanPickle(data []byte) (length int, err error) {
	objects, visits := 0, 0
	for at := 0; at < len(data); {
		op, rest := data[at], data[at+1:]
		n, ok := argumentLength(op, rest)
		switch {
		case pickleArguments[op].kind == argNone:
			return 0, errors.Errorf("damaged, or no file of PyTorch: pickle opcode %#x at byte %d", op, at)
		case !ok:
			return 0, errors.Errorf("cut short: the argument of pickle opcode %#x at byte %d is incomplete", op, at)
		case op == opGlobal && bytes.HasPrefix(rest, []byte("collections\nOrderedDict\n")):
			copy(rest, ourModule)
		case op == opLong && n == 1:
			data[at], rest[0] = 'K', 0
		case bytes.IndexByte(pickleMakers, op) >= 0:
			objects++
		case op == opBuild:
			visits += at
		}
		if at += 1 + n; at > maxPickle || objects > maxObjects || visits > maxVisits {
			return 0, errors.Errorf("a pickle of more than %d bytes, %d objects or %d attributes, which no weights need", maxPickle, maxObjects, maxVisits)
		}
		if op != opStop {
			continue
		}
		if objects > maxDense+at/4 {
			return 0, errors.Errorf("damaged, or no file of PyTorch: a pickle of %d objects in %d bytes", objects, at)
		}
		return at, nil
	}
	return 0, errors.New("cut short within a pickle")
}

// argumentLength is the length of what follows an opcode; ok tells whether it is
// all there.
func argumentLength(op byte, rest []byte) (n int, ok bool) {
	a := pickleArguments[op]
	switch a.kind {
	case argLines:
		for range a.n {
			length := bytes.IndexByte(rest[n:], '\n') + 1
			if length == 0 {
				return 0, false
			}
			n += length
		}
		return n, true
	case argCounted:
		if len(rest) < a.n {
			return 0, false
		}
		count := unsigned(rest[:a.n])
		return a.n + int(min(count, uint64(len(rest)))), count <= uint64(len(rest)-a.n)
	}
	if len(rest) < a.n {
		return 0, false
	}
	// A frame only announces what follows.
	return a.n, op != opFrame || unsigned(rest[:8]) <= uint64(len(rest)-8)
}

func unsigned(little []byte) uint64 {
	var b [8]byte
	copy(b[:], little)
	return binary.LittleEndian.Uint64(b[:])
}

// unpickler reads the pickles of a file. It makes nothing but numbers, strings,
// lists, dicts, storages and tensors.
type unpickler struct {
	storages map[string]*storage
	find     func(*storage) error // looks for a storage's memory; nil if that comes later
	items    int                  // that dicts may yet be made of
	err      error                // of our own making
}

// load reads the pickle at the start of data and returns its length too.
func (u *unpickler) load(data []byte) (v any, length int, err error) {
	if length, err = scanPickle(data); err != nil {
		return nil, 0, err
	}
	defer func() {
		if r := recover(); r != nil { // such as a dict whose key is one
			v, err = nil, errors.Errorf("damaged pickle: %.200s", fmt.Sprint(r))
		}
	}()
	u.items = length / 4 // a pair takes more than four bytes
	p := pickle.NewUnpickler(bytes.NewReader(data[:length]))
	p.FindClass, p.PersistentLoad = u.class, u.storage
	v, err = p.Load()
	switch {
	case u.err != nil:
		return nil, 0, u.err
	case err != nil:
		return nil, 0, errors.Errorf("damaged pickle: %.200s", err.Error())
	}
	return v, length, nil
}

// fail keeps an error from the words that the unpickler adds.
func (u *unpickler) fail(format string, args ...any) (any, error) {
	u.err = errors.Errorf(format, args...)
	return nil, u.err
}

// call is a class or function in a pickle.
type call func(args []any) (any, error)

// Call implements types.Callable.
func (c call) Call(args ...any) (any, error) { return c(args) }

// class knows the classes and functions that a dict of tensors is made of.
func (u *unpickler) class(module, name string) (any, error) {
	switch module + "." + name {
	case ourModule + ".OrderedDict":
		return call(u.orderedDict), nil
	case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor":
		return call(u.tensor), nil
	case "torch._utils._rebuild_parameter":
		return call(func(args []any) (any, error) {
			if len(args) == 0 {
				return u.fail("damaged: a parameter without data")
			}
			return args[0], nil
		}), nil
	case "torch.Size":
		return call(func(args []any) (any, error) { return types.NewTupleFromSlice(args), nil }), nil
	}
	for _, d := range dtypes {
		if module == "torch" && name == d.storage {
			return d, nil
		}
	}
	return u.fail("it holds a %.100s.%.100s; only tensors and dicts of them are read: save model.state_dict() alone", module, name)
}

// storage resolves a reference: ("storage", class, key, device, values) and, in
// old files, a view that is None but in those before PyTorch 0.4.
func (u *unpickler) storage(id any) (any, error) {
	t, ok := id.(*types.Tuple)
	if !ok || t.Len() < 5 || t.Get(0) != "storage" {
		return u.fail("damaged: a reference that is to no storage")
	}
	d, isType := t.Get(1).(dtype)
	key, isKey := t.Get(2).(string)
	n, isCount := t.Get(4).(int)
	switch {
	case !isType || !isKey || !isCount || n < 0:
		return u.fail("damaged: a reference to a storage without type, key or size")
	case t.Len() > 5 && t.Get(5) != nil:
		return u.fail("storage %s is a view of another, as PyTorch wrote before 0.4; load and save it with a later one", key)
	}
	if s := u.storages[key]; s != nil {
		if s.n != n || s.dtype.name != d.name {
			return u.fail("damaged: storage %s is both %d values of %s and %d of %s", key, s.n, s.dtype.name, n, d.name)
		}
		return s, nil
	}
	s := &storage{dtype: d, key: key, n: n}
	u.storages[key] = s
	if u.find != nil {
		if err := u.find(s); err != nil {
			u.err = err
			return nil, err
		}
	}
	return s, nil
}

// tensor makes a tensor of a storage, an offset, a shape and strides; whatever
// else it is given matters for training alone.
func (u *unpickler) tensor(args []any) (any, error) {
	if len(args) >= 4 {
		s, isStorage := args[0].(*storage)
		offset, isOffset := args[1].(int)
		shape, isShape := integers(args[2])
		stride, isStride := integers(args[3])
		if isStorage && isOffset && isShape && isStride {
			return &torchTensor{s, offset, shape, stride}, nil
		}
	}
	return u.fail("damaged: a tensor that is not made of a storage, an offset, a shape and strides")
}

// integers are the numbers of a shape or of strides.
func integers(v any) ([]int, bool) {
	t, ok := v.(*types.Tuple)
	if !ok || t.Len() > maxDims {
		return nil, false
	}
	out := make([]int, t.Len())
	for i := range out {
		if out[i], ok = t.Get(i).(int); !ok {
			return nil, false
		}
	}
	return out, true
}

// ourModule stands for Python's collections, and is as long.
const ourModule = "orderedDict"

// orderedDict is Python's. The library's takes no arguments.
type orderedDict struct{ types.Dict }

// PySetState implements types.PyStateSettable; attributes are dropped.
func (*orderedDict) PySetState(any) error { return nil }

// orderedDict makes one, of a list of pairs where Python 2 gives one.
func (u *unpickler) orderedDict(args []any) (any, error) {
	d := &orderedDict{types.Dict{}}
	if len(args) == 0 {
		return d, nil
	}
	items, _ := args[0].(*types.List)
	if items == nil {
		return nil, errors.New("an OrderedDict of something that is no list")
	}
	if u.items -= items.Len(); u.items < 0 { // one list can make many dicts
		return u.fail("damaged: dicts of more items than the pickle has room for")
	}
	d.Dict = make(types.Dict, 0, items.Len())
	for _, item := range *items {
		switch pair := item.(type) {
		case *types.List:
			d.Set(pair.Get(0), pair.Get(1))
		case *types.Tuple:
			d.Set(pair.Get(0), pair.Get(1))
		}
	}
	return d, nil
}
