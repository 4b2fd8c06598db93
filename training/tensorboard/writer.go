package tensorboard

import (
	"os"
	"time"

	"github.com/pkg/errors"
)

// Writer appends events to a file. They stay in memory until Flush. The zero
// value is of no use; see NewWriter.
type Writer struct {
	path    string
	pending []byte // whole records
}

// NewWriter returns a writer to the file, which is made by the first Flush that
// has something to write. TensorBoard shows files whose name has "tfevents" in it.
func NewWriter(path string) *Writer { return &Writer{path: path} }

// Scalar adds a number to the curve of that name.
func (w *Writer) Scalar(step int, tag string, value float64) {
	w.Add(Event{Time: time.Now(), Step: int64(step), Values: []Value{{Tag: tag, Scalar: float32(value)}}})
}

// Histogram adds the distribution of the values.
func (w *Writer) Histogram(step int, tag string, values []float32) {
	w.Add(Event{Time: time.Now(), Step: int64(step), Values: []Value{{Tag: tag, Histogram: NewHistogram(values)}}})
}

// Add adds an event.
func (w *Writer) Add(e Event) { w.pending = appendRecord(w.pending, e.marshal()) }

// Flush writes the events added since the last time, all or none, and syncs the
// file to disk. After an error the events are kept for the next Flush.
func (w *Writer) Flush() (err error) {
	if len(w.pending) == 0 {
		return nil
	}
	f, err := os.OpenFile(w.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return errors.Wrapf(err, "tensorboard: cannot write %s", w.path)
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		err = errors.Wrapf(err, "tensorboard: cannot write %s", w.path)
	}()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	data := w.pending
	if info.Size() == 0 {
		data = append(appendRecord(nil, Event{Time: time.Now(), FileVersion: fileVersion}.marshal()), data...)
	}
	if _, err := f.Write(data); err != nil {
		_ = f.Truncate(info.Size())
		return err
	}
	w.pending = w.pending[:0]
	return f.Sync()
}
