package tensorboard_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/gorgonet/gorgonet/testdata/corrupt"
	"github.com/gorgonet/gorgonet/training/tensorboard"
)

// readAll reads events until the end or the first that is damaged.
func readAll(file []byte) (events []tensorboard.Event, err error) {
	for r := tensorboard.NewReader(bytes.NewReader(file)); ; {
		e, err := r.Next()
		if err == io.EOF {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		events = append(events, e)
	}
}

// TestCorruptEvents damages an event file. Every event has checksums: those before
// the damage are read right, and Trim leaves no others.
func TestCorruptEvents(t *testing.T) {
	path := filepath.Join(corrupt.Dir(t), "events")
	w := tensorboard.NewWriter(path)
	for step := range 3 {
		w.Scalar(step, "loss", float64(step))
		w.Histogram(step, "weights", []float32{1, -2, float32(step)})
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := readAll(file)
	if err != nil || len(want) < 6 {
		t.Fatalf("%d events, %v", len(want), err)
	}
	read := 0
	corrupt.Every(t, file, uint64(2<<20+16*len(file)), func(damaged []byte) error {
		events, err := readAll(damaged)
		if len(events) > len(want) || !reflect.DeepEqual(events, slices.Clip(want[:len(events)])) && len(events) > 0 {
			t.Errorf("read %+v", events)
		}
		if read++; read%20 != 0 { // files take time
			return err
		}
		corrupt.Write(t, path, damaged)
		if err := tensorboard.Trim(path, func(tensorboard.Event) bool { return true }); err != nil {
			t.Error(err)
		}
		kept, err2 := tensorboard.Read(path)
		if err2 != nil || len(kept) != len(events) {
			t.Errorf("%d events after Trim, want %d: %v", len(kept), len(events), err2)
		}
		return err
	})
}

// TestHostileLength reads records that say they are enormous.
func TestHostileLength(t *testing.T) {
	for _, length := range []uint64{1 << 39, 1<<64 - 1, 1<<64 - 4} {
		header := record(binary.LittleEndian.AppendUint64(nil, length))[12:] // the length and its checksum
		err := corrupt.Within(t, "a huge record", 1<<20, func() error {
			_, err := readAll(append(header, "some data"...))
			return err
		})
		if !errors.Is(err, tensorboard.ErrDamaged) {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
}

// FuzzTrim wants what is left of a damaged file to be whole.
func FuzzTrim(f *testing.F) {
	var whole []byte
	for _, e := range byHand {
		whole = append(whole, record(e.bytes)...)
	}
	f.Add(whole)
	f.Add(append(bytes.Clone(whole), "damage"...))
	path := filepath.Join(corrupt.Dir(f), "events")
	f.Fuzz(func(t *testing.T, file []byte) {
		before, _ := readAll(file)
		corrupt.Write(t, path, file)
		if err := tensorboard.Trim(path, func(e tensorboard.Event) bool { return e.Step != 301 }); err != nil {
			t.Fatal(err)
		}
		after, err := tensorboard.Read(path)
		if err != nil || len(after) > len(before) {
			t.Fatalf("%d of %d events, %v", len(after), len(before), err)
		}
	})
}
