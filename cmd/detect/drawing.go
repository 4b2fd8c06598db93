package main

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"

	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/training/detection"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// drawing is a picture and the objects to be drawn on it.
type drawing struct {
	canvas  *image.RGBA        // that begins at 0, 0
	objects []detection.Object // from the highest score on
}

// colour is that of the n-th object: hues as far from each other as they can be.
func colour(n int) color.RGBA {
	hue := math.Mod(float64(n)*0.61803398875, 1)
	at := func(shift float64) uint8 {
		return uint8(255 * min(max(math.Abs(math.Mod(hue+shift, 1)*6-3)-1, 0), 1))
	}
	return color.RGBA{at(0), at(2. / 3), at(1. / 3), 255}
}

// draw draws the objects, those of the highest scores on top.
func (d drawing) draw(name func(class int) string) {
	thick := max(min(d.canvas.Bounds().Dx(), d.canvas.Bounds().Dy())/300, 1)
	for i, o := range slices.Backward(d.objects) {
		d.shade(o, colour(i))
		d.frame(o.Box, thick, colour(i))
	}
	for i, o := range slices.Backward(d.objects) {
		d.label(o, fmt.Sprintf("%s %.0f%%", name(o.Class), 100*o.Score), colour(i))
	}
}

// shade colours the pixels of an object.
func (d drawing) shade(o detection.Object, c color.RGBA) {
	b := d.canvas.Bounds()
	for i, p := range o.Mask(annotations.Size{Height: b.Dy(), Width: b.Dx()}) {
		if p <= 0.5 {
			continue
		}
		at := d.canvas.PixOffset(i%b.Dx(), i/b.Dx())
		for k, v := range []uint8{c.R, c.G, c.B} {
			d.canvas.Pix[at+k] = uint8((int(d.canvas.Pix[at+k]) + int(v)) / 2)
		}
	}
}

// frame draws the sides of a box.
func (d drawing) frame(box annotations.Corners, thick int, c color.RGBA) {
	r := rectangle(box)
	for _, side := range []image.Rectangle{
		{r.Min, image.Pt(r.Max.X, r.Min.Y+thick)}, {image.Pt(r.Min.X, r.Max.Y-thick), r.Max},
		{r.Min, image.Pt(r.Min.X+thick, r.Max.Y)}, {image.Pt(r.Max.X-thick, r.Min.Y), r.Max},
	} {
		draw.Draw(d.canvas, side, image.NewUniform(c), image.Point{}, draw.Src)
	}
}

// label writes a text at the corner of an object.
func (d drawing) label(o detection.Object, text string, c color.RGBA) {
	face := basicfont.Face7x13
	r, b := rectangle(o.Box), d.canvas.Bounds()
	width := font.MeasureString(face, text).Ceil() + 4
	corner := image.Pt(max(min(r.Min.X, b.Max.X-width), 0), max(r.Min.Y-15, 0))
	draw.Draw(d.canvas, image.Rectangle{corner, corner.Add(image.Pt(width, 15))}, image.NewUniform(c), image.Point{}, draw.Src)
	ink := image.Black
	if 3*int(c.R)+6*int(c.G)+int(c.B) < 1100 { // a dark one
		ink = image.White
	}
	w := font.Drawer{Dst: d.canvas, Src: ink, Face: face, Dot: fixed.P(corner.X+2, corner.Y+12)}
	w.DrawString(text)
}

// rectangle is a box in whole pixels.
func rectangle(box annotations.Corners) image.Rectangle {
	round := func(v float32) int { return int(math.Round(float64(v))) }
	return image.Rect(round(box[0]), round(box[1]), round(box[2]), round(box[3]))
}
