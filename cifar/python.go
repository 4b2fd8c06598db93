package cifar

import (
	"io"

	"github.com/gorgonet/gorgonet/internal/pickle"
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
	d, ok := v.(*pickle.Dict)
	if !ok {
		return errors.Errorf("want a dict with data and %s", l.python.labels)
	}
	labels, ok := d.Get(l.python.labels).(*pickle.List)
	if !ok {
		return errors.Errorf("it has no list called %s", l.python.labels)
	}
	if labels.N != dst.Len() {
		return errors.Errorf("want %d labels, got %d", dst.Len(), labels.N)
	}
	planes, err := pixels(d.Get("data"), dst.Len())
	if err != nil {
		return err
	}
	for i, item := range labels.Items {
		label, ok := item.Value.(int)
		if !ok || label < 0 || label >= len(l.classes) {
			return errors.Errorf("record %d: want a label from 0 to %d, got %v", i, len(l.classes)-1, item.Value)
		}
		dst.Labels[i] = int32(label)
		interleave(dst.Image(i), planes[i*ImageSize:(i+1)*ImageSize])
	}
	return nil
}

// unpickle reads a pickle, whose length the caller has bounded.
func unpickle(data []byte) (any, error) {
	r := pickle.Reader{Bytes: true, Numbers: true, Longest: max(len(data), 1)}
	v, _, err := r.Read(data)
	return v, err
}

// pixels are the bytes of a numpy array [n 3072] of bytes.
func pixels(v any, n int) ([]byte, error) {
	o, ok := v.(*pickle.Object)
	if !ok {
		return nil, errors.New("it has no array called data")
	}
	var shape, kind, raw any
	rows := false // whether it is in the order of rows
	switch o.Class {
	case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct":
		if s, ok := pickle.Tuple(o.State); ok && len(s) == 5 { // version, shape, type, order of columns, bytes
			shape, kind, raw = s[1], s[2], s[4]
			rows = s[3] == false || s[3] == 0
		}
	case "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer":
		if len(o.Args) == 4 { // bytes, type, shape, order
			raw, kind, shape = o.Args[0], o.Args[1], o.Args[2]
			order, _ := pickle.Bytes(o.Args[3])
			rows = string(order) == "C"
		}
	}
	size, _ := pickle.Tuple(shape)
	dtype, _ := kind.(*pickle.Object)
	switch {
	case len(size) != 2 || dtype == nil || dtype.Class != "numpy.dtype" || len(dtype.Args) == 0:
		return nil, errors.New("data is no array of numpy with two dimensions")
	case size[0] != n || size[1] != ImageSize:
		return nil, errors.Errorf("want data of %dx%d bytes, got %vx%v", n, ImageSize, size[0], size[1])
	}
	bytes, ok := pickle.Bytes(raw)
	if name, _ := pickle.Bytes(dtype.Args[0]); string(name) != "u1" || !rows || !ok || len(bytes) != n*ImageSize {
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
	d, _ := v.(*pickle.Dict)
	if d == nil {
		return nil, errors.Errorf("want a dict with %s", l.python.names)
	}
	items, _ := d.Get(l.python.names).(*pickle.List)
	if items == nil || items.N != len(l.classes) {
		return nil, errors.Errorf("want %d class names in %s", len(l.classes), l.python.names)
	}
	var names []string
	for _, item := range items.Items {
		name, ok := pickle.Bytes(item.Value)
		if !ok || len(name) == 0 {
			return nil, errors.Errorf("%s has an item that is no name", l.python.names)
		}
		names = append(names, string(name))
	}
	return names, nil
}
