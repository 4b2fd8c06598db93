package tensorboard

import (
	"bufio"
	"bytes"
	"io"
	"io/fs"
	"os"

	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/pkg/errors"
)

// Reader reads the events of a file one by one.
type Reader struct {
	r io.Reader
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{bufio.NewReader(r)} }

// Next returns the next event, io.EOF after the last. The cause of the error is
// ErrDamaged where what follows is no whole event.
func (r *Reader) Next() (Event, error) {
	if r == nil || r.r == nil {
		return Event{}, errors.New("tensorboard: want a reader of NewReader, got one that is nil or empty")
	}
	data, err := readRecord(r.r)
	if err == io.EOF {
		return Event{}, err
	}
	if err != nil {
		return Event{}, errors.WithMessage(err, "tensorboard")
	}
	var e Event
	if err := e.unmarshal(data); err != nil {
		return Event{}, errors.Wrapf(ErrDamaged, "tensorboard: %v", err)
	}
	return e, nil
}

// Read returns all events of a file. Where it is damaged, those before come with
// the error.
func Read(path string) ([]Event, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "tensorboard: cannot read the events")
	}
	defer f.Close()
	var events []Event
	for r := NewReader(f); ; {
		e, err := r.Next()
		if err == io.EOF {
			return events, nil
		}
		if err != nil {
			return events, errors.Wrapf(err, "%s: after %d events", path, len(events))
		}
		events = append(events, e)
	}
}

// Trim takes the events out of a file that are not to be kept, and whatever a crash
// left half written at its end. A file that is not there has nothing to take out;
// one without anything to take out is left as it is, so that a TensorBoard that
// watches it goes on.
func Trim(path string, keep func(Event) bool) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return errors.Wrap(err, "tensorboard: cannot read the events")
	}
	var kept []byte
	for r := bytes.NewReader(data); ; {
		record, err := readRecord(r)
		if err != nil {
			break // the end, or a record that a crash cut short
		}
		var e Event
		if err := e.unmarshal(record); err != nil {
			break
		}
		if e.FileVersion != "" || keep(e) {
			kept = appendRecord(kept, record)
		}
	}
	if len(kept) == len(data) {
		return nil
	}
	return durable.WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(kept)
		return err
	})
}
