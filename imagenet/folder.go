package imagenet

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// extensions are those of the files that count as pictures, in any case: torchvision's,
// and GIF. What a file is its contents tell.
var extensions = []string{".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp", ".gif"}

// IsPicture tells whether a file of that name counts as a picture.
func IsPicture(name string) bool {
	return slices.Contains(extensions, strings.ToLower(filepath.Ext(name)))
}

// FolderOptions are for OpenFolder. The zero value suits a training set.
type FolderOptions struct {
	// Classes, in label order, are those that the folders belong to: a validation
	// set takes its training set's, so that labels agree. Some may have no folder.
	// nil means the names of the folders, sorted.
	Classes []string
	// Cache is the folder of the index; empty means gorgonet in the user's cache
	// folder. NoCache reads the folders every time and keeps no index.
	Cache   string
	NoCache bool
	// Relist lists the folders anew and replaces the index, whatever it says.
	Relist bool
	// Log gets warnings; nil means none.
	Log *slog.Logger
}

// OpenFolder lists the pictures in root/CLASS and the folders under it, by their
// endings (torchvision's, and .gif) in any case, in the order of torchvision's
// ImageFolder: classes, folders and files each sorted by name, by bytes. Without Classes
// a class that has no picture is an error, as it is there; with them the set's Warnings
// say how many there are. Hidden files and folders, and what systems leave behind
// (__MACOSX, Thumbs.db, desktop.ini), are passed over.
//
// The list is kept as an index and is read from there as long as no folder in it
// has changed, which is seen by their times, of modification and (on Linux) of change,
// and by the number of their entries. An index of folders that changed in the last two
// seconds is not kept, and one whose file turns out to be missing is deleted, so that
// the next call lists again. Symbolic links are followed, to every folder once within a
// class, so loops are harmless.
func OpenFolder(ctx context.Context, root string, o FolderOptions) (*Set, error) {
	if ctx == nil {
		return nil, errors.New("imagenet: want a context, got nil")
	}
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, errors.Wrap(printable.Error(err), "imagenet")
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	cache := ""
	if !o.NoCache {
		if cache, err = indexPath(o.Cache, root); err != nil {
			log.Warn("imagenet: no index is kept", "folder", root, "error", err.Error())
		}
	}
	var x *index
	if !o.Relist {
		x = readIndex(cache, root)
	}
	if x == nil {
		begun := time.Now()
		if x, err = scan(ctx, root, log); err != nil {
			return nil, err
		}
		if cache != "" && x.settled(begun) {
			if err := x.write(cache); err != nil {
				log.Warn("imagenet: the index could not be kept", "folder", root, "error", err.Error())
			}
		}
	}
	s, err := x.set(o.Classes)
	if err != nil {
		return nil, err
	}
	s.index = cache
	return s, nil
}

// scanner walks the folder of one class.
type scanner struct {
	ctx  context.Context
	root string
	log  *slog.Logger
	seen map[string]bool // folders by their real path
	out  []indexFolder
	junk *junk
}

// scan lists all the folders under root.
func scan(ctx context.Context, root string, log *slog.Logger) (*index, error) {
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, errors.Wrapf(printable.Error(err), "imagenet: %s", printable.Name(root))
	}
	info, err := os.Stat(root)
	if err != nil {
		return nil, errors.Wrap(printable.Error(err), "imagenet")
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, errors.Wrap(printable.Error(err), "imagenet")
	}
	x := &index{Version: indexVersion, Root: root, Folders: []indexFolder{{Modified: info.ModTime().UnixNano(), Changed: changed(info), Entries: len(entries)}}}
	var passed junk
	for _, entry := range entries { // sorted
		s := scanner{ctx: ctx, root: root, log: log, seen: map[string]bool{real: true}, junk: &passed}
		if _, err := s.entry(entry, "", real); err != nil {
			return nil, err
		}
		slices.SortFunc(s.out, func(a, b indexFolder) int { return strings.Compare(a.Path, b.Path) })
		x.Folders = append(x.Folders, s.out...)
	}
	x.Junk, x.Example = passed.n, passed.first
	return x, nil
}

// entry walks what a folder holds if it is a folder, and says whether it is, or one that
// is passed over.
func (s *scanner) entry(entry fs.DirEntry, parent, real string) (done bool, err error) {
	if s.junk.is(entry.Name()) {
		return true, nil
	}
	path := filepath.Join(parent, entry.Name())
	real = filepath.Join(real, entry.Name())
	switch {
	case entry.Type()&fs.ModeSymlink != 0:
		info, err := os.Stat(filepath.Join(s.root, path))
		if err != nil || !info.IsDir() {
			return false, nil // a file, or found out about when it is read
		}
		if real, err = filepath.EvalSymlinks(real); err != nil {
			return true, errors.Wrap(printable.Error(err), "imagenet")
		}
	case !entry.IsDir():
		return false, nil
	}
	if s.seen[real] {
		s.log.Warn("imagenet: a link to a folder that is listed already is not followed", "path", filepath.Join(s.root, path))
		return true, nil
	}
	s.seen[real] = true
	return true, s.walk(path, real)
}

func (s *scanner) walk(path, real string) error {
	if err := s.ctx.Err(); err != nil {
		return errors.Wrapf(err, "imagenet: listing %s", printable.Name(s.root))
	}
	full := filepath.Join(s.root, path)
	info, err := os.Stat(full) // before it is read: a later change shows
	if err != nil {
		return errors.Wrap(printable.Error(err), "imagenet")
	}
	entries, err := os.ReadDir(full)
	if err != nil {
		return errors.Wrap(printable.Error(err), "imagenet")
	}
	list := indexFolder{Path: path, Modified: info.ModTime().UnixNano(), Changed: changed(info), Entries: len(entries)}
	for _, entry := range entries {
		done, err := s.entry(entry, path, real)
		if err != nil {
			return err
		}
		if !done && IsPicture(entry.Name()) {
			list.Files = append(list.Files, entry.Name())
		}
	}
	s.out = append(s.out, list)
	return nil
}
