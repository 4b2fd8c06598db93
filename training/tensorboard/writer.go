package tensorboard

import (
	"time"

	"github.com/gorgonet/gorgonet/internal/durable"
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
func (w *Writer) Flush() error {
	if len(w.pending) == 0 {
		return nil
	}
	head := appendRecord(nil, Event{Time: time.Now(), FileVersion: fileVersion}.marshal())
	if err := durable.AppendFile(w.path, head, w.pending); err != nil {
		return errors.WithMessage(err, "tensorboard")
	}
	w.pending = w.pending[:0]
	return nil
}
