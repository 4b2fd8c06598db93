package weights

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/nlpodyssey/gopickle/types"
	"github.com/pkg/errors"
)

// stateKeys are where checkpoints have the network's tensors.
var stateKeys = []string{"state_dict", "model_state_dict", "model", "net"}

// ReadTorch reads the tensors of a file of PyTorch's torch.save, in order: a dict of
// tensors such as model.state_dict(), or a checkpoint that has one under
// "state_dict", "model_state_dict", "model" or "net". Entries of it that are no
// tensors are passed over. Both the zip format and the older one are read, and
// nothing in a file is ever run. Types: see Array.
func ReadTorch(path string) ([]Array, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, errors.Wrap(err, "weights: cannot read weights")
	}
	arrays, err := parseTorch(file)
	return arrays, errors.Wrapf(err, "weights: %s", path)
}

func parseTorch(file []byte) (arrays []Array, err error) {
	root, err := openTorch(file)
	if err != nil {
		return nil, err
	}
	dict, err := stateDict(root)
	if err != nil {
		return nil, err
	}
	// Tensors may overlap in a storage, so that the file's size does not bound
	// theirs.
	left := int64(2*len(file) + 1<<16)
	for _, e := range dict {
		t, ok := e.Value.(*torchTensor)
		if !ok {
			continue
		}
		name, ok := e.Key.(string)
		if !ok {
			return nil, errors.New("a tensor in the dict has a key that is no name")
		}
		n, err := t.check(name)
		if err != nil {
			return nil, err
		}
		if left -= n; left < 0 {
			return nil, errors.Errorf("%s: the tensors have many more values than a file of %d bytes can hold", name, len(file))
		}
		arrays = append(arrays, t.array(name))
	}
	return arrays, nil
}

// stateDict finds the dict of tensors.
func stateDict(root any) ([]types.DictEntry, error) {
	top, ok := entries(root)
	if !ok {
		return nil, errors.Errorf("want a dict of tensors, it holds %s", kindOf(root))
	}
	for _, key := range stateKeys {
		for _, e := range top {
			if dict, ok := entries(e.Value); ok && e.Key == key && hasTensors(dict) {
				return dict, nil
			}
		}
	}
	if hasTensors(top) || len(top) == 0 {
		return top, nil
	}
	var keys []string
	for _, e := range top[:min(len(top), 10)] {
		if key, ok := e.Key.(string); ok {
			keys = append(keys, fmt.Sprintf("%.40s", key))
		}
	}
	return nil, errors.Errorf("want a dict of tensors, by itself or as one of %s; the dict has none, but %s",
		strings.Join(stateKeys, ", "), strings.Join(keys, ", "))
}

func hasTensors(dict []types.DictEntry) bool {
	return slices.ContainsFunc(dict, func(e types.DictEntry) bool {
		_, ok := e.Value.(*torchTensor)
		return ok
	})
}

// entries are the content of a dict of either kind.
func entries(v any) (dict []types.DictEntry, ok bool) {
	switch v := v.(type) {
	case *types.Dict:
		return *v, true
	case *orderedDict:
		return v.Dict, true
	case *types.OrderedDict:
		for e := v.List.Front(); e != nil; e = e.Next() {
			entry := e.Value.(*types.OrderedDictEntry)
			dict = append(dict, types.DictEntry{Key: entry.Key, Value: entry.Value})
		}
		return dict, true
	}
	return nil, false
}

func kindOf(v any) string {
	switch v.(type) {
	case *torchTensor:
		return "a single tensor"
	case *types.List, *types.Tuple:
		return "a list"
	}
	return "something else"
}

// storage is memory that tensors are views of.
type storage struct {
	dtype
	key  string
	n    int    // values
	data []byte // nil until it is found
}

// GoString keeps the memory out of the unpickler's messages.
func (s *storage) GoString() string { return "storage " + s.key }

// fill gives the storage its memory.
func (s *storage) fill(data []byte) error {
	if s.n < 0 || s.n != len(data)/s.width || len(data)%s.width != 0 {
		return errors.Errorf("storage %s: want %d values of %s, the file has %d bytes", s.key, s.n, s.name, len(data))
	}
	s.data = data
	return nil
}

// torchTensor is a view of a storage.
type torchTensor struct {
	storage       *storage
	offset        int
	shape, stride []int
}

// GoString keeps messages short.
func (t *torchTensor) GoString() string { return "a tensor" }

// check returns the number of values, all of which lie in the storage.
func (t *torchTensor) check(name string) (int64, error) {
	n := size(t.shape)
	if n < 0 || len(t.stride) != len(t.shape) || t.offset < 0 {
		return 0, errors.Errorf("%s: a tensor of shape %v, strides %v and offset %d cannot be", name, t.shape, t.stride, t.offset)
	}
	if t.storage.data == nil {
		return 0, errors.Errorf("%s: its storage %s is not in the file", name, t.storage.key)
	}
	if n == 0 {
		return 0, nil
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
	if last >= int64(t.storage.n) {
		return 0, errors.Errorf("%s: shape %v, strides %v and offset %d go beyond the %d values of storage %s",
			name, t.shape, t.stride, t.offset, t.storage.n, t.storage.key)
	}
	return n, nil
}

// array copies the tensor, which is checked.
func (t *torchTensor) array(name string) Array {
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
	return t.storage.read(name, t.shape, t.storage.data, int(size(t.shape)), next)
}
