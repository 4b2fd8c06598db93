package raster

import (
	"bytes"
	"compress/lzw"
	"encoding/binary"
	"image"
	"io"
)

// decodeGIF reads the first frame on the screen that the file describes. What the
// frame leaves uncovered has the transparent colour, or else colour 0.
func decodeGIF(data []byte, check Check) (image.Image, []string, error) {
	if len(data) < 13 {
		return nil, nil, errCut
	}
	size := image.Pt(int(binary.LittleEndian.Uint16(data[6:])), int(binary.LittleEndian.Uint16(data[8:])))
	colours, rest := newPalette(), data[13:]
	var err error
	if colours, rest, err = gifPalette(data[10], colours, rest); err != nil {
		return nil, nil, err
	}
	background := byte(0)
	for {
		if len(rest) == 0 || rest[0] == ';' {
			return nil, nil, damaged("it has no frame")
		}
		introducer := rest[0]
		rest = rest[1:]
		if introducer == ',' {
			break
		}
		if introducer != '!' || len(rest) == 0 {
			continue
		}
		label := rest[0]
		var blocks []byte
		if blocks, rest = gifBlocks(rest[1:]); label == 0xf9 && len(blocks) >= 4 && blocks[0]&1 != 0 {
			background = blocks[3]
		}
	}
	if len(rest) < 10 {
		return nil, nil, errCut
	}
	le := binary.LittleEndian
	frame := image.Rect(0, 0, int(le.Uint16(rest[4:])), int(le.Uint16(rest[6:]))).Add(image.Pt(int(le.Uint16(rest)), int(le.Uint16(rest[2:]))))
	flags := rest[8]
	if flags&0x80 != 0 {
		colours = newPalette()
	}
	if colours, rest, err = gifPalette(flags, colours, rest[9:]); err != nil || len(rest) == 0 {
		return nil, nil, errCut
	}
	size = image.Pt(max(size.X, frame.Max.X), max(size.Y, frame.Max.Y))
	if err := check(size, 8<<10); err != nil {
		return nil, nil, err
	}
	if frame.Empty() {
		return nil, nil, damaged("its first frame has no pixels")
	}
	codes := int(rest[0])
	if codes < 1 || codes > 8 {
		return nil, nil, damaged("its pixels are of %d bits", codes)
	}
	packed, rest := gifBlocks(rest[1:])
	indices := make([]byte, frame.Dx()*frame.Dy())
	if _, err := io.ReadFull(lzw.NewReader(bytes.NewReader(packed), lzw.LSB, max(codes, 2)), indices); err != nil {
		if err == io.ErrUnexpectedEOF || err == io.EOF {
			return nil, nil, errCut
		}
		return nil, nil, damaged("its pixels cannot be unpacked")
	}
	m := newCanvas(size)
	if frame.Size() != size {
		c := colours[background]
		for y := range size.Y {
			for x := range size.X {
				m.put(x, y, c[0], c[1], c[2])
			}
		}
	}
	for i, y := range gifRows(frame.Dy(), flags&0x40 != 0) {
		for x := range frame.Dx() {
			c := colours[indices[i*frame.Dx()+x]]
			m.put(frame.Min.X+x, frame.Min.Y+y, c[0], c[1], c[2])
		}
	}
	var warnings []string
	if len(rest) == 0 {
		warnings = append(warnings, "it has no end")
	}
	return m.RGBA, warnings, nil
}

// gifPalette reads the colours that flags announce.
func gifPalette(flags byte, colours *palette, rest []byte) (*palette, []byte, error) {
	if flags&0x80 == 0 {
		return colours, rest, nil
	}
	n := 3 << (flags&7 + 1)
	if len(rest) < n {
		return nil, nil, errCut
	}
	return colours.set(rest[:n], 3, false), rest[n:], nil
}

// gifBlocks joins blocks of up to 255 bytes, as far as they are there.
func gifBlocks(data []byte) (joined, rest []byte) {
	for len(data) > 0 {
		n := int(data[0])
		data = data[1:]
		if n == 0 {
			return joined, data
		}
		n = min(n, len(data))
		joined, data = append(joined, data[:n]...), data[n:]
	}
	return joined, nil
}

// gifRows is where rows go in the order in which they come.
func gifRows(height int, interlaced bool) []int {
	rows := make([]int, 0, height)
	if !interlaced {
		for y := range height {
			rows = append(rows, y)
		}
		return rows
	}
	for _, pass := range [][2]int{{0, 8}, {4, 8}, {2, 4}, {1, 2}} {
		for y := pass[0]; y < height; y += pass[1] {
			rows = append(rows, y)
		}
	}
	return rows
}
