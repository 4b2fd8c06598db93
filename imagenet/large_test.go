package imagenet_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/training"
)

// TestLarge makes 100,000 tiny JPEG files in 1,000 classes, lists them, lists
// them again by the index, and reads them all once. It takes minutes, so it runs
// only where GORGONET_LARGE is set; -v shows times and memory.
func TestLarge(t *testing.T) {
	if os.Getenv("GORGONET_LARGE") == "" {
		t.Skip("set GORGONET_LARGE=1 for a set of 100,000 files")
	}
	const classes, each, batch = 1000, 100, 100
	root, cache := t.TempDir(), t.TempDir()
	begun := time.Now()
	lap := func(what string) {
		t.Logf("%-28s %7.2f s, resident %s", what, time.Since(begun).Seconds(), resident())
		begun = time.Now()
	}
	generate(t, root, classes, each)
	lap("made 100,000 files")
	set, err := imagenet.OpenFolder(context.Background(), root, imagenet.FolderOptions{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	lap("first start, listing")
	again, err := imagenet.OpenFolder(context.Background(), root, imagenet.FolderOptions{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	lap("second start, by the index")
	if index, err := filepath.Glob(filepath.Join(cache, "*.index")); err != nil || len(index) != 1 {
		t.Errorf("want one index, got %q, %v", index, err)
	}
	if set.Len() != classes*each || !slices.Equal(set.Files, again.Files) || !slices.Equal(set.Classes, again.Classes) {
		t.Fatalf("%d files in %d classes, and then %d in %d", set.Len(), len(set.Classes), again.Len(), len(again.Classes))
	}

	data := &imagenet.Examples{Set: set, Train: imagenet.ResizedCropAugmentation(16), Test: imagenet.Preprocessing{Resize: 16, Crop: 16}.Pipeline()}
	loader, err := training.NewStream(data, batch, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer loader.Close()
	counts := make([]int, classes)
	var heaps []uint64
	for k := range classes * each / batch {
		b, err := loader.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, label := range b.Labels {
			counts[label]++
		}
		if k%100 == 99 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			heaps = append(heaps, m.HeapAlloc)
			lap(fmt.Sprintf("%d images, heap %.1f MB", (k+1)*batch, float64(m.HeapAlloc)/1e6))
		}
	}
	if n := len(data.Unreadable()); n > 0 || slices.Min(counts) != each || slices.Max(counts) != each {
		t.Errorf("%d unreadable, a class came up %d to %d times, want %d", n, slices.Min(counts), slices.Max(counts), each)
	}
	if slices.Max(heaps) > heaps[0]+heaps[0]/10+4<<20 {
		t.Errorf("memory grows over an epoch: %d bytes", heaps)
	}
}

// generate makes folders of tiny pictures, old enough for an index to be kept.
func generate(t *testing.T, root string, classes, each int) {
	t.Helper()
	old := time.Now().Add(-time.Hour)
	for c := range classes {
		folder := filepath.Join(root, fmt.Sprintf("n%08d", c))
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range each {
			m := image.NewRGBA(image.Rect(0, 0, 16, 16))
			for k := range 256 {
				m.Set(k%16, k/16, color.RGBA{R: byte(c), G: byte(c >> 4), B: byte(i + k), A: 255})
			}
			var out bytes.Buffer
			if err := jpeg.Encode(&out, m, nil); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.JPEG", i)), out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(folder, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(root, old, old); err != nil {
		t.Fatal(err)
	}
}

// resident is the memory of the process where Linux tells it.
func resident() string {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if size, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strings.TrimSpace(size)
		}
	}
	return "unknown"
}
