package raster

import (
	"bytes"
	"encoding/binary"
	"image"
	"math"
	"strconv"
)

const pnmSpace = " \t\n\x0b\x0c\r"

func isPNM(data []byte) bool {
	return len(data) > 3 && data[0] == 'P' && data[1] >= '1' && data[1] <= '6' && (bytes.IndexByte([]byte(pnmSpace), data[2]) >= 0 || data[2] == '#')
}

// decodePNM reads portable bitmaps, gray maps and pixmaps, as text or bytes, of up to
// 16 bits.
func decodePNM(data []byte, check Check) (image.Image, []string, error) {
	form := data[1] - '0'
	plain := form <= 3
	form = (form-1)%3 + 1 // 1 bits, 2 gray, 3 colours
	rest := data[2:]
	var header [3]int
	count := 3
	if form == 1 {
		count = 2
	}
	for i := range count {
		var token []byte
		if token, rest = pnmToken(rest); len(token) == 0 {
			return nil, nil, errCut
		}
		n, err := strconv.ParseUint(string(token), 10, 32)
		if err != nil {
			return nil, nil, damaged("%.20q in its header is no number", token)
		}
		header[i] = int(n)
	}
	size, most, bands := image.Pt(header[0], header[1]), header[2], 1
	perByte := 1
	switch form {
	case 1:
		most, perByte = 1, 8
	case 3:
		bands = 3
	}
	if most < 1 || most > 65535 {
		return nil, nil, damaged("its largest value is %d, not 1 to 65535", most)
	}
	if err := check(size, perByte); err != nil {
		return nil, nil, err
	}
	next := pnmBytes(rest, most)
	switch {
	case form == 1 && plain:
		next = pnmPlainBits(rest)
	case plain:
		next = pnmNumbers(rest)
	case form == 1:
		return pnmBits(rest, size)
	}
	byteOf := pnmScale(most, bands)
	gray, colour := image.NewGray(image.Rectangle{Max: size}), canvas{}
	if bands == 3 {
		gray, colour = nil, newCanvas(size)
	}
	for y := range size.Y {
		for x := range size.X {
			var c [3]byte
			for b := range bands {
				v, ok := next()
				if !ok {
					return nil, nil, errCut
				}
				if plain && v > most {
					return nil, nil, damaged("it has the value %d, above %d", v, most)
				}
				c[b] = byteOf(v)
			}
			if gray != nil {
				gray.Pix[y*gray.Stride+x] = c[0]
			} else {
				colour.put(x, y, c[0], c[1], c[2])
			}
		}
	}
	if gray != nil {
		return gray, nil, nil
	}
	return colour.RGBA, nil, nil
}

// pnmToken takes a word and the space that ends it; a # begins a comment up to the end
// of its line.
func pnmToken(data []byte) (token, rest []byte) {
	for len(data) > 0 {
		c := data[0]
		data = data[1:]
		switch {
		case c == '#':
			end := bytes.IndexAny(data, "\r\n")
			if end < 0 {
				return token, nil
			}
			data = data[end+1:]
		case bytes.IndexByte([]byte(pnmSpace), c) < 0:
			if token = append(token, c); len(token) > 10 {
				return token, data
			}
		case len(token) > 0:
			return token, data
		}
	}
	return token, nil
}

// pnmScale brings values of up to most to bytes. Pillow has gray of more than 255 in
// 16 bits, and then cuts off all that is above 255.
func pnmScale(most, bands int) func(v int) byte {
	scaled := func(to float64) func(v int) byte {
		return func(v int) byte { return clip(int(math.RoundToEven(float64(v) / float64(most) * to))) }
	}
	switch {
	case most == 255:
		return func(v int) byte { return clip(v) }
	case most > 255 && bands == 1:
		return scaled(65535)
	}
	return scaled(255)
}

// pnmBytes gives values of one byte, or two where they are above 255.
func pnmBytes(data []byte, most int) func() (int, bool) {
	return func() (v int, ok bool) {
		switch {
		case most < 256 && len(data) >= 1:
			v, data = int(data[0]), data[1:]
			return v, true
		case most >= 256 && len(data) >= 2:
			v, data = int(binary.BigEndian.Uint16(data)), data[2:]
			return v, true
		}
		return 0, false
	}
}

// pnmNumbers gives the numbers of a text.
func pnmNumbers(data []byte) func() (int, bool) {
	return func() (int, bool) {
		var token []byte
		if token, data = pnmToken(data); len(token) == 0 {
			return 0, false
		}
		n, err := strconv.ParseUint(string(token), 10, 31)
		return int(n), err == nil
	}
}

// pnmPlainBits gives the digits of a text, 1 for black, with or without space between.
func pnmPlainBits(data []byte) func() (int, bool) {
	return func() (int, bool) {
		for len(data) > 0 {
			c := data[0]
			data = data[1:]
			switch {
			case c == '0' || c == '1':
				return 1 - int(c-'0'), true
			case c == '#':
				data = data[min(len(data), max(bytes.IndexAny(data, "\r\n"), 0)):]
			case bytes.IndexByte([]byte(pnmSpace), c) < 0:
				return 0, false
			}
		}
		return 0, false
	}
}

// pnmBits reads rows of bits, 1 for black.
func pnmBits(data []byte, size image.Point) (image.Image, []string, error) {
	stride := (size.X + 7) / 8
	if len(data) < stride*size.Y {
		return nil, nil, errCut
	}
	m := image.NewGray(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			m.Pix[y*m.Stride+x] = 255 * (1 - unpack(data[y*stride:], x, 1))
		}
	}
	return m, nil, nil
}
