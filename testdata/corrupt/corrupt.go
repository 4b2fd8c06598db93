// Package corrupt feeds damaged copies of a small file to what reads it, in tests.
package corrupt

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"runtime/metrics"
	"slices"
	"testing"
	"time"
)

// Every reads a file as it is, which must work, then cut short at every byte, then
// in 10,000 copies of which one to four bytes are changed at random (a tenth of them
// with -short), always the same. read returns its parser's error, or nil after it
// has failed the test where what was read is wrong. A panic, a minute without an
// end, or more than memory bytes allocated in one call fail the test.
func Every(t *testing.T, file []byte, memory uint64, read func(file []byte) error) {
	t.Helper()
	if err := read(slices.Clone(file)); err != nil {
		t.Fatalf("the file as it is: %v", err)
	}
	flips := 10_000
	if testing.Short() {
		flips = 1000
	}
	cases, refused := 0, 0
	for name, damaged := range copies(file, flips) {
		err := Within(t, name, memory, func() error { return read(damaged) })
		if t.Failed() {
			return
		}
		cases++
		if err != nil {
			refused++
		}
	}
	t.Logf("%d damaged copies of a file of %d bytes: %d refused", cases, len(file), refused)
}

// Within calls read and fails the test as Every says. name is what the file has that
// is wrong.
func Within(t *testing.T, name string, memory uint64, read func() error) error {
	hang := time.AfterFunc(time.Minute, func() { panic("reading does not end: the file with " + name) })
	defer hang.Stop()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("panic: %v", r)
		}
		if t.Failed() { // perhaps by FailNow, which ends the test here
			t.Logf("this was the file with %s", name)
		}
	}()
	before := allocated()
	err := read()
	if took := allocated() - before; took > memory {
		t.Errorf("%d bytes of memory, want at most %d", took, memory)
	}
	return err
}

// allocated is all memory ever taken, in bytes.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// copies are damaged copies of a file and what was done to them.
func copies(file []byte, flips int) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for n := range file {
			if !yield(fmt.Sprintf("its first %d bytes alone", n), slices.Clone(file[:n])) {
				return
			}
		}
		r := rand.New(rand.NewPCG(1, uint64(len(file))))
		for range flips {
			damaged, name := slices.Clone(file), ""
			for range 1 + max(0, r.IntN(6)-2) { // one byte half of the time
				i := r.IntN(len(file))
				damaged[i] ^= byte(1 + r.IntN(255))
				name += fmt.Sprintf("byte %d as %#02x, ", i, damaged[i])
			}
			if !yield(name, damaged) {
				return
			}
		}
	}
}

// Dir makes a directory for damaged files, in memory where the system has such: ten
// thousand files are much for a disk.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "corrupt")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// Write makes a file anew: some systems wait for the disk where a file is
// overwritten.
func Write(t testing.TB, path string, file []byte) {
	t.Helper()
	_ = os.Remove(path)
	if err := os.WriteFile(path, file, 0o644); err != nil {
		t.Fatal(err)
	}
}
