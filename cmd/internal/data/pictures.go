package data

import (
	"context"
	"log/slog"
	"os"

	"github.com/gorgonet/gorgonet/imagenet"
)

// Pictures says where labelled pictures are.
type Pictures struct {
	Path    string // a folder of class folders, or a table with the columns path and label
	Truth   string // file with the label of every picture in Path, then a folder of pictures; or empty
	Synsets string // file with the classes in the order of the numbers in Truth; or empty
}

// Open lists the pictures. Classes are in label order, nil for those that occur; a
// Truth needs them.
func (p Pictures) Open(ctx context.Context, classes []string) (*imagenet.Set, error) {
	if p.Truth != "" {
		var synsets []string
		if p.Synsets != "" {
			var err error
			if synsets, err = imagenet.ReadSynsets(p.Synsets); err != nil {
				return nil, err
			}
		}
		return imagenet.OpenFlat(p.Path, p.Truth, classes, synsets)
	}
	if info, err := os.Stat(p.Path); err == nil && !info.IsDir() {
		return imagenet.OpenManifest(p.Path, classes)
	}
	return imagenet.OpenFolder(ctx, p.Path, imagenet.FolderOptions{Classes: classes, Log: slog.Default()})
}
