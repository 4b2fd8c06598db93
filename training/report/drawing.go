package report

import (
	"image/color"
	"math"
	"slices"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func textStyle(size vg.Length, x text.XAlignment, y text.YAlignment) text.Style {
	return text.Style{
		Color: ink, Font: font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, size),
		XAlign: x, YAlign: y, Handler: plot.DefaultTextHandler,
	}
}

// draw draws the figure: its title, the legend in rows above the axes, where it
// hides nothing, the grid and the curves.
func (f Figure) draw(c draw.Canvas, titled bool) (err error) {
	if err := f.check(); err != nil {
		return err
	}
	defer func() {
		if r := recover(); r != nil {
			err = errors.Errorf("report: figure %s: drawing: %v", f.Name, r)
		}
	}()
	if titled {
		c.SetColor(color.White)
		c.Fill(c.Rectangle.Path())
	}
	c = draw.Crop(c, 4, -8, 4, -6)
	if titled && f.Title != "" {
		title := textStyle(14, text.XCenter, text.YTop)
		c.FillText(title, vg.Point{X: c.Center().X, Y: c.Max.Y}, f.Title)
		c.Max.Y -= title.Height(f.Title) + 7
	}
	c.Max.Y -= f.legend(c)

	x, y := f.scales()
	p := plot.New()
	p.BackgroundColor = nil
	axis(&p.X, f.X, x)
	axis(&p.Y, f.Y, y)
	p.Y.Tick.Label.XAlign, p.Y.Tick.Label.YAlign = text.XRight, text.YCenter
	if len(f.Categories) > 0 && crowded(p.X.Tick.Label, f.Categories, c.Size().X-50) {
		p.X.Tick.Label.Rotation = math.Pi / 4
		p.X.Tick.Label.XAlign = text.XRight
		p.X.Tick.Label.YAlign = text.YTop
	}
	p.Add(grid{})
	for i := range f.Curves {
		p.Add(f.plotter(i))
	}
	p.Draw(c)
	return nil
}

// crowded tells whether names have no room side by side.
func crowded(style text.Style, names []string, width vg.Length) bool {
	for _, name := range names {
		if style.Width(name)+4 > width/vg.Length(len(names)) {
			return true
		}
	}
	return false
}

// scales are the ranges of both axes.
func (f Figure) scales() (x, y scale) {
	var xs, ys []float64
	for _, c := range f.Curves {
		for i := range c.X {
			if !drawable(c.X[i], f.LogX) || !drawable(c.Y[i], f.LogY) {
				continue
			}
			xs, ys = append(xs, c.X[i]), append(ys, c.Y[i])
			if c.Deviation != nil {
				ys = append(ys, c.Y[i]-c.Deviation[i], c.Y[i]+c.Deviation[i])
			}
		}
	}
	if f.Bars && !f.LogY {
		ys = append(ys, 0)
	}
	x, y = span(xs, f.LogX), span(ys, f.LogY)
	if f.Bars || len(f.Categories) > 0 {
		ends := append(xs, 0, float64(max(len(f.Categories), 1)-1))
		low, high := slices.Min(ends), slices.Max(ends)
		x = scale{min: low - 0.5, max: high + 0.5, categories: f.Categories}
	} else if !f.LogX && len(xs) > 0 {
		x.min, x.max = edges(xs)
	}
	return x.clamp(f.XRange), y.clamp(f.YRange)
}

// edges are where an axis ends whose lines run to the edge, as in the paper: zero
// where that is not far, and a whole number that is close by.
func edges(values []float64) (low, high float64) {
	low, high = slices.Min(values), slices.Max(values)
	if low == high {
		return low - 1, high + 1
	}
	if low >= 0 && low < high/2 {
		low = 0
	}
	if whole := math.Ceil(high); whole-high < 0.02*(high-low) {
		high = whole
	}
	return low, high
}

func axis(a *plot.Axis, label string, s scale) {
	a.Min, a.Max = s.min, s.max
	if s.log {
		a.Scale = plot.LogScale{}
	}
	a.Label.Text = label
	a.Label.TextStyle = textStyle(12.5, text.XCenter, text.YBottom)
	a.Label.Padding = 4
	a.Tick.Label = textStyle(11.5, text.XCenter, text.YTop)
	a.Tick.Marker = s
	a.Tick.Length = 4
	a.Tick.LineStyle.Color, a.LineStyle.Color = ink, ink
	a.Padding = 0
}

// grid draws a line at every labelled tick of the Y axis.
type grid struct{}

func (grid) Plot(c draw.Canvas, p *plot.Plot) {
	_, place := p.Transforms(&c)
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if y := place(t.Value); t.Label != "" && c.ContainsY(y) {
			c.StrokeLine2(draw.LineStyle{Color: rules, Width: 0.6}, c.Min.X, y, c.Max.X, y)
		}
	}
}

// plotter draws curve i.
func (f Figure) plotter(i int) plot.Plotter {
	if f.Bars {
		return bars{f, i}
	}
	return line{f, i}
}

type line struct {
	f Figure
	i int
}

func (l line) Plot(c draw.Canvas, p *plot.Plot) {
	curve := l.f.Curves[l.i]
	x, y := p.Transforms(&c)
	var points, upper, lower []vg.Point
	for i := range curve.X {
		if !drawable(curve.X[i], l.f.LogX) || !drawable(curve.Y[i], l.f.LogY) {
			continue
		}
		points = append(points, vg.Point{X: x(curve.X[i]), Y: y(curve.Y[i])})
		if curve.Deviation == nil || !drawable(curve.Deviation[i], false) {
			continue
		}
		up, down := curve.Y[i]+curve.Deviation[i], curve.Y[i]-curve.Deviation[i]
		if l.f.LogY {
			up, down = max(up, p.Y.Min), max(down, p.Y.Min)
		}
		upper = append(upper, vg.Point{X: x(curve.X[i]), Y: y(up)})
		lower = append([]vg.Point{{X: x(curve.X[i]), Y: y(down)}}, lower...)
	}
	if len(upper) > 1 {
		faint := colour(curve.Color)
		faint.A = bandOpacity
		c.FillPolygon(faint, c.ClipPolygonXY(append(upper, lower...)))
	}
	c.StrokeLines(curve.style(), c.ClipLinesXY(points)...)
	if curve.Points || len(points) == 1 {
		for _, at := range points {
			if c.Contains(at) {
				c.DrawGlyph(draw.GlyphStyle{Color: colour(curve.Color), Radius: 2.4, Shape: draw.CircleGlyph{}}, at)
			}
		}
	}
}

func (c Curve) style() draw.LineStyle {
	s := draw.LineStyle{Color: colour(c.Color), Width: 2}
	switch c.Kind {
	case Dashed:
		s.Width, s.Dashes = 1.2, []vg.Length{4, 2.5}
	case Thin:
		s.Width = 1
	}
	return s
}

// bars draws a curve as bars from zero, beside those of the other curves.
type bars struct {
	f Figure
	i int
}

func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	curve := b.f.Curves[b.i]
	x, y := p.Transforms(&c)
	width := 0.8 / float64(len(b.f.Curves))
	for i := range curve.X {
		if !drawable(curve.X[i], false) || !drawable(curve.Y[i], b.f.LogY) {
			continue
		}
		left := curve.X[i] - 0.4 + float64(b.i)*width
		base := 0.0
		if b.f.LogY {
			base = p.Y.Min
		}
		c.FillPolygon(colour(curve.Color), c.ClipPolygonXY([]vg.Point{
			{X: x(left), Y: y(base)}, {X: x(left + width), Y: y(base)}, {X: x(left + width), Y: y(curve.Y[i])}, {X: x(left), Y: y(curve.Y[i])},
		}))
		if curve.Deviation != nil && drawable(curve.Deviation[i], false) && !b.f.LogY {
			at := x(left + width/2)
			whisker := [][]vg.Point{{{X: at, Y: y(curve.Y[i] - curve.Deviation[i])}, {X: at, Y: y(curve.Y[i] + curve.Deviation[i])}}}
			c.StrokeLines(draw.LineStyle{Color: ink, Width: 0.8}, c.ClipLinesXY(whisker...)...)
		}
	}
}

// legend draws the names of the curves in columns at the top and returns the height
// that they take.
func (f Figure) legend(c draw.Canvas) (height vg.Length) {
	const sample, space, gap, row, left = 22, 5, 16, 17, 36
	style := textStyle(11.5, text.XLeft, text.YCenter)
	room := c.Size().X - left
	var named []Curve
	width := vg.Length(0)
	for _, curve := range f.Curves {
		if curve.Name == "" {
			continue
		}
		curve.Name = shortened(curve.Name, func(name string) bool { return sample+space+1.1*style.Width(name) <= room }) // fonts differ
		named = append(named, curve)
		width = max(width, sample+space+1.1*style.Width(curve.Name)+gap)
	}
	if len(named) == 0 {
		return 0
	}
	columns := max(int((room+gap)/width), 1)
	if columns < len(named) && columns > 1 && len(named)%2 == 0 {
		columns -= columns % 2 // what comes in pairs stays side by side
	}
	for i, curve := range named {
		x, y := c.Min.X+left+vg.Length(i%columns)*width, c.Max.Y-row/2-vg.Length(i/columns*row)
		if f.Bars {
			c.FillPolygon(colour(curve.Color), []vg.Point{{X: x + sample/2, Y: y - 4}, {X: x + sample, Y: y - 4}, {X: x + sample, Y: y + 4}, {X: x + sample/2, Y: y + 4}})
		} else {
			c.StrokeLine2(curve.style(), x, y, x+sample, y)
			if curve.Points {
				c.DrawGlyph(draw.GlyphStyle{Color: colour(curve.Color), Radius: 2.4, Shape: draw.CircleGlyph{}}, vg.Point{X: x + sample/2, Y: y})
			}
		}
		c.FillText(style, vg.Point{X: x + sample + space, Y: y}, curve.Name)
	}
	return vg.Length((len(named)+columns-1)/columns*row + 5)
}

// shortened is the end of a name that does not fit, such as a path's, after an
// ellipsis.
func shortened(name string, fits func(string) bool) string {
	const longest = 200 // letters, more than fit
	letters := []rune(name)
	if len(letters) <= longest && fits(name) {
		return name
	}
	letters = letters[max(len(letters)-longest, 0):]
	for len(letters) > 1 && !fits("…"+string(letters)) {
		letters = letters[1:]
	}
	return "…" + string(letters)
}
