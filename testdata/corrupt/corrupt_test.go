package corrupt

import (
	"bytes"
	"testing"
)

// TestCopies counts: every length, and as many flips as asked for, all of them
// different from the file.
func TestCopies(t *testing.T) {
	file := []byte("0123456789")
	lengths, flips := map[int]bool{}, 0
	for name, damaged := range copies(file, 100) {
		switch {
		case len(damaged) < len(file):
			lengths[len(damaged)] = true
		case name == "" || len(damaged) > len(file):
			t.Errorf("%q: %q", name, damaged)
		case !bytes.Equal(damaged, file): // two flips can undo each other
			flips++
		}
	}
	if len(lengths) != len(file) || flips < 90 || string(file) != "0123456789" {
		t.Errorf("%d lengths and %d flips of %q", len(lengths), flips, file)
	}
}

// TestWithin lets a reader do what it must not.
func TestWithin(t *testing.T) {
	var sink []byte
	for name, read := range map[string]func() error{
		"panic":  func() error { panic("out of range") },
		"memory": func() error { sink = make([]byte, 2<<20); return nil },
	} {
		inner := &testing.T{}
		_ = Within(inner, name, 1<<20, read)
		if !inner.Failed() {
			t.Errorf("%s: want the test to fail", name)
		}
	}
	_ = sink
	inner := &testing.T{}
	if err := Within(inner, "nothing", 1<<20, func() error { return nil }); err != nil || inner.Failed() {
		t.Errorf("nothing wrong: %v", err)
	}
}
