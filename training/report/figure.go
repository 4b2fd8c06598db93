package report

import (
	"io"
	"path/filepath"
	"strings"

	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/pkg/errors"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Figure is a drawing of curves or bars over two named axes.
type Figure struct {
	Name    string // of its files, without their extension
	Title   string
	Caption string // what is seen, and where the paper has the like

	X, Y       string     // what the axes show, with the unit
	LogX, LogY bool       // points that are not positive are then left out
	XRange     [2]float64 // of the axis; the same number twice means what the points need
	YRange     [2]float64

	// Bars draws bars from zero instead of lines, those of several curves side by
	// side. Places of the same X belong together.
	Bars bool
	// Categories, if any, name the places 0, 1, 2 and so on of the X axis.
	Categories []string

	Curves []Curve
}

// Curve is one line, or the bars of one colour, of a figure.
type Curve struct {
	Name      string    // in the legend; without one it is not listed
	X, Y      []float64 // of the same length; points that are not finite are left out
	Deviation []float64 // of Y: a band around the line as wide either way; nil for none
	Color     int       // of the palette, 0, 1, 2 and so on: one colour a network
	Kind      Kind
	Points    bool // marks them
}

// Kind is how a line is drawn.
type Kind int

// As in the paper's Fig. 6: "dashed lines denote training error, and bold lines
// denote testing error".
const (
	Bold Kind = iota
	Dashed
	Thin
)

// The size of a figure in points. Its letters stay readable when it is as narrow
// as a phone.
const figureWidth, figureHeight = 432, 288

// SVG draws the figure on white.
func (f Figure) SVG(w io.Writer) error {
	text, err := f.svg(true)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return errors.Wrapf(err, "report: figure %s", f.Name)
}

// svg is the figure with its title or, for a page that has it beside the figure,
// without.
func (f Figure) svg(titled bool) (string, error) {
	c := vgsvg.New(figureWidth, figureHeight)
	if err := f.draw(draw.New(c), titled); err != nil {
		return "", err
	}
	var b strings.Builder
	if _, err := c.WriteTo(&b); err != nil {
		return "", errors.Wrapf(err, "report: figure %s", f.Name)
	}
	// Fonts as wide as the one that the text was measured with.
	return strings.ReplaceAll(clean(b.String()), "font-family:Liberation Sans;", "font-family:Liberation Sans,Arial,Helvetica,sans-serif;"), nil
}

// PNG draws the figure on white, with two pixels a point.
func (f Figure) PNG(w io.Writer) error {
	c := vgimg.NewWith(vgimg.UseWH(figureWidth, figureHeight), vgimg.UseDPI(144))
	if err := f.draw(draw.New(c), true); err != nil {
		return err
	}
	_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(w)
	return errors.Wrapf(err, "report: figure %s", f.Name)
}

// Write draws the figure to NAME.svg and NAME.png in the directory.
func (f Figure) Write(dir string) error {
	if f.Name == "" || f.Name != filepath.Base(f.Name) {
		return errors.Errorf("report: a figure cannot be written to files called %q", f.Name)
	}
	if err := durable.WriteFile(filepath.Join(dir, f.Name+".svg"), f.SVG); err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(dir, f.Name+".png"), f.PNG)
}

// check tells what is wrong with the figure.
func (f Figure) check() error {
	for _, c := range f.Curves {
		if len(c.X) != len(c.Y) || c.Deviation != nil && len(c.Deviation) != len(c.Y) {
			return errors.Errorf("report: figure %s: curve %s: want as many y and deviations as x, got %d, %d and %d",
				f.Name, c.Name, len(c.Y), len(c.Deviation), len(c.X))
		}
	}
	return nil
}
