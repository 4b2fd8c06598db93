package raster

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"image"
	"image/png"
	"io"

	"github.com/pkg/errors"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// pngParts is what pixels need of a PNG file.
type pngParts struct {
	header   []byte // 13 bytes
	palette  []byte // PLTE, if the pixels are indices
	data     [][]byte
	warnings []string
}

// decodePNG gives the chunks that count to the standard library, anew: with right
// checksums, a whole palette, an end. Where it refuses the compressed pixels still
// they are inflated here, for as long as they last.
func decodePNG(data []byte, check Check) (image.Image, []string, error) {
	p, err := parsePNG(data, check)
	if err != nil {
		return nil, nil, err
	}
	m, err := png.Decode(p.file(&chunks{data: p.data}))
	if err != nil {
		pixels, err := p.inflate()
		if err != nil {
			return nil, nil, err
		}
		if m, err = png.Decode(p.file(pixels)); pixels.err != nil {
			return nil, nil, pixels.err
		} else if err != nil {
			return nil, nil, errors.Wrap(err, "damaged picture")
		}
		p.warnings = append(p.warnings, pixels.warning)
	}
	if gray, ok := m.(*image.Gray16); ok {
		m = clipped(gray)
	}
	return m, p.warnings, nil
}

// parsePNG finds the parts. Of checksums those of the header and the palette must be
// right; the others are warned of.
func parsePNG(data []byte, check Check) (*pngParts, error) {
	p := &pngParts{}
	rest, ended, parted := data[len(pngSignature):], false, false
	for !ended {
		if len(rest) < 8 {
			break
		}
		length, name := int64(binary.BigEndian.Uint32(rest)), string(rest[4:8])
		if !isLetters(name) {
			if len(p.data) == 0 {
				return nil, damaged("what follows its first parts is none")
			}
			break
		}
		body := rest[8:]
		whole := length+4 <= int64(len(body))
		right := whole && crc32.ChecksumIEEE(rest[4:8+length]) == binary.BigEndian.Uint32(body[length:])
		if whole {
			rest = body[length+4:]
		} else {
			rest = nil
		}
		body = body[:min(length, int64(len(body)))]
		switch {
		case p.header == nil && (name != "IHDR" || length < 13 || !right):
			return nil, damaged("its header or the checksum of it is wrong")
		case p.header == nil:
			p.header = body[:13]
			size := image.Pt(int(binary.BigEndian.Uint32(p.header)), int(binary.BigEndian.Uint32(p.header[4:])))
			if err := check(size, 8<<10); err != nil {
				return nil, err
			}
		case name == "IEND":
			ended = true
			right = true // it says nothing that could be wrong
		case name == "IDAT":
			if parted {
				p.warn("other parts lie among its pixels")
			}
			p.data = append(p.data, body)
		case name == "PLTE" && p.header[9] == 3 && len(p.data) == 0:
			if !right {
				return nil, damaged("the checksum of its palette is wrong")
			}
			p.palette = body
		case name == "PLTE" && (p.header[9] == 0 || p.header[9] == 4):
			p.warn("it has a palette, and is gray")
		default:
			parted = len(p.data) > 0
		}
		if whole && !right {
			p.warn("the checksum of its part %.4q is wrong", name)
		}
	}
	if p.header != nil && p.header[9] == 3 && (len(p.palette) == 0 || len(p.palette)%3 != 0 || len(p.palette) > 3<<min(p.header[8], 8)) {
		p.warn("its palette has %d bytes", len(p.palette))
	}
	switch {
	case p.header == nil:
		return nil, errCut
	case len(p.data) == 0:
		return nil, damaged("it has no pixels")
	case !ended:
		p.warn("it has no end")
	case len(rest) > 0:
		p.warn("more bytes follow its end")
	}
	return p, nil
}

// isLetters says that a part can have this name.
func isLetters(name string) bool {
	for _, c := range []byte(name) {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return false
		}
	}
	return true
}

// warn notes a fault once.
func (p *pngParts) warn(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for _, w := range p.warnings {
		if w == text {
			return
		}
	}
	p.warnings = append(p.warnings, text)
}

// file is a PNG file of the header, the palette and these chunks of pixels.
func (p *pngParts) file(pixels io.Reader) io.Reader {
	head := appendChunk([]byte(pngSignature), "IHDR", p.header)
	if depth := p.header[8]; p.header[9] == 3 && depth <= 8 {
		colours := newPalette().set(p.palette, 3, false)[:1<<depth]
		var plte []byte
		for _, c := range colours {
			plte = append(plte, c[:]...)
		}
		head = appendChunk(head, "PLTE", plte)
	}
	return io.MultiReader(bytes.NewReader(head), pixels, bytes.NewReader(appendChunk(nil, "IEND", nil)))
}

func appendChunk(to []byte, name string, body []byte) []byte {
	to = binary.BigEndian.AppendUint32(to, uint32(len(body)))
	start := len(to)
	to = append(append(to, name...), body...)
	return binary.BigEndian.AppendUint32(to, crc32.ChecksumIEEE(to[start:]))
}

// chunks are IDAT chunks of the given contents.
type chunks struct {
	data    [][]byte
	pending []byte
}

// Read implements io.Reader.
func (c *chunks) Read(p []byte) (int, error) {
	for len(c.pending) == 0 {
		if len(c.data) == 0 {
			return 0, io.EOF
		}
		c.pending, c.data = appendChunk(nil, "IDAT", c.data[0]), c.data[1:]
	}
	n := copy(p, c.pending)
	c.pending = c.pending[n:]
	return n, nil
}

// inflated are IDAT chunks of the same pixels, uncompressed, and as many as the
// header promises.
type inflated struct {
	from    io.Reader
	left    int64 // bytes of pixels and filters still to come
	sum     hash.Hash32
	block   []byte
	pending []byte
	warning string
	err     error // why there are no more
}

// inflate begins to read the compressed pixels. As in Pillow they need neither end
// nor have a checksum, but a wrong one is an error.
func (p *pngParts) inflate() (*inflated, error) {
	var parts []io.Reader
	for _, d := range p.data {
		parts = append(parts, bytes.NewReader(d))
	}
	z, err := zlib.NewReader(io.MultiReader(parts...))
	if err != nil {
		return nil, damaged("its pixels cannot be inflated")
	}
	return &inflated{from: z, left: p.bytes(), sum: adler32.New(), block: make([]byte, 1<<15)}, nil
}

// bytes is how many bytes the pixels have when inflated, with a byte a row for its
// filter.
func (p *pngParts) bytes() (n int64) {
	w, h := int64(binary.BigEndian.Uint32(p.header)), int64(binary.BigEndian.Uint32(p.header[4:]))
	bits := int64(p.header[8]) * map[byte]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[p.header[9]]
	passes := [][4]int64{{0, 0, 1, 1}}
	if p.header[12] != 0 {
		passes = [][4]int64{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}
	}
	for _, pass := range passes {
		columns, rows := (w-pass[0]+pass[2]-1)/pass[2], (h-pass[1]+pass[3]-1)/pass[3]
		if columns > 0 && rows > 0 {
			n += rows * (1 + (columns*bits+7)/8)
		}
	}
	return n
}

// Read implements io.Reader.
func (f *inflated) Read(p []byte) (int, error) {
	if len(f.pending) == 0 {
		if f.err != nil {
			return 0, f.err
		}
		if f.left == 0 {
			return 0, io.EOF
		}
		f.next()
	}
	n := copy(p, f.pending)
	f.pending = f.pending[n:]
	return n, nil
}

// next makes a chunk of one block that is not compressed.
func (f *inflated) next() {
	var body []byte
	if f.sum.Sum32() == 1 && f.pending == nil { // the first one
		body = append(body, 0x78, 0x01)
	}
	n := min(int64(len(f.block)), f.left)
	if _, err := io.ReadFull(f.from, f.block[:n]); err != nil {
		f.err = errCut
		if !errors.Is(err, io.ErrUnexpectedEOF) && err != io.EOF {
			f.err = damaged("its pixels cannot be inflated")
		}
		return
	}
	f.left -= n
	f.sum.Write(f.block[:n])
	last := byte(0)
	if f.left == 0 {
		last = 1
	}
	body = append(body, last, byte(n), byte(n>>8), byte(^n), byte(^n>>8))
	body = append(body, f.block[:n]...)
	if last == 1 {
		body = binary.BigEndian.AppendUint32(body, f.sum.Sum32())
		f.finish()
	}
	f.pending = appendChunk(nil, "IDAT", body)
}

// finish looks at what follows the pixels.
func (f *inflated) finish() {
	n, err := io.ReadFull(f.from, f.block[:1])
	switch {
	case n > 0:
		f.warning = "it has more pixels than its size needs"
	case errors.Is(err, zlib.ErrChecksum):
		f.err = damaged("the checksum of its pixels is wrong")
	default:
		f.warning = "the end of its pixels is missing"
	}
}

// clipped is 16 bits of gray as Pillow converts them.
func clipped(m *image.Gray16) *image.Gray {
	out := image.NewGray(m.Rect)
	for y := range m.Rect.Dy() {
		row, to := m.Pix[y*m.Stride:], out.Pix[y*out.Stride:]
		for x := range m.Rect.Dx() {
			to[x] = clip(int(row[2*x])<<8 | int(row[2*x+1]))
		}
	}
	return out
}
