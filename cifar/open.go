package cifar

import (
	"archive/tar"
	"bufio"
	"compress/flate"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/pkg/errors"
)

// Open reads the binary version of a data set into memory, about 190 MB. The
// path is the official .tar.gz, read without unpacking it to disk, or a folder
// that holds the unpacked .bin files, either directly or in the archive's own
// subfolder. CIFAR-100 is labelled by its 100 fine classes. Class names come
// from the file beside the images, and are built in where that is missing.
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

// addFolder reads the folder's files, or those of its subfolder.
func (a *assembly) addFolder(folder string) error {
	l := a.layout
	if sub := filepath.Join(folder, l.folder); isDir(sub) {
		folder = sub
	}
	for _, p := range l.parts() {
		if err := a.addFile(folder, p.file); err != nil {
			return err
		}
	}
	if err := a.addFile(folder, l.meta); err != nil && !errors.Is(err, fs.ErrNotExist) {
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

// addArchive reads those members of a .tar.gz that the layout names, and all
// of the archive so that gzip's checksum is compared.
func (a *assembly) addArchive(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return reason(err)
	}
	defer f.Close()
	return advise(a.addTarGzip(bufio.NewReaderSize(f, 1<<18)))
}

func (a *assembly) addTarGzip(r io.Reader) error {
	unzipped, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	bounded := &io.LimitedReader{R: unzipped, N: a.layout.unzipped()}
	err = a.addTar(bounded)
	if bounded.N == 0 {
		return errors.Errorf("the archive unzips to %d bytes or more; want the binary version of %s", a.layout.unzipped(), a.layout.name)
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
	if dst == nil && name != a.layout.meta {
		return nil
	}
	if a.added[name] {
		return errors.Errorf("%s: want it once, got it twice", name)
	}
	a.added[name] = true
	if dst == nil {
		if size > metaLimit {
			return errors.Errorf("%s: want at most %d bytes, got %d", name, metaLimit, size)
		}
		classes, err := a.layout.readClasses(r)
		if err != nil {
			return errors.Wrap(err, name)
		}
		a.dataset.Train.Classes, a.dataset.Test.Classes = classes, classes
		return nil
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
			return errors.Wrapf(fs.ErrNotExist, "%s is not in the archive; want the binary version of %s",
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
		return errors.Wrap(err, "want a .tar.gz archive or a folder")
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

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
