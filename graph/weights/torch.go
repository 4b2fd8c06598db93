package weights

import (
	"math"
	"strings"

	"github.com/gorgonet/gorgonet/internal/pickle"
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
	g, _ := class.(pickle.Global)
	if g.Name == "" || g.Module != "torch" && !strings.HasPrefix(g.Module, "torch.") {
		return dtype{}, false
	}
	for _, d := range dtypes {
		if g.Name == d.storage {
			return d, true
		}
	}
	width, ok := foreign[g.Name]
	return dtype{name: strings.TrimSuffix(g.Name, "Storage"), width: width, foreign: true}, ok
}

// storage is memory that tensors are views of.
type storage struct {
	dtype
	key  string
	n    int                    // values
	open func() ([]byte, error) // the memory; nil until it is found
}

// String implements fmt.Stringer.
func (s *storage) String() string { return "a storage" }

// fill gives the storage its memory, of so many bytes.
func (s *storage) fill(length uint64, open func() ([]byte, error)) error {
	if s.n < 0 || uint64(s.n) != length/uint64(s.width) || length%uint64(s.width) != 0 {
		return errors.Errorf("storage %s: want %d values of %s, the file has %d bytes", s.key, s.n, s.name, length)
	}
	s.open = open
	return nil
}

// torchReader reads the pickles of PyTorch's files: what pickle reads, and storages and
// tensors.
type torchReader struct {
	pickle.Reader
	storages map[string]*storage
	find     func(*storage) error // looks for a storage's memory; nil if that comes later
}

func newTorchReader(find func(*storage) error) *torchReader {
	r := &torchReader{storages: map[string]*storage{}, find: find}
	r.Call, r.Reference = r.call, r.reference
	return r
}

// call makes tensors of what PyTorch's functions are given.
func (r *torchReader) call(f pickle.Global, args []any) (any, bool, error) {
	switch f.String() {
	case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v3":
		t, err := newTensor(f.Name, args)
		return t, true, err
	case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state", "torch._utils._rebuild_device_tensor_from_cpu_tensor", "torch.Size":
		if len(args) == 0 {
			return nil, true, errors.Errorf("damaged pickle: %s of nothing", f.Name)
		}
		return args[0], true, nil
	case "torch._tensor._rebuild_from_type_v2", "torch.tensor._rebuild_from_type", "torch._tensor._rebuild_from_type":
		if len(args) > 2 {
			if inner, ok := pickle.Tuple(args[2]); ok {
				v, err := r.Make(args[0], inner)
				return v, true, err
			}
		}
	}
	return nil, false, nil
}

// reference resolves what is not in the pickle: a storage or, as the older format
// has it, the class of a module with its source, ("module", class, file, source).
func (r *torchReader) reference(id []any) (any, error) {
	if len(id) > 1 && id[0] == "module" {
		return id[1], nil
	}
	return r.storage(id)
}

// storage resolves ("storage", class, key, device, values) and, in old files, a view
// that is None but in those before PyTorch 0.4.
func (r *torchReader) storage(id []any) (any, error) {
	if len(id) < 5 || id[0] != "storage" {
		return nil, errors.New("damaged: a reference that is to no storage")
	}
	d, isType := storageType(id[1])
	key, isKey := id[2].(string)
	n, isCount := id[4].(int)
	switch {
	case !isType || !isKey || !isCount || n < 0:
		return nil, errors.Errorf("damaged: a reference to a storage without type, key or size, or of a type that PyTorch did not have: %.60s", pickle.Describe(id[1]))
	case len(id) > 5 && id[5] != nil:
		return nil, errors.Errorf("storage %s is a view of another, as PyTorch wrote before 0.4; load and save it with a later one", key)
	}
	if s := r.storages[key]; s != nil {
		if s.n != n || s.dtype.name != d.name {
			return nil, errors.Errorf("damaged: storage %s is both %d values of %s and %d of %s", key, s.n, s.dtype.name, n, d.name)
		}
		return s, nil
	}
	s := &storage{dtype: d, key: key, n: n}
	r.storages[key] = s
	if r.find != nil {
		if err := r.find(s); err != nil {
			return nil, err
		}
	}
	return s, nil
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

// String implements fmt.Stringer.
func (t *torchTensor) String() string { return "a tensor" }

// newTensor makes a tensor of what one of PyTorch's functions is given: a storage,
// an offset, a shape, strides, whether it has a gradient, its hooks, in _v3 its type,
// and what else there is to know.
func newTensor(function string, args []any) (*torchTensor, error) {
	t := &torchTensor{}
	var ok [4]bool
	if len(args) >= 4 {
		t.storage, ok[0] = args[0].(*storage)
		t.offset, ok[1] = args[1].(int)
		t.shape, ok[2] = integers(args[2])
		t.stride, ok[3] = integers(args[3])
	}
	if ok != [4]bool{true, true, true, true} {
		return nil, errors.New("damaged pickle: a tensor that is not made of a storage, an offset, a shape and strides")
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
		if d, _ := args[more].(*pickle.Dict); d != nil {
			for _, p := range d.Pairs {
				t.negative = t.negative || p.Key == "neg" && p.Value == true
				t.conjugate = t.conjugate || p.Key == "conj" && p.Value == true
			}
		}
	}
	return t, nil
}

// integers are the numbers of a shape or of strides.
func integers(v any) ([]int, bool) {
	t, ok := v.(*pickle.List)
	if !ok || !t.Tuple || len(t.Items) > maxDims {
		return nil, false
	}
	out := make([]int, len(t.Items))
	for i, x := range t.Items {
		if out[i], ok = x.Value.(int); !ok {
			return nil, false
		}
	}
	return out, true
}

// torchType is the type by PyTorch's name, such as torch.uint16, of a tensor of
// bytes.
func torchType(v any, storage dtype) dtype {
	g, _ := v.(pickle.Global)
	for _, d := range dtypes {
		if g.Module == "torch" && g.Name != "" && g.Name == d.torch && storage.width == 1 {
			return d
		}
	}
	return dtype{name: g.Name, width: 1, foreign: true}
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
