package cifar

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/pkg/errors"
)

// Open reads a data set into memory, about 190 MB: the binary version, or the Python
// version that torchvision downloads, which takes as much again while it is read. The
// path is an archive, .tar.gz or .tar, read without unpacking it to disk; a folder that
// holds the unpacked files, either directly or in the archive's own subfolder; or a
// folder that holds an official archive. CIFAR-100 is labelled by its 100 fine classes.
// Class names come from the file beside the images, and are built in where that is
// missing. Of pickles no more is read than numbers, strings, lists and dicts; nothing in
// them is run. What follows the end of gzip's data does not count.
//
// Every file must hold exactly the official number of records, each with a
// label in range; Open does not check the archive's SHA-256, Download does.
// A missing file is fs.ErrNotExist and an archive that is cut short is
// io.ErrUnexpectedEOF to errors.Is.
func Open(path string, v Variant) (*Dataset, error) {
	if err := v.check(); err != nil {
		return nil, err
	}
	return variants[v].layout.open(path)
}

func (l layout) open(path string) (*Dataset, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, errors.Wrapf(reason(err), "cifar: %s: want the %s archive or its folder", path, l.name)
	}
	a := newAssembly(l)
	if info.IsDir() {
		err = a.addFolder(path)
	} else {
		err = a.addArchive(path)
	}
	if err != nil {
		return nil, errors.Wrapf(err, "cifar: %s", path)
	}
	return a.dataset, nil
}

// assembly is a Dataset that is filled file by file.
type assembly struct {
	layout  layout
	dataset *Dataset
	added   map[string]bool // by file name
}

func newAssembly(l layout) *assembly {
	return &assembly{
		layout: l,
		dataset: &Dataset{
			Name:  l.name,
			Train: newSet(count(l.train), l.classes),
			Test:  newSet(count(l.test), l.classes),
		},
		added: map[string]bool{},
	}
}

// addFolder reads the folder's files, or those of its subfolder, or the archive in it.
func (a *assembly) addFolder(folder string) error {
	if _, err := os.ReadDir(folder); err != nil {
		return errors.Wrap(reason(err), "cannot look into the folder")
	}
	l := a.layout
	binary := func(p part) string { return p.file }
	for _, place := range []struct {
		sub  string
		name func(part) string
		meta string
	}{
		{l.folder, binary, l.meta}, {"", binary, l.meta}, {l.python.folder, part.pickled, l.python.meta}, {"", part.pickled, l.python.meta},
	} {
		dir := filepath.Join(folder, place.sub)
		if place.meta != "" && l.anyIn(dir, place.name) {
			return a.addFiles(dir, place.name, place.meta)
		}
	}
	for _, name := range l.archives {
		path := filepath.Join(folder, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return errors.Wrap(a.addArchive(path), name)
		}
	}
	return errors.Wrapf(fs.ErrNotExist, "neither the files of %s (%s, ...) nor its archive are in it", l.name, l.parts()[0].file)
}

// anyIn says that a folder has one of the files.
func (l layout) anyIn(dir string, name func(part) string) bool {
	for _, p := range l.parts() {
		if info, err := os.Stat(filepath.Join(dir, name(p))); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}

func (a *assembly) addFiles(dir string, name func(part) string, meta string) error {
	for _, p := range a.layout.parts() {
		if err := a.addFile(dir, name(p)); err != nil {
			return err
		}
	}
	if err := a.addFile(dir, meta); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (a *assembly) addFile(folder, name string) error {
	f, err := os.Open(filepath.Join(folder, name))
	if err != nil {
		return errors.Wrap(reason(err), name)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return errors.Wrap(reason(err), name)
	}
	return a.add(name, info.Size(), f)
}

// addArchive reads those members of a .tar.gz or .tar that the layout names, and all of
// the archive so that gzip's checksum is compared.
func (a *assembly) addArchive(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return reason(err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<18)
	// A plain one says so in its first header.
	if head, err := r.Peek(512); err == nil && !bytes.HasPrefix(head, gzipMagic) && string(head[257:262]) == "ustar" {
		return advise(a.addBounded(r))
	}
	return advise(a.addTarGzip(r))
}

var gzipMagic = []byte{0x1f, 0x8b, 8}

// addTarGzip reads a compressed archive.
func (a *assembly) addTarGzip(r io.Reader) error {
	from := bufio.NewReader(r)
	unzipped, err := gzip.NewReader(from)
	if err != nil {
		return err
	}
	unzipped.Multistream(false)
	return a.addBounded(&streams{unzipped, from})
}

// streams is one stream of gzip after the other, as long as they follow; what follows
// else is not read.
type streams struct {
	*gzip.Reader
	from *bufio.Reader
}

// Read implements io.Reader.
func (s *streams) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != io.EOF {
		return n, err
	}
	if next, _ := s.from.Peek(len(gzipMagic)); bytes.Equal(next, gzipMagic) {
		err = s.Reset(s.from)
		s.Multistream(false)
	}
	return n, err
}

func (a *assembly) addBounded(r io.Reader) error {
	bounded := &io.LimitedReader{R: r, N: a.layout.unzipped()}
	err := a.addTar(bounded)
	if bounded.N == 0 {
		return errors.Errorf("the archive unzips to %d bytes or more; want the binary or Python version of %s", a.layout.unzipped(), a.layout.name)
	}
	return err
}

// addTar reads all of r. Nothing is written anywhere: a member's folders and what
// links point to do not matter.
func (a *assembly) addTar(r io.Reader) error {
	members := tar.NewReader(r)
	for {
		header, err := members.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		if err := a.add(path.Base(header.Name), header.Size, members); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	return a.complete()
}

// add reads one file of size bytes, if the layout has a use for it.
func (a *assembly) add(name string, size int64, r io.Reader) error {
	p, dst := a.layout.find(name, a.dataset)
	pickledMeta := name == a.layout.python.meta && name != ""
	if dst == nil && name != a.layout.meta && !pickledMeta {
		return nil
	}
	once := name
	if dst != nil {
		once = p.file // of either version
	}
	if a.added[once] {
		return errors.Errorf("%s: want it once, got it twice", name)
	}
	a.added[once] = true
	if dst == nil {
		if size > metaLimit {
			return errors.Errorf("%s: want at most %d bytes, got %d", name, metaLimit, size)
		}
		read := a.layout.readClasses
		if pickledMeta {
			read = a.layout.readPickledClasses
		}
		classes, err := read(r)
		if err != nil {
			return errors.Wrap(err, name)
		}
		a.dataset.Train.Classes, a.dataset.Test.Classes = classes, classes
		return nil
	}
	if name != p.file {
		return errors.Wrap(a.layout.readPickle(r, size, dst), name)
	}
	if want := a.layout.size(p); size != want {
		return errors.Errorf("%s: want %d bytes (%d records of %d), got %d; fetch the archive again",
			name, want, p.records, a.layout.recordSize(), size)
	}
	return errors.Wrap(a.layout.readRecords(r, dst), name)
}

// complete returns an error if a file of records has not been added.
func (a *assembly) complete() error {
	for _, p := range a.layout.parts() {
		if !a.added[p.file] {
			return errors.Wrapf(fs.ErrNotExist, "%s is not in the archive; want the binary or Python version of %s",
				p.file, a.layout.name)
		}
	}
	return nil
}

// advise says what to do about an archive that gzip or tar cannot read.
func advise(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return errors.Wrap(err, "the archive is cut short; delete it and fetch it again")
	case errors.Is(err, gzip.ErrHeader):
		return errors.Wrap(err, "want a .tar.gz or .tar archive or a folder")
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, tar.ErrHeader), errors.As(err, &corrupt):
		return errors.Wrap(err, "the archive is damaged; delete it and fetch it again")
	}
	return err
}

// reason strips the path from err, for messages that already name the file.
func reason(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
