package weights

import (
	"math"
	"strings"

	"github.com/pkg/errors"
)

// maxDims bounds a tensor's dimensions, as PyTorch does: many tensors can share one
// long shape, which each of them copies.
const maxDims = 64

// foreign are PyTorch's storages whose values are not read, and their bytes a value.
var foreign = map[string]int{
	"ComplexFloatStorage": 8, "ComplexDoubleStorage": 16, "QInt8Storage": 1, "QUInt8Storage": 1, "QInt32Storage": 4,
	"QUInt4x2Storage": 1, "QUInt2x4Storage": 1, "UntypedStorage": 1,
}

// storageType is the type of a storage's class. Of one that is not read the values
// have no use but their width.
func storageType(class any) (dtype, bool) {
	g, _ := class.(global)
	if g.name == "" || g.module != "torch" && !strings.HasPrefix(g.module, "torch.") {
		return dtype{}, false
	}
	for _, d := range dtypes {
		if g.name == d.storage {
			return d, true
		}
	}
	width, ok := foreign[g.name]
	return dtype{name: strings.TrimSuffix(g.name, "Storage"), width: width, foreign: true}, ok
}

// storage is memory that tensors are views of.
type storage struct {
	dtype
	key  string
	n    int                    // values
	open func() ([]byte, error) // the memory; nil until it is found
}

// fill gives the storage its memory, of so many bytes.
func (s *storage) fill(length uint64, open func() ([]byte, error)) error {
	if s.n < 0 || uint64(s.n) != length/uint64(s.width) || length%uint64(s.width) != 0 {
		return errors.Errorf("storage %s: want %d values of %s, the file has %d bytes", s.key, s.n, s.name, length)
	}
	s.open = open
	return nil
}

// reference resolves what is not in the pickle: a storage or, as the older format
// has it, the class of a module with its source, ("module", class, file, source).
func (u *unpickler) reference(id []any) any {
	if len(id) > 1 && id[0] == "module" {
		return id[1]
	}
	return u.storage(id)
}

// storage resolves ("storage", class, key, device, values) and, in old files, a view
// that is None but in those before PyTorch 0.4.
func (u *unpickler) storage(id []any) *storage {
	fail := func(format string, args ...any) { panic(damage{errors.Errorf(format, args...)}) }
	if len(id) < 5 || id[0] != "storage" {
		fail("damaged: a reference that is to no storage")
	}
	d, isType := storageType(id[1])
	key, isKey := id[2].(string)
	n, isCount := id[4].(int)
	switch {
	case !isType || !isKey || !isCount || n < 0:
		fail("damaged: a reference to a storage without type, key or size, or of a type that PyTorch did not have: %.60s", describe(id[1]))
	case len(id) > 5 && id[5] != nil:
		fail("storage %s is a view of another, as PyTorch wrote before 0.4; load and save it with a later one", key)
	}
	if s := u.storages[key]; s != nil {
		if s.n != n || s.dtype.name != d.name {
			fail("damaged: storage %s is both %d values of %s and %d of %s", key, s.n, s.dtype.name, n, d.name)
		}
		return s
	}
	s := &storage{dtype: d, key: key, n: n}
	u.storages[key] = s
	if u.find != nil {
		if err := u.find(s); err != nil {
			panic(damage{err})
		}
	}
	return s
}

// textReference reads the reference of protocol 0, which is what Python prints:
// ('storage', <class 'torch.FloatStorage'>, '0', 'cpu', 432).
func textReference(s string) []any {
	inner, ok := strings.CutPrefix(s, "(")
	inner, closed := strings.CutSuffix(inner, ")")
	if !ok || !closed {
		return nil
	}
	var id []any
	for _, part := range strings.Split(inner, ", ") {
		quoted := len(part) > 1 && part[0] == '\'' && part[len(part)-1] == '\''
		class, isClass := strings.CutPrefix(part, "<class '")
		switch {
		case quoted:
			id = append(id, part[1:len(part)-1])
		case isClass:
			class = strings.TrimSuffix(class, "'>")
			at := max(strings.LastIndexByte(class, '.'), 0)
			id = append(id, global{class[:at], strings.TrimPrefix(class[at:], ".")})
		case part == "None":
			id = append(id, nil)
		default:
			id = append(id, number('I', []byte(part)))
		}
	}
	return id
}

// torchTensor is a view of a storage.
type torchTensor struct {
	storage       *storage
	of            dtype
	offset        int
	shape, stride []int

	negative  bool // its values have the other sign
	conjugate bool
}

// newTensor makes a tensor of what one of PyTorch's functions is given: a storage,
// an offset, a shape, strides, whether it has a gradient, its hooks, in _v3 its type,
// and what else there is to know.
func newTensor(function string, args []any) *torchTensor {
	t := &torchTensor{}
	var ok [4]bool
	if len(args) >= 4 {
		t.storage, ok[0] = args[0].(*storage)
		t.offset, ok[1] = args[1].(int)
		t.shape, ok[2] = integers(args[2])
		t.stride, ok[3] = integers(args[3])
	}
	if ok != [4]bool{true, true, true, true} {
		damaged("a tensor that is not made of a storage, an offset, a shape and strides")
	}
	t.of = t.storage.dtype
	more := 6
	if strings.HasSuffix(function, "_v3") {
		if len(args) > 6 {
			t.of = torchType(args[6], t.of)
		}
		more = 7
	}
	if len(args) > more {
		if d, _ := args[more].(*dict); d != nil {
			for _, p := range d.pairs {
				t.negative = t.negative || p.key == "neg" && p.value == true
				t.conjugate = t.conjugate || p.key == "conj" && p.value == true
			}
		}
	}
	return t
}

// torchType is the type by PyTorch's name, such as torch.uint16, of a tensor of
// bytes.
func torchType(v any, storage dtype) dtype {
	g, _ := v.(global)
	for _, d := range dtypes {
		if g.module == "torch" && g.name != "" && g.name == d.torch && storage.width == 1 {
			return d
		}
	}
	return dtype{name: g.name, width: 1, foreign: true}
}

// check tells what speaks against reading the tensor.
func (t *torchTensor) check() error {
	n := size(t.shape)
	switch {
	case t.conjugate:
		return errors.New("it is the conjugate of a tensor, which is not read; save it with resolve_conj()")
	case t.of.foreign:
		return errors.Errorf("values of type %.40s are not read", t.of.name)
	case t.negative && t.of.name == "BOOL":
		return errors.New("a negative of booleans cannot be")
	case n < 0 || len(t.stride) != len(t.shape) || t.offset < 0:
		return errors.Errorf("a tensor of shape %v, strides %v and offset %d cannot be", t.shape, t.stride, t.offset)
	case t.storage.open == nil:
		return errors.Errorf("its storage %s is not in the file", t.storage.key)
	case n == 0:
		return nil
	}
	last := int64(t.offset)
	for d, s := range t.stride {
		steps := int64(t.shape[d] - 1)
		if s < 0 || steps > 0 && int64(s) > (math.MaxInt64-last)/steps {
			last = math.MaxInt64
			break
		}
		last += steps * int64(s)
	}
	if held := int64(t.storage.n) * int64(t.storage.width) / int64(t.of.width); last >= held {
		return errors.Errorf("shape %v, strides %v and offset %d go beyond the %d values of storage %s",
			t.shape, t.stride, t.offset, held, t.storage.key)
	}
	return nil
}

// array copies the tensor, which is checked.
func (t *torchTensor) array(name string) (Array, error) {
	data, err := t.storage.open()
	if err != nil {
		return Array{}, err
	}
	index := make([]int, len(t.shape))
	place := t.offset
	next := func(int) int {
		at := place
		for d := len(index) - 1; d >= 0; d-- {
			index[d]++
			place += t.stride[d]
			if index[d] < t.shape[d] {
				break
			}
			place -= t.shape[d] * t.stride[d]
			index[d] = 0
		}
		return at
	}
	a := t.of.read(name, t.shape, data, int(size(t.shape)), next)
	if t.negative {
		for i := range a.Data {
			a.Data[i] = -a.Data[i]
		}
		for i := range a.Ints {
			a.Ints[i] = t.of.integer(t.of.integerBits(-a.Ints[i]))
		}
	}
	return a, nil
}

// viewOf is the same for tensors of the same values.
func (t *torchTensor) viewOf() any {
	return struct {
		*storage
		offset   int
		negative bool
	}{t.storage, t.offset, t.negative}
}
