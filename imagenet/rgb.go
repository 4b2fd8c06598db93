package imagenet

import (
	"image"
	"image/color"
	"image/draw"
)

// rgb is the picture in red, green and blue of eight bits, opaque, with its upper
// left corner at 0, 0. As in Pillow, and so in torchvision, gray becomes three
// equal channels and transparency is dropped: the colour under it shows. Sixteen
// bits lose their lower half.
func rgb(picture image.Image) *image.RGBA {
	b := picture.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	if opaque, ok := picture.(interface{ Opaque() bool }); ok && opaque.Opaque() {
		draw.Draw(out, out.Bounds(), picture, b.Min, draw.Src) // has fast ways for most kinds
		return out
	}
	at := straight(picture)
	for y := range b.Dy() {
		row := out.Pix[y*out.Stride:]
		for x := range b.Dx() {
			c := at(b.Min.X+x, b.Min.Y+y)
			row[4*x], row[4*x+1], row[4*x+2], row[4*x+3] = c.R, c.G, c.B, 255
		}
	}
	return out
}

// straight gives a picture's colours before transparency was multiplied in.
func straight(picture image.Image) func(x, y int) color.NRGBA {
	convert := func(c color.Color) color.NRGBA { return color.NRGBAModel.Convert(c).(color.NRGBA) }
	switch src := picture.(type) {
	case *image.NRGBA:
		return src.NRGBAAt
	case *image.NRGBA64: // its colours survive where they are wholly transparent
		return func(x, y int) color.NRGBA {
			c := src.NRGBA64At(x, y)
			return color.NRGBA{R: uint8(c.R >> 8), G: uint8(c.G >> 8), B: uint8(c.B >> 8), A: 255}
		}
	case *image.Paletted:
		palette := make([]color.NRGBA, len(src.Palette))
		for i, c := range src.Palette {
			palette[i] = convert(c)
		}
		return func(x, y int) color.NRGBA {
			if i := int(src.ColorIndexAt(x, y)); i < len(palette) {
				return palette[i]
			}
			return color.NRGBA{}
		}
	}
	return func(x, y int) color.NRGBA { return convert(picture.At(x, y)) }
}
