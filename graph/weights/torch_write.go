package weights

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/pkg/errors"
)

// WriteTorch writes arrays as a state dict that PyTorch's torch.load opens, with
// weights_only too, whole or not at all (see durable.WriteFile). The same content gives
// the same bytes.
func WriteTorch(path string, arrays []Array) error {
	types, err := checkArrays(arrays)
	if err != nil {
		return err
	}
	for i, d := range types {
		if d.storage == "" {
			return errors.Errorf("weights: %s: PyTorch's files have no type %s", arrays[i].Name, d.name)
		}
	}
	return durable.WriteFile(path, func(w io.Writer) error { return writeTorch(w, arrays, types) })
}

func writeTorch(w io.Writer, arrays []Array, types []dtype) error {
	z := newTorchZip(w)
	content := func(b []byte) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := w.Write(b)
			return err
		}
	}
	z.add("data.pkl", content(pickled(arrays, types)))
	z.add("byteorder", content([]byte("little")))
	for i, a := range arrays {
		z.add(fmt.Sprintf("data/%d", i), func(w io.Writer) error { return types[i].write(w, a) })
	}
	z.add("version", content([]byte("3\n")))
	return z.close()
}

// pickled is the state dict in the words of torch.save, with array i in storage i.
func pickled(arrays []Array, types []dtype) []byte {
	var b bytes.Buffer
	b.WriteString("\x80\x02ccollections\nOrderedDict\n)R(") // protocol 2
	for i, a := range arrays {
		n := int(size(a.Shape))
		pickleString(&b, a.Name)
		b.WriteString("ctorch._utils\n_rebuild_tensor_v2\n((")
		pickleString(&b, "storage")
		fmt.Fprintf(&b, "ctorch\n%s\n", types[i].storage)
		pickleString(&b, fmt.Sprint(i))
		pickleString(&b, "cpu")
		pickleInts(&b, n)
		b.WriteString("tQK\x00(") // offset 0
		pickleInts(&b, a.Shape...)
		b.WriteString("t(")
		stride := make([]int, len(a.Shape))
		for d, step := len(stride)-1, 1; d >= 0; d-- {
			stride[d] = step
			step *= max(a.Shape[d], 1)
		}
		pickleInts(&b, stride...)
		b.WriteString("t\x89ccollections\nOrderedDict\n)RtR") // no gradient, no hooks
	}
	b.WriteString("u.")
	return b.Bytes()
}

func pickleString(b *bytes.Buffer, s string) {
	b.WriteByte('X')
	b.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(s))))
	b.WriteString(s)
}

func pickleInts(b *bytes.Buffer, values ...int) {
	for _, v := range values {
		if v <= math.MaxInt32 {
			b.WriteByte('J')
			b.Write(binary.LittleEndian.AppendUint32(nil, uint32(v)))
		} else {
			b.WriteString("\x8a\x08")
			b.Write(binary.LittleEndian.AppendUint64(nil, uint64(v)))
		}
	}
}

// torchZip writes a zip file as PyTorch does: nothing is compressed, and the
// content of every entry begins at a multiple of 64 bytes, to be mapped into
// memory. It keeps the first error.
type torchZip struct {
	zip *zip.Writer
	at  *counter
	err error
}

func newTorchZip(w io.Writer) *torchZip {
	at := &counter{w: w}
	return &torchZip{zip: zip.NewWriter(at), at: at}
}

// add writes an entry; content is called twice.
func (z *torchZip) add(name string, content func(io.Writer) error) {
	if z.err != nil {
		return
	}
	sum := crc32.NewIEEE()
	length := &counter{w: sum}
	if z.err = content(length); z.err != nil {
		return
	}
	if z.err = z.zip.Flush(); z.err != nil {
		return
	}
	h := &zip.FileHeader{Name: "archive/" + name, Method: zip.Store, CRC32: sum.Sum32(),
		CompressedSize64: uint64(length.n), UncompressedSize64: uint64(length.n)}
	const header, field = 30, 4 // bytes before the name, and before the padding in its field
	padding := (64 - (z.at.n+header+int64(len(h.Name))+field)%64) % 64
	h.Extra = append([]byte{'F', 'B', byte(padding), 0}, make([]byte, padding)...)
	w, err := z.zip.CreateRaw(h)
	if z.err = err; err != nil {
		return
	}
	b := bufio.NewWriter(w)
	if z.err = content(b); z.err == nil {
		z.err = b.Flush()
	}
}

func (z *torchZip) close() error {
	if z.err == nil {
		z.err = z.zip.Close()
	}
	return z.err
}

// counter counts what passes to w.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
