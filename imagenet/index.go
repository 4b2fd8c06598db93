package imagenet

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/gob"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// indexVersion changes with what an index holds and with which files it lists.
const indexVersion = 2

// maxShrinking is how many times gzip can have shrunk an index that is read; lists
// of names shrink about ten times.
const maxShrinking = 200

// index is what a folder data set holds: first root itself, then the folder of
// every class with those under it.
type index struct {
	Version int
	Root    string // absolute
	Folders []indexFolder
	Junk    int    // files and folders that were passed over
	Example string // one of them
}

type indexFolder struct {
	Path     string // from root; its first element is the class
	Modified int64  // nanoseconds since 1970
	Changed  int64  // the same; see changed
	Entries  int    // files and folders in it, of any kind
	Files    []string
}

// indexPath is the file that holds the index of root, in a folder that is made.
func indexPath(dir, root string) (string, error) {
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(cache, "gorgonet")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(root))
	return filepath.Join(dir, fmt.Sprintf("imagenet-%x.index", sum[:12])), nil
}

// readIndex is the index of root if there is one and it is right still, or nil.
func readIndex(path, root string) *index {
	if path == "" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	x, err := decodeIndex(f, info.Size())
	if err != nil || x.Root != root {
		return nil
	}
	for _, folder := range x.Folders {
		if !folder.same(filepath.Join(root, folder.Path)) {
			return nil
		}
	}
	return x
}

// same says that the folder at path has not changed: its times, the number of its
// entries, and that its first and last picture are there. Times alone do not tell, for
// archives and copies restore them.
func (f indexFolder) same(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() || info.ModTime().UnixNano() != f.Modified || changed(info) != f.Changed {
		return false
	}
	if n, err := countEntries(path); err != nil || n != f.Entries {
		return false
	}
	for i := 0; i < len(f.Files); i += max(len(f.Files)-1, 1) {
		if _, err := os.Lstat(filepath.Join(path, f.Files[i])); err != nil {
			return false
		}
	}
	return true
}

func countEntries(path string) (n int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for {
		names, err := f.Readdirnames(1024)
		n += len(names)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// decodeIndex reads an index of size bytes.
func decodeIndex(r io.Reader, size int64) (*index, error) {
	unzip, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	content := &io.LimitedReader{R: unzip, N: maxShrinking * size}
	x := &index{}
	if err := gob.NewDecoder(content).Decode(x); err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, content); err != nil { // its checksum is at the end
		return nil, err
	}
	if content.N == 0 || x.Version != indexVersion || len(x.Folders) == 0 {
		return nil, errors.New("not an index of this version")
	}
	for _, folder := range x.Folders[1:] {
		if !filepath.IsLocal(folder.Path) {
			return nil, errors.Errorf("%s is outside", folder.Path)
		}
	}
	return x, nil
}

// write replaces the file at once or not at all.
func (x *index) write(path string) error {
	return durable.WriteFile(path, func(w io.Writer) error {
		zip, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
		if err != nil {
			return err
		}
		if err := gob.NewEncoder(zip).Encode(x); err != nil {
			return err
		}
		return zip.Close()
	})
}

// settled says that every folder was left alone for long enough before it was
// read that a later change must show in its time of modification.
func (x *index) settled(begun time.Time) bool {
	limit := begun.Add(-2 * time.Second).UnixNano()
	return !slices.ContainsFunc(x.Folders, func(f indexFolder) bool { return f.Modified > limit })
}

// set lists the pictures of the classes, nil meaning all folders'.
func (x *index) set(classes []string) (*Set, error) {
	s := &Set{Folder: x.Root, Classes: slices.Clone(classes)}
	class := func(f indexFolder) string {
		name, _, _ := strings.Cut(f.Path, string(filepath.Separator))
		return name
	}
	pictures := map[string]int{}
	for _, f := range x.Folders[1:] {
		if _, known := pictures[class(f)]; !known && classes == nil {
			s.Classes = append(s.Classes, class(f))
		}
		pictures[class(f)] += len(f.Files)
	}
	labels := newNumbering(s.Classes, nil)
	if len(pictures) == 0 {
		return nil, errors.Errorf("imagenet: found no class folder in %s; want CLASS/*.JPEG in it", printable.Name(x.Root))
	}
	total := 0
	for _, name := range slices.Sorted(maps.Keys(pictures)) {
		if _, ok := labels.classes[name]; !ok {
			return nil, errors.Errorf("imagenet: %s is none of the %d classes", printable.Name(filepath.Join(x.Root, name)), len(classes))
		}
		if _, err := labels.name(name); err != nil {
			return nil, errors.Wrapf(err, "imagenet: %s", printable.Name(filepath.Join(x.Root, name)))
		}
		total += pictures[name]
	}
	if classes == nil {
		var empty []string
		for _, name := range s.Classes {
			if pictures[name] == 0 {
				empty = append(empty, name)
			}
		}
		if len(empty) > 0 {
			return nil, errors.Errorf("imagenet: %s: no picture (%s) for %d of %d classes, the first %s; delete their folders or fill them",
				printable.Name(x.Root), strings.Join(extensions, ", "), len(empty), len(s.Classes), printable.Name(empty[0]))
		}
	}
	if total == 0 {
		return nil, errors.Errorf("imagenet: %s: no picture (%s) in any class", printable.Name(x.Root), strings.Join(extensions, ", "))
	}
	s.Files = make([]File, 0, total)
	for _, f := range x.Folders[1:] {
		label := labels.classes[class(f)]
		for _, name := range f.Files {
			s.Files = append(s.Files, File{filepath.Join(f.Path, name), label})
		}
	}
	junk{x.Junk, x.Example}.warn(s)
	s.warnEmpty()
	return s, nil
}
