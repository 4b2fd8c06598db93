package segmentation

import (
	"image"
	"image/color"
	"image/draw"

	"github.com/gorgonet/gorgonet/imagenet/annotations"
	scale "golang.org/x/image/draw"
)

// Palette is that of Pascal VOC's masks, a colour for each class: the bits of its number
// dealt out to red, green and blue from the highest down. The background is black.
func Palette() color.Palette {
	p := make(color.Palette, Void+1)
	for class := range p {
		var c [3]uint8
		for bit := range 8 {
			for channel := range c {
				c[channel] |= uint8(class>>(3*bit+channel)&1) << (7 - bit)
			}
		}
		p[class] = color.RGBA{c[0], c[1], c[2], 255}
	}
	return p
}

// Paint is a mask in the colours of Palette, as Pascal VOC's files have it. It shares the
// mask's memory.
func Paint(mask *annotations.Labels) *image.Paletted {
	return &image.Paletted{Pix: mask.Pix, Stride: mask.Width, Rect: image.Rect(0, 0, mask.Width, mask.Height), Palette: Palette()}
}

// Overlay is a picture with a mask of its size over it, half transparent; the background,
// which is the first class, is left as it is.
func Overlay(picture image.Image, mask *annotations.Labels) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, mask.Width, mask.Height))
	draw.Draw(out, out.Rect, picture, picture.Bounds().Min, draw.Src)
	palette := Palette()
	for y := range mask.Height {
		for x, class := range mask.Pix[y*mask.Width:][:mask.Width] {
			if class == 0 {
				continue
			}
			over := palette[class].(color.RGBA)
			to := out.Pix[y*out.Stride+4*x:][:3]
			for i, v := range []uint8{over.R, over.G, over.B} {
				to[i] = uint8((int(to[i]) + int(v) + 1) / 2)
			}
		}
	}
	return out
}

// Strip is a picture, the mask that it has and the one that was found side by side, each
// at most 300 pixels long, to be looked at.
func Strip(picture image.Image, truth, found *annotations.Labels) *image.RGBA {
	const longest, gap = 300, 6
	size := picture.Bounds().Size()
	if most := max(size.X, size.Y); most > longest {
		size = image.Pt(max(size.X*longest/most, 1), max(size.Y*longest/most, 1))
	}
	out := image.NewRGBA(image.Rect(0, 0, 3*size.X+2*gap, size.Y))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	for i, m := range []image.Image{picture, Paint(truth), Paint(found)} {
		at := image.Rectangle{Max: size}.Add(image.Pt(i*(size.X+gap), 0))
		var by scale.Interpolator = scale.NearestNeighbor
		if i == 0 {
			by = scale.ApproxBiLinear
		}
		by.Scale(out, at, m, m.Bounds(), draw.Src, nil)
	}
	return out
}
