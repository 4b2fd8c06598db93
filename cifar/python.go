package cifar

import (
	"io"

	"github.com/pkg/errors"
)

// python says what is different in the Python version of a data set, whose files are
// pickles of a dict of an array and lists and are named as the binary ones without .bin.
type python struct {
	folder string // the archive's only folder
	meta   string // file of class names
	labels string // key of the labels
	names  string // key of the class names
}

// pickleSpace bounds what a record takes in a pickle besides its pixels, bytes: its
// labels and its file's name.
const pickleSpace = 256

// readPickle fills dst with the records of a pickle of size bytes.
func (l layout) readPickle(r io.Reader, size int64, dst *Set) error {
	if most := int64(dst.Len())*(ImageSize+pickleSpace) + metaLimit; size > most {
		return errors.Errorf("want at most %d bytes, got %d", most, size)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(r, data); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	v, err := unpickle(data)
	if err != nil {
		return err
	}
	d, ok := v.(*dict)
	if !ok {
		return errors.Errorf("want a dict with data and %s", l.python.labels)
	}
	labels, ok := d.items[l.python.labels].(*list)
	if !ok {
		return errors.Errorf("it has no list called %s", l.python.labels)
	}
	if len(labels.items) != dst.Len() {
		return errors.Errorf("want %d labels, got %d", dst.Len(), len(labels.items))
	}
	planes, err := pixels(d.items["data"], dst.Len())
	if err != nil {
		return err
	}
	for i, v := range labels.items {
		label, ok := v.(int)
		if !ok || label < 0 || label >= len(l.classes) {
			return errors.Errorf("record %d: want a label from 0 to %d, got %v", i, len(l.classes)-1, v)
		}
		dst.Labels[i] = int32(label)
		interleave(dst.Image(i), planes[i*ImageSize:(i+1)*ImageSize])
	}
	return nil
}

// pixels are the bytes of a numpy array [n 3072] of bytes.
func pixels(v any, n int) ([]byte, error) {
	o, ok := v.(*object)
	if !ok {
		return nil, errors.New("it has no array called data")
	}
	var shape, kind, raw any
	rows := false // whether it is in the order of rows
	switch o.of {
	case global("numpy.core.multiarray _reconstruct"), global("numpy._core.multiarray _reconstruct"):
		if s, ok := o.state.(tuple); ok && len(s) == 5 { // version, shape, type, order of columns, bytes
			shape, kind, raw = s[1], s[2], s[4]
			rows = s[3] == false || s[3] == 0
		}
	case global("numpy.core.numeric _frombuffer"), global("numpy._core.numeric _frombuffer"):
		if len(o.args) == 4 { // bytes, type, shape, order
			raw, kind, shape = o.args[0], o.args[1], o.args[2]
			order, _ := text(o.args[3])
			rows = string(order) == "C"
		}
	}
	size, _ := shape.(tuple)
	dtype, _ := kind.(*object)
	switch {
	case len(size) != 2 || dtype == nil || dtype.of != global("numpy dtype") || len(dtype.args) == 0:
		return nil, errors.New("data is no array of numpy with two dimensions")
	case size[0] != n || size[1] != ImageSize:
		return nil, errors.Errorf("want data of %dx%d bytes, got %vx%v", n, ImageSize, size[0], size[1])
	}
	bytes, ok := text(raw)
	if name, _ := text(dtype.args[0]); string(name) != "u1" || !rows || !ok || len(bytes) != n*ImageSize {
		return nil, errors.New("data is no array of unsigned bytes, row by row")
	}
	return bytes, nil
}

// readPickledClasses reads the class names.
func (l layout) readPickledClasses(r io.Reader) ([]string, error) {
	data, err := io.ReadAll(io.LimitReader(r, metaLimit))
	if err != nil {
		return nil, err
	}
	v, err := unpickle(data)
	if err != nil {
		return nil, err
	}
	d, _ := v.(*dict)
	if d == nil {
		return nil, errors.Errorf("want a dict with %s", l.python.names)
	}
	items, _ := d.items[l.python.names].(*list)
	if items == nil || len(items.items) != len(l.classes) {
		return nil, errors.Errorf("want %d class names in %s", len(l.classes), l.python.names)
	}
	var names []string
	for _, item := range items.items {
		name, ok := text(item)
		if !ok || len(name) == 0 {
			return nil, errors.Errorf("%s has an item that is no name", l.python.names)
		}
		names = append(names, string(name))
	}
	return names, nil
}
