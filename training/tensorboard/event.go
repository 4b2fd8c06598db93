package tensorboard

import (
	"math"
	"time"

	"github.com/pkg/errors"
	"google.golang.org/protobuf/encoding/protowire"
)

// fileVersion is what the first event of every file says.
const fileVersion = "brain.Event:2"

// Event is one record of an event file.
type Event struct {
	Time        time.Time // when it was recorded
	Step        int64     // of training
	FileVersion string    // of a file's first event only
	Values      []Value
}

// Value is a number or a histogram under a name. Slashes in the tag make groups.
type Value struct {
	Tag       string
	Scalar    float32
	Histogram *Histogram // nil for a scalar
}

// Numbers of the fields, from tensorflow/core/util/event.proto and
// tensorflow/core/framework/summary.proto.
const (
	eventTime    protowire.Number = 1
	eventStep    protowire.Number = 2
	eventVersion protowire.Number = 3
	eventSummary protowire.Number = 5

	summaryValue protowire.Number = 1

	valueTag       protowire.Number = 1
	valueScalar    protowire.Number = 2
	valueHistogram protowire.Number = 5

	histogramMin        protowire.Number = 1
	histogramMax        protowire.Number = 2
	histogramNumber     protowire.Number = 3
	histogramSum        protowire.Number = 4
	histogramSumSquares protowire.Number = 5
	histogramLimits     protowire.Number = 6
	histogramCounts     protowire.Number = 7
)

// marshal is the event as a protocol buffer.
func (e Event) marshal() []byte {
	b := appendDouble(nil, eventTime, float64(e.Time.UnixNano())/1e9)
	if e.Step != 0 {
		b = protowire.AppendTag(b, eventStep, protowire.VarintType)
		b = protowire.AppendVarint(b, uint64(e.Step))
	}
	if e.FileVersion != "" {
		b = protowire.AppendTag(b, eventVersion, protowire.BytesType)
		b = protowire.AppendString(b, e.FileVersion)
	}
	if len(e.Values) == 0 {
		return b
	}
	var summary []byte
	for _, v := range e.Values {
		summary = protowire.AppendTag(summary, summaryValue, protowire.BytesType)
		summary = protowire.AppendBytes(summary, v.marshal())
	}
	b = protowire.AppendTag(b, eventSummary, protowire.BytesType)
	return protowire.AppendBytes(b, summary)
}

func (v Value) marshal() []byte {
	b := protowire.AppendTag(nil, valueTag, protowire.BytesType)
	b = protowire.AppendString(b, v.Tag)
	if v.Histogram == nil {
		b = protowire.AppendTag(b, valueScalar, protowire.Fixed32Type)
		return protowire.AppendFixed32(b, math.Float32bits(v.Scalar))
	}
	b = protowire.AppendTag(b, valueHistogram, protowire.BytesType)
	return protowire.AppendBytes(b, v.Histogram.marshal())
}

func (h *Histogram) marshal() []byte {
	b := appendDouble(nil, histogramMin, h.Min)
	b = appendDouble(b, histogramMax, h.Max)
	b = appendDouble(b, histogramNumber, h.Number)
	b = appendDouble(b, histogramSum, h.Sum)
	b = appendDouble(b, histogramSumSquares, h.SumSquares)
	b = appendDoubles(b, histogramLimits, h.Limits)
	return appendDoubles(b, histogramCounts, h.Counts)
}

func appendDouble(b []byte, n protowire.Number, v float64) []byte {
	b = protowire.AppendTag(b, n, protowire.Fixed64Type)
	return protowire.AppendFixed64(b, math.Float64bits(v))
}

func appendDoubles(b []byte, n protowire.Number, values []float64) []byte {
	b = protowire.AppendTag(b, n, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(8*len(values)))
	for _, v := range values {
		b = protowire.AppendFixed64(b, math.Float64bits(v))
	}
	return b
}

// unmarshal reads a protocol buffer; fields that are not of this package's are
// passed over.
func (e *Event) unmarshal(b []byte) error {
	return fields(b, func(n protowire.Number, f field) error {
		switch n {
		case eventTime:
			seconds, fraction := math.Modf(f.double())
			e.Time = time.Unix(int64(seconds), int64(fraction*1e9))
		case eventStep:
			e.Step = int64(f.number)
		case eventVersion:
			e.FileVersion = string(f.bytes)
		case eventSummary:
			return fields(f.bytes, func(n protowire.Number, f field) error {
				if n != summaryValue {
					return nil
				}
				var v Value
				if err := v.unmarshal(f.bytes); err != nil {
					return err
				}
				e.Values = append(e.Values, v)
				return nil
			})
		}
		return nil
	})
}

func (v *Value) unmarshal(b []byte) error {
	return fields(b, func(n protowire.Number, f field) error {
		switch n {
		case valueTag:
			v.Tag = string(f.bytes)
		case valueScalar:
			v.Scalar = math.Float32frombits(uint32(f.number))
		case valueHistogram:
			v.Histogram = &Histogram{}
			return v.Histogram.unmarshal(f.bytes)
		}
		return nil
	})
}

func (h *Histogram) unmarshal(b []byte) error {
	doubles := func(values []float64, f field) []float64 {
		if f.bytes == nil { // not packed
			return append(values, f.double())
		}
		for rest := f.bytes; len(rest) >= 8; rest = rest[8:] {
			bits, _ := protowire.ConsumeFixed64(rest)
			values = append(values, math.Float64frombits(bits))
		}
		return values
	}
	return fields(b, func(n protowire.Number, f field) error {
		switch n {
		case histogramMin:
			h.Min = f.double()
		case histogramMax:
			h.Max = f.double()
		case histogramNumber:
			h.Number = f.double()
		case histogramSum:
			h.Sum = f.double()
		case histogramSumSquares:
			h.SumSquares = f.double()
		case histogramLimits:
			h.Limits = doubles(h.Limits, f)
		case histogramCounts:
			h.Counts = doubles(h.Counts, f)
		}
		return nil
	})
}

// field is the content of a field: of numbers the bits, else the bytes.
type field struct {
	number uint64
	bytes  []byte
}

func (f field) double() float64 { return math.Float64frombits(f.number) }

// fields visits the fields of a message.
func fields(b []byte, visit func(protowire.Number, field) error) error {
	for len(b) > 0 {
		n, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return errors.Wrap(protowire.ParseError(size), "not an event")
		}
		b = b[size:]
		var f field
		switch kind {
		case protowire.VarintType:
			f.number, size = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			f.number, size = protowire.ConsumeFixed64(b)
		case protowire.Fixed32Type:
			var v uint32
			v, size = protowire.ConsumeFixed32(b)
			f.number = uint64(v)
		case protowire.BytesType:
			f.bytes, size = protowire.ConsumeBytes(b)
		default:
			size = protowire.ConsumeFieldValue(n, kind, b)
		}
		if size < 0 {
			return errors.Wrap(protowire.ParseError(size), "not an event")
		}
		b = b[size:]
		if err := visit(n, f); err != nil {
			return err
		}
	}
	return nil
}
