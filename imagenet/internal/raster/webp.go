package raster

import (
	"bytes"
	"encoding/binary"
	"image"

	"github.com/pkg/errors"
	"golang.org/x/image/vp8"
	"golang.org/x/image/vp8l"
)

func isWebP(data []byte) bool {
	return len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
}

// webpDensity is how many pixels a byte can stand for: a picture of one colour is next
// to nothing.
const webpDensity = 1 << 20

// decodeWebP reads the picture, or the first frame of an animation on black. Alpha
// is dropped.
func decodeWebP(data []byte, check Check) (image.Image, []string, error) {
	var screen image.Point
	for rest := data[12:]; ; {
		name, body, next, err := webpChunk(rest)
		if err != nil {
			return nil, nil, err
		}
		rest = next
		switch {
		case name == "VP8X" && len(body) >= 10:
			screen = image.Pt(1+uint24(body[4:]), 1+uint24(body[7:]))
		case name == "VP8 " || name == "VP8L":
			m, err := webpFrame(name, body, check)
			return m, nil, err
		case name == "ANMF" && len(body) >= 16:
			m, err := webpFirst(body, screen, check)
			return m, nil, err
		}
	}
}

// webpChunk takes a chunk off; they have even lengths.
func webpChunk(data []byte) (name string, body, rest []byte, err error) {
	if len(data) < 8 {
		return "", nil, nil, errCut
	}
	length := int64(binary.LittleEndian.Uint32(data[4:]))
	body = data[8:]
	if length > int64(len(body)) {
		return "", nil, nil, errCut
	}
	return string(data[:4]), body[:length], body[min(length+length%2, int64(len(body))):], nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// webpFirst puts an animation's frame where it belongs.
func webpFirst(body []byte, screen image.Point, check Check) (image.Image, error) {
	if err := check(screen, webpDensity); err != nil {
		return nil, err
	}
	at := image.Pt(2*uint24(body), 2*uint24(body[3:]))
	for rest := body[16:]; ; {
		name, inner, next, err := webpChunk(rest)
		if err != nil {
			return nil, err
		}
		if rest = next; name != "VP8 " && name != "VP8L" {
			continue
		}
		frame, err := webpFrame(name, inner, check)
		if err != nil {
			return nil, err
		}
		size := frame.Bounds().Size()
		if at.X+size.X > screen.X || at.Y+size.Y > screen.Y {
			return nil, damaged("its first frame is larger than the picture")
		}
		m := newCanvas(screen)
		for y := range size.Y {
			for x := range size.X {
				copy(m.Pix[(at.Y+y)*m.Stride+4*(at.X+x):][:3], webpPixel(frame, x, y))
			}
		}
		return m.RGBA, nil
	}
}

// webpPixel is red, green and blue.
func webpPixel(m image.Image, x, y int) []byte {
	switch m := m.(type) {
	case *image.RGBA:
		return m.Pix[y*m.Stride+4*x:][:3]
	case *image.NRGBA:
		return m.Pix[y*m.Stride+4*x:][:3]
	}
	return []byte{0, 0, 0}
}

// webpFrame decodes the data of one picture, with loss (VP8) or without (VP8L).
func webpFrame(name string, body []byte, check Check) (image.Image, error) {
	if name == "VP8L" {
		config, err := vp8l.DecodeConfig(bytes.NewReader(body))
		if err != nil {
			return nil, errors.Wrap(err, "damaged picture")
		}
		if err := check(image.Pt(config.Width, config.Height), webpDensity); err != nil {
			return nil, err
		}
		m, err := vp8l.Decode(bytes.NewReader(body))
		return m, errors.Wrap(err, "damaged picture")
	}
	d := vp8.NewDecoder()
	d.Init(bytes.NewReader(body), len(body))
	header, err := d.DecodeFrameHeader()
	if err != nil {
		return nil, errors.Wrap(err, "damaged picture")
	}
	if err := check(image.Pt(header.Width, header.Height), webpDensity); err != nil {
		return nil, err
	}
	m, err := d.DecodeFrame()
	if err != nil {
		return nil, errors.Wrap(err, "damaged picture")
	}
	return fromYUV(m), nil
}

// fromYUV converts as libwebp does: between the four nearest values of a colour
// difference, the nearest counts 9/16, and the colours are those of ITU-R BT.601 with
// 16 for black.
func fromYUV(m *image.YCbCr) *image.RGBA {
	size := m.Rect.Size()
	out := newCanvas(size)
	w, h := size.X, size.Y
	half := (w + 1) / 2
	u := func(row int) []byte { return m.Cb[row*m.CStride:][:half] }
	v := func(row int) []byte { return m.Cr[row*m.CStride:][:half] }
	last := (h+1)/2 - 1
	blueness, redness := make([]byte, w), make([]byte, w)
	for y := range h {
		// The row of differences that is nearest, and the next one.
		near := y / 2
		far := min(max(near+y%2*2-1, 0), last)
		upsample(blueness, u(near), u(far))
		upsample(redness, v(near), v(far))
		luma, to := m.Y[y*m.YStride:][:w], out.Pix[y*out.Stride:]
		for x, l := range luma {
			red, green, blue := yuv(int(l), int(blueness[x]), int(redness[x]))
			to[4*x], to[4*x+1], to[4*x+2] = red, green, blue
		}
	}
	return out.RGBA
}

// upsample doubles a row, between itself and another one, with libwebp's rounding.
func upsample(dst, near, far []byte) {
	edge := func(i int) byte { return byte((3*int(near[i]) + int(far[i]) + 2) >> 2) }
	n := len(dst)
	dst[0] = edge(0)
	for i := 1; i <= (n-1)/2; i++ {
		a, b, c, d := int(near[i-1]), int(near[i]), int(far[i-1]), int(far[i])
		sum := a + b + c + d + 8
		// Weights 9 3 3 1 in two steps.
		ad, bc := (sum+2*(b+c))>>3, (sum+2*(a+d))>>3
		dst[2*i-1] = byte((ad + a) >> 1)
		dst[2*i] = byte((bc + b) >> 1)
	}
	if n%2 == 0 && n > 0 {
		dst[n-1] = edge(n/2 - 1)
	}
}

// yuv converts a pixel in fixed point.
func yuv(y, u, v int) (red, green, blue byte) {
	l := y * 19077 >> 8
	narrow := func(x int) byte { return clip(x >> 6) }
	return narrow(l + v*26149>>8 - 14234),
		narrow(l - u*6419>>8 - v*13320>>8 + 8708),
		narrow(l + u*33050>>8 - 17685)
}
