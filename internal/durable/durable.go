package durable

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/pkg/errors"
)

// temporary is what the names of WriteFile's temporary files look like.
var temporary = regexp.MustCompile(`^\..+\.tmp-[0-9]+$`)

// WriteFile writes a file whole or not at all: to a temporary file beside it,
// .NAME.tmp-NUMBER, synced to disk, then renamed over it. Whatever was there
// before stays until then. A process that is killed leaves the temporary file; see
// RemoveTemporary.
func WriteFile(path string, write func(w io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".tmp-*")
	if err != nil {
		return errors.Wrapf(err, "cannot write %s", path)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = errors.Wrapf(err, "cannot write %s", path)
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	if err = write(w); err != nil {
		return err
	}
	if err = w.Flush(); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	syncDir(filepath.Dir(path))
	return nil
}

// AppendFile adds data to the end of a file, all or nothing, and syncs it to disk.
// A file that is empty or not there begins with head.
func AppendFile(path string, head, data []byte) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return errors.Wrapf(err, "cannot write %s", path)
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil && size == 0 {
		data = slices.Concat(head, data)
	}
	if err == nil {
		err = appendSynced(f, data, size)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if size == 0 {
		syncDir(filepath.Dir(path))
	}
	return errors.Wrapf(err, "cannot write %s", path)
}

// appendSynced writes to the end of a file of that size, and takes what was written
// away again where it did not reach the disk.
func appendSynced(f *os.File, data []byte, size int64) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		_ = f.Truncate(size)
	}
	return err
}

// RemoveTemporary removes the temporary files that processes which were killed in
// WriteFile left in a directory. Nobody may be writing there.
func RemoveTemporary(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return errors.Wrapf(err, "cannot look for temporary files in %s", dir)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !temporary.MatchString(e.Name()) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return errors.Wrap(err, "cannot remove a temporary file")
		}
	}
	return nil
}

// syncDir makes a rename durable where the system lets a directory be synced;
// elsewhere the rename is atomic all the same.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}
