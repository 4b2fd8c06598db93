package graph

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"math"
	"os"
	"slices"
	"sort"
	"strings"

	"github.com/pkg/errors"
)

// Array is a named array of float32 in a file, in PyTorch's layout.
type Array struct {
	Name  string
	Shape []int
	Data  []float32
}

// checksumKey names, in the metadata of files written here, the SHA-256 of the
// whole file with the digits of the sum itself as zeros.
const checksumKey = "gorgonet.sha256"

// maxHeader bounds the header of a safetensors file; the format's own limit.
const maxHeader = 100_000_000

// entry describes an array in the header of a safetensors file.
type entry struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// WriteSafetensors writes arrays and metadata as a safetensors file with a
// checksum, whole or not at all (see WriteFile). The same content gives the same
// bytes.
func WriteSafetensors(path string, arrays []Array, metadata map[string]string) error {
	head, err := header(arrays, metadata)
	if err != nil {
		return err
	}
	sum := sha256.New()
	sum.Write(head)
	if err := writeData(sum, arrays); err != nil {
		return err
	}
	patchChecksum(head, hex.EncodeToString(sum.Sum(nil)))
	return WriteFile(path, func(w io.Writer) error {
		if _, err := w.Write(head); err != nil {
			return err
		}
		return writeData(w, arrays)
	})
}

// header returns the length and the header, with zeros for the checksum.
func header(arrays []Array, metadata map[string]string) ([]byte, error) {
	meta := map[string]string{"format": "pt"}
	for k, v := range metadata {
		meta[k] = v
	}
	meta[checksumKey] = zeroChecksum
	fields := map[string]any{"__metadata__": meta}
	var at int64
	for _, a := range arrays {
		if _, twice := fields[a.Name]; twice {
			return nil, errors.Errorf("graph: two arrays are named %s", a.Name)
		}
		if size(a.Shape) != int64(len(a.Data)) {
			return nil, errors.Errorf("graph: %s: %d values do not fill the shape %v", a.Name, len(a.Data), a.Shape)
		}
		end := at + 4*int64(len(a.Data))
		fields[a.Name] = entry{"F32", append([]int{}, a.Shape...), [2]int64{at, end}}
		at = end
	}
	text, err := json.Marshal(fields) // in order of name, so always the same
	if err != nil {
		return nil, errors.Wrap(err, "graph: safetensors header")
	}
	text = append(text, bytes.Repeat([]byte(" "), (8-len(text)%8)%8)...)
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...), nil
}

var zeroChecksum = strings.Repeat("0", 2*sha256.Size)

// patchChecksum replaces the checksum's digits in the header and returns those
// that were there; none if it has no checksum.
func patchChecksum(head []byte, digits string) (old string) {
	key := []byte(`"` + checksumKey + `":"`)
	at := bytes.Index(head, key)
	if at < 0 || at+len(key)+len(zeroChecksum) > len(head) {
		return ""
	}
	place := head[at+len(key):][:len(zeroChecksum)]
	old = string(place)
	copy(place, digits)
	return old
}

func writeData(w io.Writer, arrays []Array) error {
	buf := make([]byte, 1<<16)
	for _, a := range arrays {
		for data := a.Data; len(data) > 0; {
			n := min(len(data), len(buf)/4)
			for i, v := range data[:n] {
				binary.LittleEndian.PutUint32(buf[4*i:], math.Float32bits(v))
			}
			if _, err := w.Write(buf[:4*n]); err != nil {
				return err
			}
			data = data[n:]
		}
	}
	return nil
}

// size is the number of values of a shape, -1 if a dimension is negative or the
// product is beyond any file.
func size(shape []int) int64 {
	n := int64(1)
	for _, d := range shape {
		if d < 0 || (d > 0 && n > math.MaxInt64/16/int64(d)) {
			return -1
		}
		n *= int64(d)
	}
	return n
}

// ReadSafetensors reads the arrays of type F32 of a safetensors file, in the
// order of their data, and its metadata. A file with a checksum must fit it;
// checked tells whether there was one. Integer arrays (such as PyTorch's
// num_batches_tracked) are passed over.
func ReadSafetensors(path string) (arrays []Array, metadata map[string]string, checked bool, err error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, false, errors.Wrap(err, "graph: cannot read weights")
	}
	arrays, metadata, checked, err = parseSafetensors(file)
	return arrays, metadata, checked, errors.Wrapf(err, "graph: %s", path)
}

func parseSafetensors(file []byte) (arrays []Array, metadata map[string]string, checked bool, err error) {
	if len(file) < 8 {
		return nil, nil, false, errors.Errorf("not a safetensors file: %d bytes, not even a header length", len(file))
	}
	length := binary.LittleEndian.Uint64(file)
	if length > maxHeader {
		return nil, nil, false, errors.Errorf("not a safetensors file: it claims a header of %d bytes", length)
	}
	if length > uint64(len(file)-8) {
		return nil, nil, false, errors.Errorf("cut short: the header needs %d bytes, the file has %d", length+8, len(file))
	}
	head, data := file[8:8+length], file[8+length:]
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(head, &fields); err != nil {
		return nil, nil, false, errors.Errorf("not a safetensors file: header: %v", err)
	}
	if raw, ok := fields["__metadata__"]; ok {
		if err := json.Unmarshal(raw, &metadata); err != nil {
			return nil, nil, false, errors.Errorf("header: metadata: %v", err)
		}
		delete(fields, "__metadata__")
	}
	entries, err := parseEntries(fields, int64(len(data)))
	if err != nil {
		return nil, nil, false, err
	}
	if want, ok := metadata[checksumKey]; ok {
		patchChecksum(file[:8+length], zeroChecksum)
		sum := sha256.Sum256(file)
		if got := hex.EncodeToString(sum[:]); got != want {
			return nil, nil, false, errors.New("damaged: the content does not fit its checksum")
		}
		delete(metadata, checksumKey)
		checked = true
	}
	for _, e := range entries {
		if e.DType != "F32" {
			continue
		}
		values := make([]float32, (e.Offsets[1]-e.Offsets[0])/4)
		for i := range values {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[e.Offsets[0]+4*int64(i):]))
		}
		arrays = append(arrays, Array{Name: e.name, Shape: e.Shape, Data: values})
	}
	return arrays, metadata, checked, nil
}

// width is the size in bytes of the types that the format knows.
var width = map[string]int64{"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1,
	"U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1}

type namedEntry struct {
	entry
	name string
}

// parseEntries reads the header's entries and checks that they cover the data,
// one after the other, without holes.
func parseEntries(fields map[string]json.RawMessage, data int64) ([]namedEntry, error) {
	var entries []namedEntry
	for name, raw := range fields {
		e := namedEntry{name: name}
		if err := json.Unmarshal(raw, &e.entry); err != nil {
			return nil, errors.Errorf("header: %s: %v", name, err)
		}
		n, w := size(e.Shape), width[e.DType]
		switch {
		case w == 0:
			return nil, errors.Errorf("header: %s: unknown type %q", name, e.DType)
		case strings.HasPrefix(e.DType, "F") && e.DType != "F32" || e.DType == "BF16":
			return nil, errors.Errorf("%s has type %s; only F32 is read", name, e.DType)
		case n < 0 || n*w != e.Offsets[1]-e.Offsets[0]:
			return nil, errors.Errorf("header: %s: shape %v of %s does not fill the bytes %v", name, e.Shape, e.DType, e.Offsets)
		}
		entries = append(entries, e)
	}
	sort.Slice(entries, func(i, j int) bool {
		a, b := entries[i], entries[j]
		return slices.Compare(a.Offsets[:], b.Offsets[:]) < 0 || a.Offsets == b.Offsets && a.name < b.name
	})
	var at int64
	for _, e := range entries {
		if e.Offsets[0] != at {
			return nil, errors.Errorf("header: %s begins at byte %d of the data, want %d", e.name, e.Offsets[0], at)
		}
		at = e.Offsets[1]
	}
	if at > data {
		return nil, errors.Errorf("cut short: the arrays need %d bytes of data, the file has %d", at, data)
	}
	if at < data {
		return nil, errors.Errorf("%d bytes too many at the end", data-at)
	}
	return entries, nil
}
