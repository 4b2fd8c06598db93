package data

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/internal/printable"
)

// Pictures says where labelled pictures are.
type Pictures struct {
	Path    string // a folder of class folders, or a table with the columns path and label
	Truth   string // file with the label of every picture in Path, then a folder of pictures; or empty
	Synsets string // file with the classes in the order of the numbers in Truth; or empty
	Relist  bool   // whether folders are listed anew, whatever the index says
}

// RelistUsage describes the flag for it.
const RelistUsage = "list the folders of pictures anew, where the kept list is out of date"

// Part is the folder of one part of a data set, train or val.
func Part(dir, part string) (string, error) {
	path := filepath.Join(dir, part)
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return "", fmt.Errorf("%s is a file, not a folder with train and val in it; a table of pictures goes to -train or -val", printable.Name(dir))
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", printable.Error(err)
	}
	var folders []string
	for _, entry := range entries {
		if entry.IsDir() && entry.Name() != "train" && entry.Name() != "val" && !strings.HasPrefix(entry.Name(), ".") && !strings.HasPrefix(entry.Name(), "__") {
			folders = append(folders, printable.Name(entry.Name()))
		}
	}
	dir = printable.Name(dir)
	want := fmt.Sprintf("%s has no folder %s in it; want %s and %s", dir, part, filepath.Join(dir, "train", "CLASS", "*.JPEG"), filepath.Join(dir, "val", "CLASS", "*.JPEG"))
	if len(folders) > 0 {
		want += fmt.Sprintf(". If its folders (%s) are the classes, say -train %s, and with -val where the pictures to measure on are",
			strings.Join(some(folders, 3), ", "), dir)
	}
	return "", errors.New(want)
}

// some are the first n names.
func some(names []string, n int) []string {
	if len(names) <= n {
		return names
	}
	return append(slices.Clone(names[:n]), "...")
}

// Open lists the pictures. Classes are in label order, nil for those that occur; a
// Truth needs them. What is odd about the list is warned of.
func (p Pictures) Open(ctx context.Context, classes []string) (*imagenet.Set, error) {
	set, err := p.list(ctx, classes)
	if err != nil {
		return nil, err
	}
	for _, warning := range set.Warnings {
		cli.Warnf("%s: %s", printable.Name(p.Path), warning)
	}
	return set, nil
}

func (p Pictures) list(ctx context.Context, classes []string) (*imagenet.Set, error) {
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
	return imagenet.OpenFolder(ctx, p.Path, imagenet.FolderOptions{Classes: classes, Relist: p.Relist, Log: slog.Default()})
}
