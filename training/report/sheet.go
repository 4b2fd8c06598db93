package report

import (
	"image"
	"image/color"
	"io"
	"strings"

	"github.com/pkg/errors"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// The measures of a gallery's sheet in points, which are two pixels each.
const (
	tile, tileGap, tileMargin = 96, 12, 12 // the longest side of a picture; between pictures; around them
	tilesAcross               = 6
	labelSize, labelRow       = 9, 11
	labelRows                 = 2   // that a line of text may take
	maxRow                    = 100 // letters, more than any row has
)

// PNG draws the pictures in rows of six on white, each with its lines beneath it.
// Lines that are too long for two rows end in an ellipsis.
func (g Gallery) PNG(w io.Writer) error {
	style := textStyle(labelSize, text.XLeft, text.YTop)
	labels := make([][]string, len(g.Pictures))
	rows := 0
	for i, p := range g.Pictures {
		if p.Image == nil || p.Image.Bounds().Empty() {
			return errors.Errorf("report: picture %d is missing", i)
		}
		for _, line := range p.Lines {
			labels[i] = append(labels[i], folded(clean(line), labelRows, func(s string) bool { return style.Width(s) <= tile })...)
		}
		rows = max(rows, len(labels[i]))
	}
	across := max(min(len(g.Pictures), tilesAcross), 1)
	down := (len(g.Pictures) + across - 1) / across
	height := tile + 4 + labelRow*rows
	c := vgimg.NewWith(vgimg.UseDPI(144), vgimg.UseWH(
		vg.Length(2*tileMargin+across*(tile+tileGap)-tileGap), vg.Length(2*tileMargin+max(down*(height+tileGap)-tileGap, 0))))
	sheet := draw.New(c)
	sheet.SetColor(color.White)
	sheet.Fill(sheet.Rectangle.Path())
	for i, p := range g.Pictures {
		x := sheet.Min.X + vg.Length(tileMargin+i%across*(tile+tileGap))
		y := sheet.Max.Y - vg.Length(tileMargin+i/across*(height+tileGap)) // the top
		size := p.Image.Bounds().Size()
		longest := max(size.X, size.Y)
		size = image.Pt(max(2*tile*size.X/longest, 1), max(2*tile*size.Y/longest, 1))
		low := vg.Point{X: x, Y: y - vg.Length(size.Y)/2}
		sheet.DrawImage(vg.Rectangle{Min: low, Max: low.Add(vg.Point{X: vg.Length(size.X) / 2, Y: vg.Length(size.Y) / 2})}, scaled(p.Image, size))
		for j, line := range labels[i] {
			sheet.FillText(style, vg.Point{X: x, Y: y - vg.Length(tile+4+labelRow*j)}, line)
		}
	}
	_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(w)
	return errors.Wrapf(err, "report: gallery %s", g.Name)
}

// folded breaks a line into at most so many rows that fit, at spaces where it can.
func folded(line string, rows int, fits func(string) bool) (out []string) {
	rest := []rune(strings.Trim(line, " "))
	rest = rest[:min(len(rest), rows*maxRow)]
	for len(rest) > 0 {
		n := len(rest)
		for n > 1 && !fits(string(rest[:n])) {
			n--
		}
		if n < len(rest) && len(out) == rows-1 {
			for n > 1 && !fits(string(rest[:n])+"…") {
				n--
			}
			return append(out, strings.TrimRight(string(rest[:n]), " ")+"…")
		}
		if n < len(rest) {
			for at := n; at > 0; at-- {
				if rest[at] == ' ' {
					n = at
					break
				}
			}
		}
		out = append(out, string(rest[:n]))
		for rest = rest[n:]; len(rest) > 0 && rest[0] == ' '; rest = rest[1:] {
		}
	}
	return out
}
