package tensorboard_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gorgonet/gorgonet/training/tensorboard"
)

// record is a TFRecord by the book, written apart from the package.
func record(data []byte) []byte {
	masked := func(b []byte) []byte {
		crc := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
		return binary.LittleEndian.AppendUint32(nil, crc>>15+crc<<17+0xa282ead8)
	}
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	return bytes.Join([][]byte{length, masked(length), data, masked(data)}, nil)
}

func unhex(text string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// byHand are events as protocol buffers, put together from TensorFlow's .proto
// files, with what they say.
var byHand = []struct {
	bytes []byte
	event tensorboard.Event
}{
	{unhex("09 000000000000f83f 1a0d 627261696e2e4576656e743a32"), tensorboard.Event{Time: time.Unix(1, 5e8), FileVersion: "brain.Event:2"}},
	{unhex("09 0000000000000040 10ac02 2a0d 0a0b 0a04 6c6f7373 15 0000803e"),
		tensorboard.Event{Time: time.Unix(2, 0), Step: 300, Values: []tensorboard.Value{{Tag: "loss", Scalar: 0.25}}}},
	{unhex("09 0000000000000040 10ad02 2a50 0a4e 0a0168 2a49" +
		"09 000000000000f0bf 11 0000000000000040 19 0000000000000840 21 000000000000f03f 29 0000000000001440" +
		"3208 0000000000000840" + "3a10 000000000000f03f 0000000000000040"),
		tensorboard.Event{Time: time.Unix(2, 0), Step: 301, Values: []tensorboard.Value{{Tag: "h", Histogram: &tensorboard.Histogram{
			Min: -1, Max: 2, Number: 3, Sum: 1, SumSquares: 5, Limits: []float64{3}, Counts: []float64{1, 2}}}}}},
}

func TestByHand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events")
	w := tensorboard.NewWriter(path)
	var want []byte
	for _, e := range byHand {
		w.Add(e.event)
		want = append(want, record(e.bytes)...)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.HasSuffix(got, want) {
		t.Errorf("written\n%x, want at the end\n%x", got, want)
	}
	r := tensorboard.NewReader(bytes.NewReader(want))
	for i, e := range byHand {
		if got, err := r.Next(); err != nil || !reflect.DeepEqual(got, e.event) {
			t.Errorf("event %d: %+v, %v, want %+v", i, got, err, e.event)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

// TestHeader compares the head of a file with that of TensorFlow's own, whose
// first record always is 24 bytes long.
func TestHeader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events")
	w := tensorboard.NewWriter(path)
	w.Scalar(1, "loss", 1)
	for range 2 { // a second flush has nothing to write
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if want := unhex("18 00000000000000 a37f4b22"); err != nil || !bytes.HasPrefix(got, want) {
		t.Errorf("the file begins %x, TensorFlow's %x", got[:min(len(got), 12)], want)
	}
	if !bytes.Contains(got, []byte("brain.Event:2")) {
		t.Error("no version of the file")
	}
	// Bytes that differ anywhere are found.
	for i := range got {
		bad := bytes.Clone(got)
		bad[i] ^= 1
		r := tensorboard.NewReader(bytes.NewReader(bad))
		var err error
		for err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, tensorboard.ErrDamaged) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
}

func TestHistogram(t *testing.T) {
	values := []float32{-2, 0, 0, 1e-3, 1, 1.05, 3e30, float32(math.NaN()), float32(math.Inf(1))}
	h := tensorboard.NewHistogram(values)
	if h.Min != -2 || h.Max != float64(float32(3e30)) || h.Number != 7 || h.SumSquares < 8e60 || len(h.Limits) != len(h.Counts) {
		t.Errorf("%+v", h)
	}
	total, last := 0.0, math.Inf(-1)
	for i, limit := range h.Limits {
		var n float64
		for _, v := range values {
			if float64(v) >= last && float64(v) < limit {
				n++
			}
		}
		if limit <= last || h.Counts[i] != n {
			t.Errorf("bucket %d from %g to %g: %g values, want %g", i, last, limit, h.Counts[i], n)
		}
		if i > 0 && h.Counts[i] == 0 && h.Counts[i-1] == 0 {
			t.Errorf("empty buckets %d and %d are apart", i-1, i)
		}
		total += h.Counts[i]
		last = limit
	}
	if total != h.Number || last != math.MaxFloat64 {
		t.Errorf("%g of %g values up to %g", total, h.Number, last)
	}
	if h := tensorboard.NewHistogram(nil); h.Number != 0 || h.Min != 0 || h.Max != 0 || len(h.Limits) != 1 {
		t.Errorf("of nothing: %+v", h)
	}
}

func steps(t *testing.T, path string) (steps []int64) {
	t.Helper()
	events, err := tensorboard.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		steps = append(steps, e.Step)
	}
	return steps
}

func TestTrim(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events")
	until := func(step int) func(tensorboard.Event) bool {
		return func(e tensorboard.Event) bool { return e.Step <= int64(step) }
	}
	if err := tensorboard.Trim(path, until(3)); err != nil {
		t.Errorf("no file: %v", err)
	}
	w := tensorboard.NewWriter(path)
	for step := 1; step <= 5; step++ {
		w.Scalar(step, "loss", 1)
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	whole, _ := os.ReadFile(path)
	before, _ := os.Stat(path)
	for _, test := range []struct {
		name string
		data []byte
		step int
		want []int64
	}{
		{"nothing newer", whole, 5, []int64{0, 1, 2, 3, 4, 5}},
		{"newer", whole, 3, []int64{0, 1, 2, 3}},
		{"cut short in the data", whole[:len(whole)-9], 5, []int64{0, 1, 2, 3, 4}},
		{"cut short in the header", append(bytes.Clone(whole), 18, 0, 0), 5, []int64{0, 1, 2, 3, 4, 5}},
		{"zeros at the end", append(bytes.Clone(whole), make([]byte, 100)...), 4, []int64{0, 1, 2, 3, 4}},
		{"a record that is no event", append(bytes.Clone(whole), record([]byte("no event"))...), 9, []int64{0, 1, 2, 3, 4, 5}},
		{"nothing but damage", []byte("nothing but damage"), 4, nil},
		{"empty", nil, 4, nil},
	} {
		if test.step < 5 || len(test.data) != len(whole) {
			if err := os.WriteFile(path, test.data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := tensorboard.Trim(path, until(test.step)); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if got := steps(t, path); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: steps %v, want %v", test.name, got, test.want)
		}
		if after, _ := os.Stat(path); test.name == "nothing newer" && !os.SameFile(before, after) {
			t.Errorf("%s: the file was written anew", test.name)
		}
	}
	w.Scalar(6, "loss", 1)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if got := steps(t, path); !reflect.DeepEqual(got, []int64{0, 6}) {
		t.Errorf("after all was taken out: steps %v, want the version and 6", got)
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	w := tensorboard.NewWriter(filepath.Join(dir, "none", "events"))
	if err := w.Flush(); err != nil {
		t.Errorf("nothing to write: %v", err)
	}
	w.Scalar(1, "loss", 1)
	for range 2 { // what could not be written is kept
		if err := w.Flush(); err == nil || !strings.Contains(err.Error(), filepath.Join("none", "events")) {
			t.Errorf("no directory: %v", err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "none"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil || len(steps(t, filepath.Join(dir, "none", "events"))) != 2 {
		t.Errorf("the directory is there now: %v", err)
	}
	if _, err := tensorboard.Read(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a directory: %v", err)
	}
	damaged := filepath.Join(dir, "damaged")
	if err := os.WriteFile(damaged, append(record(byHand[1].bytes), "damage"...), 0o644); err != nil {
		t.Fatal(err)
	}
	events, err := tensorboard.Read(damaged)
	if len(events) != 1 || !errors.Is(err, tensorboard.ErrDamaged) || !strings.Contains(err.Error(), damaged) {
		t.Errorf("%d events, %v", len(events), err)
	}
}

// FuzzReader reads damaged files, and damaged events in whole records.
func FuzzReader(f *testing.F) {
	for _, e := range byHand {
		f.Add(record(e.bytes))
		f.Add(e.bytes)
	}
	f.Add(record(unhex("2a04 0a02 2a00")))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, file := range [][]byte{data, record(data)} {
			r := tensorboard.NewReader(bytes.NewReader(file))
			var err error
			for err == nil {
				_, err = r.Next()
			}
			if err != io.EOF && !errors.Is(err, tensorboard.ErrDamaged) {
				t.Error(err)
			}
		}
	})
}
