package weights

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"slices"
	"sort"
	"strings"

	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/pkg/errors"
)

// checksumKey names, in the metadata of files written here, the SHA-256 of the
// whole file with the digits of the sum itself as zeros.
const checksumKey = "gorgonet.sha256"

// metadataKey is the header's one entry that is no array.
const metadataKey = "__metadata__"

// maxHeader bounds the header of a safetensors file; the format's own limit.
const maxHeader = 100_000_000

// headerEntry describes an array in the header of a safetensors file.
type headerEntry struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// WriteSafetensors writes arrays and metadata as a safetensors file with a
// checksum, whole or not at all (see durable.WriteFile). The same content gives the same
// bytes.
func WriteSafetensors(path string, arrays []Array, metadata map[string]string) error {
	types, err := checkArrays(arrays)
	if err != nil {
		return err
	}
	head, err := header(arrays, types, metadata)
	if err != nil {
		return err
	}
	data := func(w io.Writer) error {
		for i, a := range arrays {
			if err := types[i].write(w, a); err != nil {
				return err
			}
		}
		return nil
	}
	sum := sha256.New()
	sum.Write(head)
	if err := data(sum); err != nil {
		return err
	}
	patchChecksum(head, hex.EncodeToString(sum.Sum(nil)))
	return durable.WriteFile(path, func(w io.Writer) error {
		if _, err := w.Write(head); err != nil {
			return err
		}
		return data(w)
	})
}

// header returns the length and the header, with zeros for the checksum.
func header(arrays []Array, types []dtype, metadata map[string]string) ([]byte, error) {
	meta := map[string]string{"format": "pt"}
	for k, v := range metadata {
		meta[k] = v
	}
	meta[checksumKey] = zeroChecksum
	fields := map[string]any{metadataKey: meta}
	var at int64
	for i, a := range arrays {
		if a.Name == metadataKey {
			return nil, errors.Errorf("weights: no array can be named %s in a safetensors file", metadataKey)
		}
		end := at + int64(types[i].width)*size(a.Shape)
		fields[a.Name] = headerEntry{types[i].name, append([]int{}, a.Shape...), [2]int64{at, end}}
		at = end
	}
	text, err := json.Marshal(fields) // in order of name, so always the same
	if err != nil {
		return nil, errors.Wrap(err, "weights: safetensors header")
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

// ReadSafetensors reads the arrays of a safetensors file, in the order of their
// data, and its metadata. A file with a checksum must fit it; checked tells whether
// there was one. Types: see Array.
func ReadSafetensors(path string) (arrays []Array, metadata map[string]string, checked bool, err error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, false, errors.Wrap(err, "weights: cannot read weights")
	}
	arrays, metadata, checked, err = parseSafetensors(file)
	return arrays, metadata, checked, errors.Wrapf(err, "weights: %s", path)
}

func parseSafetensors(file []byte) (arrays []Array, metadata map[string]string, checked bool, err error) {
	s, err := openSafetensors(file)
	if err != nil {
		return nil, nil, false, err
	}
	for _, e := range s.entries {
		arrays = append(arrays, s.array(e))
	}
	return arrays, s.metadata, s.checked, nil
}

// safetensors is a file that is whole.
type safetensors struct {
	entries  []namedEntry
	data     []byte
	metadata map[string]string
	checked  bool
}

func (s *safetensors) array(e namedEntry) Array {
	content := s.data[e.Offsets[0]:e.Offsets[1]]
	return e.of.read(e.name, e.Shape, content, len(content)/e.of.width, func(i int) int { return i })
}

func openSafetensors(file []byte) (*safetensors, error) {
	if len(file) < 8 {
		return nil, errors.Errorf("not a safetensors file: %d bytes, not even a header length", len(file))
	}
	length := binary.LittleEndian.Uint64(file)
	if length > maxHeader {
		return nil, errors.Errorf("not a safetensors file: it claims a header of %d bytes", length)
	}
	if length > uint64(len(file)-8) {
		return nil, errors.Errorf("cut short: the header needs %d bytes, the file has %d", length+8, len(file))
	}
	head, data := file[8:8+length], file[8+length:]
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(head, &fields); err != nil {
		return nil, errors.Errorf("not a safetensors file: header: %v", err)
	}
	s := &safetensors{data: data, metadata: texts(fields[metadataKey])}
	delete(fields, metadataKey)
	var err error
	if s.entries, err = parseEntries(fields, int64(len(data))); err != nil {
		return nil, err
	}
	if want, ok := s.metadata[checksumKey]; ok {
		patchChecksum(file[:8+length], zeroChecksum)
		sum := sha256.Sum256(file)
		if got := hex.EncodeToString(sum[:]); got != want {
			return nil, errors.New("damaged: the content does not fit its checksum")
		}
		delete(s.metadata, checksumKey)
		s.checked = true
	}
	return s, nil
}

// texts are the metadata that are texts, as the format wants all to be.
func texts(raw json.RawMessage) map[string]string {
	fields := map[string]json.RawMessage{}
	if json.Unmarshal(raw, &fields) != nil || len(fields) == 0 {
		return nil
	}
	out := make(map[string]string, len(fields))
	for key, value := range fields {
		var text *string
		if json.Unmarshal(value, &text) == nil && text != nil {
			out[key] = *text
		}
	}
	return out
}

type namedEntry struct {
	headerEntry
	name string
	of   dtype
}

// parseEntries reads the header's entries and checks that they cover the data,
// one after the other, without holes.
func parseEntries(fields map[string]json.RawMessage, data int64) ([]namedEntry, error) {
	var entries []namedEntry
	for name, raw := range fields {
		e := namedEntry{name: name}
		if err := json.Unmarshal(raw, &e.headerEntry); err != nil {
			return nil, errors.Errorf("header: %s: %v", name, err)
		}
		var ok bool
		e.of, ok = dtypeOf(e.DType)
		n := size(e.Shape)
		switch {
		case !ok:
			return nil, errors.Errorf("header: %s: unknown type %q", name, e.DType)
		case n < 0 || n*int64(e.of.width) != e.Offsets[1]-e.Offsets[0]:
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
