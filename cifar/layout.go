package cifar

import (
	"bufio"
	"io"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// layout says which files make up the binary version of a data set and what a
// record in them looks like: labelBytes bytes of which the last is the label
// (CIFAR-100 puts the coarse label first), then the planes of red, green and
// blue, each 32x32 bytes row by row.
type layout struct {
	name        string
	folder      string // the archive's only folder
	train, test []part
	meta        string // file of class names, one a line
	labelBytes  int
	classes     []string // names where there is no meta file
	python      python
	archives    []string // what a folder calls them
}

// part is one file of records.
type part struct {
	file    string
	records int
}

func (l layout) recordSize() int { return l.labelBytes + ImageSize }

func (l layout) parts() []part { return slices.Concat(l.train, l.test) }

// unzipped bounds the archive: its records, with what they take more in pickles, and a
// mebibyte for all else in it.
func (l layout) unzipped() int64 {
	n := int64(1 << 20)
	for _, p := range l.parts() {
		n += l.size(p) + int64(p.records)*pickleSpace
	}
	return n
}

// pickled is the name of a part's file in the Python version.
func (p part) pickled() string { return strings.TrimSuffix(p.file, ".bin") }

func (l layout) size(p part) int64 { return int64(p.records) * int64(l.recordSize()) }

// find returns the part kept in a file of that name and the set it belongs to
// in d, or nil if there is none.
func (l layout) find(file string, d *Dataset) (p part, dst *Set) {
	for _, half := range []struct {
		parts []part
		set   *Set
	}{{l.train, d.Train}, {l.test, d.Test}} {
		start := 0
		for _, p := range half.parts {
			if p.file == file || l.python.folder != "" && p.pickled() == file {
				return p, half.set.slice(start, start+p.records)
			}
			start += p.records
		}
	}
	return part{}, nil
}

func count(parts []part) (records int) {
	for _, p := range parts {
		records += p.records
	}
	return records
}

// readRecords fills dst with the next dst.Len() records of r.
func (l layout) readRecords(r io.Reader, dst *Set) error {
	buffered := bufio.NewReaderSize(r, 1<<16)
	record := make([]byte, l.recordSize())
	for i := range dst.Len() {
		offset := int64(i) * int64(len(record))
		if _, err := io.ReadFull(buffered, record); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return errors.Wrapf(err, "record %d at byte %d", i, offset)
		}
		label := record[l.labelBytes-1]
		if int(label) >= len(l.classes) {
			return errors.Errorf("record %d at byte %d: want a label from 0 to %d, got %d",
				i, offset+int64(l.labelBytes-1), len(l.classes)-1, label)
		}
		dst.Labels[i] = int32(label)
		interleave(dst.Image(i), record[l.labelBytes:])
	}
	return nil
}

// interleave turns planes [3 32 32] into pixels [32 32 3].
func interleave(pixels, planes []byte) {
	const plane = Side * Side
	r, g, b := planes[:plane], planes[plane:2*plane], planes[2*plane:3*plane]
	pixels = pixels[:Channels*plane]
	for i := range plane {
		pixels[Channels*i] = r[i]
		pixels[Channels*i+1] = g[i]
		pixels[Channels*i+2] = b[i]
	}
}

// metaLimit bounds the file of class names; the official ones are below 1 kB.
const metaLimit = 1 << 16 // bytes

// readClasses reads the class names, one a line; blank lines do not count.
func (l layout) readClasses(r io.Reader) ([]string, error) {
	text, err := io.ReadAll(io.LimitReader(r, metaLimit))
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			names = append(names, line)
		}
	}
	if len(names) != len(l.classes) {
		return nil, errors.Errorf("want %d class names, got %d", len(l.classes), len(names))
	}
	return names, nil
}
