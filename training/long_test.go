package training_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training"
)

// usage is what a process holds.
type usage struct {
	resident   string // as the kernel tells; empty where it does not
	heap       uint64 // bytes in use after a collection
	goroutines int
	files      int // open; 0 where the system does not tell
}

func use() (u usage) {
	runtime.GC()
	runtime.GC() // what pools hold outlives the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u.heap, u.goroutines = m.HeapAlloc, runtime.NumGoroutine()
	files, _ := os.ReadDir("/proc/self/fd") // Linux has it
	u.files = len(files)
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			u.resident = strings.TrimSpace(value)
		}
	}
	return u
}

// TestLong trains with evaluations, records and checkpoints every 25 steps, and wants
// as many goroutines and open files at the end as after the first of them, and no
// more memory. GORGONET_STEPS=20000 makes it a long run.
func TestLong(t *testing.T) {
	const slack = 1 << 20 // bytes of heap that come and go
	steps := 400
	if text := os.Getenv("GORGONET_STEPS"); text != "" {
		var err error
		if steps, err = strconv.Atoi(text); err != nil || steps < 200 {
			t.Fatalf("GORGONET_STEPS is a number of steps from 200, not %q", text)
		}
	}
	dir, err := training.CreateDirectory(filepath.Join(t.TempDir(), "run"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	c := config()
	c.Iterations, c.Every = steps, 25
	c.OnStep = dir.Step
	var tr *training.Trainer
	var first, last usage
	c.OnEpoch = func(r training.Record) error {
		err := dir.Record(tr, r)
		if last = use(); r.Iteration == 100 {
			first = last
		}
		return err
	}
	tr = newTrainer(t, c)
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("after 100 and %d steps: resident memory %s and %s, heap %d and %d bytes, %d and %d goroutines, %d and %d open files",
		steps, first.resident, last.resident, first.heap, last.heap, first.goroutines, last.goroutines, first.files, last.files)
	if last.goroutines > first.goroutines || last.files > first.files {
		t.Error("goroutines or open files have become more")
	}
	if last.heap > first.heap+slack {
		t.Errorf("the heap has grown by %d bytes, more than %d", last.heap-first.heap, slack)
	}
	if got := len(rows(t, dir)) - 1; got != (steps+24)/25 {
		t.Errorf("%d rows of %d steps", got, steps)
	}
}
