package imagenet

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// OpenUnlabelled lists the pictures in a folder and the folders under it, for networks
// that learn pictures and not what they show: by their endings and in the order of
// OpenFolder, all of one class that has the folder's name. No index is kept. A folder
// without a picture is an error; log gets warnings, nil means none.
func OpenUnlabelled(ctx context.Context, root string, log *slog.Logger) (*Set, error) {
	if ctx == nil {
		return nil, errors.New("imagenet: want a context, got nil")
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, errors.Wrap(printable.Error(err), "imagenet")
	}
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, errors.Wrap(printable.Error(err), "imagenet")
	}
	s := scanner{ctx: ctx, root: root, log: log, seen: map[string]bool{real: true}, junk: new(junk)}
	if err := s.walk("", real); err != nil {
		return nil, err
	}
	slices.SortFunc(s.out, func(a, b indexFolder) int { return strings.Compare(a.Path, b.Path) })
	set := &Set{Folder: root, Classes: []string{filepath.Base(root)}}
	for _, folder := range s.out {
		for _, name := range folder.Files {
			set.Files = append(set.Files, File{Path: filepath.Join(folder.Path, name)})
		}
	}
	if len(set.Files) == 0 {
		return nil, errors.Errorf("imagenet: there is no picture in %s or the folders under it (%s)", printable.Name(root), strings.Join(extensions, " "))
	}
	return set, nil
}
