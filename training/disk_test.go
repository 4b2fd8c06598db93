package training_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/training"
)

// page is what a small disk's files are rounded up to.
const page = 4096

// smallDisk is a file system of so many pages, where one can be mounted.
func smallDisk(t *testing.T, pages int) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprint("size=", pages*page), "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("a small disk is needed, which root can mount on Linux: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return dir
}

// fill takes all of a disk but so many pages; the file can be removed.
func fill(t *testing.T, disk string, free int) (ballast string) {
	t.Helper()
	ballast = filepath.Join(disk, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size := int64(0)
	for ; err == nil; size += page {
		_, err = f.Write(make([]byte, page))
	}
	if err := f.Truncate(max(size-page*int64(free+1), 0)); err != nil {
		t.Fatal(err)
	}
	return ballast
}

// TestFullDisk trains with no page of the disk left, with one, and so on until there
// are enough: every kind of file fails at some point, with one line that says which.
// What was saved stays whole. When there is space, a run that had begun before goes on
// in the same process, a new one is resumed, both to the end of a run left alone.
func TestFullDisk(t *testing.T) {
	disk := smallDisk(t, 200)
	alone := session(t, filepath.Join(t.TempDir(), "alone"), 0)
	path := filepath.Join(disk, "run")
	failed := map[string]bool{}
	check := func(err error) {
		t.Helper()
		line := fmt.Sprint(err)
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(line, path) || strings.Contains(line, "\n") {
			t.Errorf("want one line on a full disk, got %v", err)
		}
		file, _, _ := strings.Cut(line, ": write ")
		failed[filepath.Base(file)] = true
		if stray, _ := filepath.Glob(filepath.Join(path, ".*.tmp-*")); len(stray) > 0 {
			t.Errorf("after %v: %v stayed", err, stray)
		}
		for _, file := range []string{"latest.safetensors", "previous.safetensors", "best.safetensors"} {
			if _, _, whole, err := weights.ReadSafetensors(filepath.Join(path, file)); !whole && !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
		}
	}
	for _, begun := range []bool{true, false} {
		for free, enough := 0, false; !enough; free++ {
			if begun {
				session(t, path, 10)
			}
			ballast := fill(t, disk, free)
			dir, tr, err := reopen(t, path)
			if err == nil {
				err = finish(t, dir, tr)
			}
			if enough = err == nil; !enough {
				check(err)
			}
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			if !begun {
				if dir != nil {
					dir.Close()
				}
				if dir, tr, err = reopen(t, path); err != nil {
					t.Fatal(err)
				}
			}
			if err := finish(t, dir, tr); err != nil {
				t.Fatal(err)
			}
			sameOutcome(t, fmt.Sprintf("%d pages left", free), dir, alone)
			if enough {
				ballast := fill(t, disk, 0)
				check(finish(t, dir, tr))
				if err := os.Remove(ballast); err != nil {
					t.Fatal(err)
				}
			}
			dir.Close()
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, file := range []string{"config.json", "log.csv", "events.out.tfevents.gorgonet", "best.safetensors", "latest.safetensors", "predictions.csv"} {
		if !failed[file] {
			t.Errorf("no failure of %s, only of %v", file, failed)
		}
	}
}

// reopen begins a run or goes on with it, as session does.
func reopen(t *testing.T, path string) (*training.Directory, *training.Trainer, error) {
	t.Helper()
	var settings struct{}
	open := training.ResumeDirectory
	if _, err := os.Stat(filepath.Join(path, "config.json")); err != nil {
		open = training.CreateDirectory
	}
	dir, err := open(path, &settings)
	if err != nil {
		return nil, nil, err
	}
	dir.Histograms = true
	c := config()
	c.OnStep = dir.Step
	var tr *training.Trainer
	c.OnEpoch = func(r training.Record) error { return dir.Record(tr, r) }
	tr = newTrainer(t, c)
	return dir, tr, dir.Restore(tr)
}

// finish trains to the end.
func finish(t *testing.T, dir *training.Directory, tr *training.Trainer) error {
	err := tr.Run(t.Context())
	if err == nil {
		_, err = dir.Finish(t.Context(), tr)
	}
	return err
}
