package weights

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/internal/pickle"
	"github.com/pkg/errors"
)

// File is an opened file of weights. Its tensors, wherever in it they are, are not
// read until they are asked for.
type File struct {
	// Metadata are those of a safetensors file that are texts.
	Metadata map[string]string

	entries []*entry
	others  []other // what is no tensor
	left    int64   // values that may yet be read
}

// entry is a tensor of a file.
type entry struct {
	name string // with the keys of all the dicts around it, such as state_dict.fc.bias
	dict string // those keys alone
	Spec
	check func() error
	array func(name string) (Array, error)
	view  any // the same for the same values
}

// other is something in a file that is no tensor.
type other struct{ name, kind string }

// Spec says which array there is, or should be: its name and its shape in PyTorch.
type Spec struct {
	Name  string
	Shape []int
}

// Open opens a safetensors file or a file of PyTorch's torch.save: a dict of tensors
// such as model.state_dict(), a checkpoint that has one or several somewhere within,
// a whole pickled model. The content tells which it is, not the name. Both formats
// of PyTorch and all protocols of pickles are read; nothing in a file is ever run or
// made but numbers, texts, containers and tensors, and what is no tensor is passed
// over.
//
// Files cut short are refused. Wrong values are noticed where there are checksums: in
// safetensors files written here and in PyTorch's zip files, not in its older ones
// nor in safetensors files of other programs.
func Open(path string) (*File, error) {
	if info, err := os.Stat(path); err == nil && info.Mode()&fs.ModeDevice != 0 {
		return nil, errors.Errorf("weights: %s is a device, not a file", path) // and may have no end
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, errors.Wrap(err, "weights: cannot read weights")
	}
	f, err := open(file)
	return f, errors.Wrapf(err, "weights: %s", path)
}

// Read reads the arrays of a file as File.Arrays does.
func Read(path string) ([]Array, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	arrays, _, err := f.Arrays("")
	return arrays, errors.Wrapf(err, "weights: %s", path)
}

func open(file []byte) (*File, error) {
	f := &File{left: int64(2*len(file) + 1<<16)} // tensors may overlap in a storage, so that the file's size does not bound theirs
	if isTorch(file) {
		root, err := openTorch(file)
		if err != nil {
			return nil, err
		}
		w := walk{file: f, bytes: 2*len(file) + 1<<16}
		if err := w.top(root); err != nil {
			return nil, err
		}
		return f, nil
	}
	// The length of a safetensors file's header can look like anything.
	if kind := otherFile(file); kind != "" && (len(file) < 9 || file[8] != '{') {
		return nil, errors.New(kind)
	}
	if len(file) <= 8 || binary.LittleEndian.Uint64(file) > maxHeader {
		return nil, errors.Errorf("neither a safetensors nor a PyTorch file: %d bytes that begin with %q", len(file), file[:min(len(file), 16)])
	}
	s, err := openSafetensors(file)
	if err != nil {
		return nil, err
	}
	f.Metadata = s.metadata
	for _, e := range s.entries {
		f.entries = append(f.entries, &entry{name: e.name, Spec: Spec{e.name, e.Shape}, view: new(byte), check: func() error { return nil },
			array: func(name string) (Array, error) {
				a := s.array(e)
				a.Name = name
				return a, nil
			}})
	}
	return f, nil
}

// otherFile says what a file is that is often taken for weights.
func otherFile(file []byte) string {
	begins := func(s string) bool { return bytes.HasPrefix(file, []byte(s)) }
	switch {
	case begins("version https://git-lfs"):
		return "a pointer of Git LFS, not the file itself; fetch it with git lfs pull"
	case begins("\x1f\x8b"), begins("BZh"), begins("\xfd7zXZ"), begins("\x28\xb5\x2f\xfd"):
		return "a compressed file; unpack it first"
	case len(file) > 262 && string(file[257:262]) == "ustar":
		return "a tar archive, whatever its name; unpack it and take the file of weights in it"
	case begins("\x89HDF"):
		return "an HDF5 file, as Keras writes it, not weights of PyTorch"
	case begins("\x93NUMPY"):
		return "an array of NumPy's (.npy), not weights of PyTorch"
	case begins("\x80\x02"), begins("\x80\x03"), begins("\x80\x04"), begins("\x80\x05"):
		return "a pickle that PyTorch's torch.save did not write; load it in Python and save it with torch.save"
	}
	return ""
}

// walk finds the tensors in what a PyTorch file holds.
type walk struct {
	file   *File
	values int
	bytes  int // that names may yet have
	above  map[any]bool
	seen   map[string]bool // names of tensors and of what has some
}

// Bounds on where tensors are looked for.
const (
	maxDepth  = 64
	maxValues = 1 << 20
	maxOthers = 64
)

func (w *walk) top(root any) error {
	w.above, w.seen = map[any]bool{}, map[string]bool{}
	switch root.(type) {
	case *pickle.Dict, *pickle.Object, *pickle.List:
	default:
		return errors.Errorf("want a dict of tensors, it holds %s", pickle.Describe(root))
	}
	if err := w.visit(root, "", "", 0); err != nil {
		return err
	}
	if d, _ := root.(*pickle.Dict); len(w.file.entries) > 0 || d != nil && len(d.Pairs) == 0 {
		return nil
	}
	if len(w.file.others) == 0 {
		return errors.Errorf("want a dict of tensors, it holds %s with none", pickle.Describe(root))
	}
	return errors.Errorf("want a dict of tensors, it has none, but %s", listed(w.file.others))
}

// visit finds the tensors in a value; name is what leads to it and dict the dict
// that the parts of a model belong to.
func (w *walk) visit(v any, name, in string, depth int) error {
	if depth > maxDepth || w.above[v] {
		return nil
	}
	w.above[v] = true
	defer delete(w.above, v)
	switch v := v.(type) {
	case *pickle.Dict:
		return w.pairs(v, name, in, depth)
	case *pickle.List:
		return w.list(v, name, depth)
	case *pickle.Object:
		if parts := moduleParts(v); parts != nil {
			return w.module(parts, name, in, depth)
		}
		if err := w.pairs(&v.Dict, name, in, depth); err != nil {
			return err
		}
		if err := w.list(&v.List, name, depth); err != nil {
			return err
		}
		for _, a := range append(slices.Clip(v.Args), v.State) {
			if err := w.count(); err != nil {
				return err
			}
			switch a.(type) {
			case *pickle.Dict, *pickle.Object:
				if err := w.visit(a, name, in, depth+1); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// count bounds the work: values can be in many places.
func (w *walk) count() error {
	if w.values++; w.values > maxValues {
		return errors.Errorf("damaged: more than %d values one in another", maxValues)
	}
	return nil
}

func (w *walk) pairs(d *pickle.Dict, name, in string, depth int) error {
	for _, p := range d.Pairs {
		if err := w.count(); err != nil {
			return err
		}
		if key := keyName(p.Key); key != "" {
			if err := w.value(p.Value, key, name, in, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walk) list(l *pickle.List, name string, depth int) error {
	for _, x := range l.Items {
		if err := w.count(); err != nil {
			return err
		}
		if err := w.value(x.Value, strconv.Itoa(x.At), name, name, depth); err != nil {
			return err
		}
	}
	return nil
}

// value takes what a container has under a key.
func (w *walk) value(v any, key, name, in string, depth int) error {
	full := join(name, key)
	if w.bytes -= len(full); w.bytes < 0 {
		return errors.New("damaged: names of more bytes than the file")
	}
	switch v := v.(type) {
	case *torchTensor:
		if w.seen[full] { // as an item and as an attribute
			return nil
		}
		w.seen[full] = true
		w.file.entries = append(w.file.entries, &entry{name: full, dict: in, Spec: Spec{full, v.shape}, check: v.check, array: v.array, view: v.viewOf()})
		return nil
	case *pickle.Dict, *pickle.List, *pickle.Object:
		before := len(w.file.entries)
		// A dict in a list or dict is one of its own.
		err := w.visit(v, full, full, depth+1)
		w.seen[full] = w.seen[full] || len(w.file.entries) > before
		if err != nil || w.seen[full] {
			return err
		}
	}
	if depth < 2 && len(w.file.others) < maxOthers {
		w.file.others = append(w.file.others, other{full, pickle.Describe(v)})
	}
	return nil
}

// moduleParts are the attributes of a pickled torch.nn.Module, nil of anything else.
func moduleParts(o *pickle.Object) map[string]*pickle.Dict {
	state, _ := o.State.(*pickle.Dict)
	if state == nil {
		return nil
	}
	parts := map[string]*pickle.Dict{}
	for _, p := range state.Pairs {
		switch p.Key {
		case "_parameters", "_buffers", "_modules":
			if d, ok := p.Value.(*pickle.Dict); ok {
				parts[p.Key.(string)] = d
			}
		}
	}
	if parts["_parameters"] == nil || parts["_modules"] == nil {
		return nil
	}
	return parts
}

// module finds the tensors of a pickled model under the names of its state dict.
func (w *walk) module(parts map[string]*pickle.Dict, name, in string, depth int) error {
	for _, part := range []string{"_parameters", "_buffers"} {
		if parts[part] == nil {
			continue
		}
		for _, p := range parts[part].Pairs {
			if err := w.count(); err != nil {
				return err
			}
			if key := keyName(p.Key); key != "" && p.Value != nil {
				if err := w.value(p.Value, key, name, in, depth); err != nil {
					return err
				}
			}
		}
	}
	for _, p := range parts["_modules"].Pairs {
		if err := w.count(); err != nil {
			return err
		}
		key := keyName(p.Key)
		if o, ok := p.Value.(*pickle.Object); ok && key != "" {
			if err := w.visit(o, join(name, key), in, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
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

func join(name, key string) string {
	if name == "" {
		return key
	}
	return name + "." + key
}

// read reads the tensors, under the names of the specs.
func (f *File) read(entries []*entry, specs []Spec) ([]Array, error) {
	arrays := make([]Array, len(entries))
	left := f.left
	for i, e := range entries {
		if err := e.check(); err != nil {
			return nil, errors.WithMessage(err, e.name)
		}
		if left -= size(e.Shape); left < 0 {
			return nil, errors.Errorf("%s: the tensors have many more values than the file can hold", e.name)
		}
		a, err := e.array(specs[i].Name)
		if err != nil {
			return nil, errors.WithMessage(err, e.name)
		}
		a.Shape = specs[i].Shape
		arrays[i] = a
	}
	return arrays, nil
}

// listed names some of the values that are no tensors.
func listed(others []other) string {
	var names []string
	for _, o := range others {
		names = append(names, o.String())
	}
	return some(names, 8)
}

func (o other) String() string {
	switch o.kind {
	case "None", "a number", "a text", "a list", "a tuple", "a dict", "bytes":
		return shown(o.name)
	}
	return shown(o.name) + " (" + shown(o.kind) + ")"
}

// shown is a name from a file, fit for a line of text.
func shown(name string) string {
	if len(name) > 60 {
		name = strings.ToValidUTF8(name[:57], "") + "..."
	}
	if quoted := strconv.Quote(name); quoted != `"`+name+`"` {
		return quoted
	}
	return name
}

// some lists the first of the names.
func some(names []string, most int) string {
	if len(names) <= most+1 {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and " + strconv.Itoa(len(names)-most) + " more"
}
