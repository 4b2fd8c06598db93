package report

import (
	"io"

	"github.com/pkg/errors"
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

// SVG draws the figure, black on white.
func (f Figure) SVG(w io.Writer) error { return errors.New("report: not yet") }

// PNG draws the figure, black on white.
func (f Figure) PNG(w io.Writer) error { return errors.New("report: not yet") }

// Write draws the figure to NAME.svg and NAME.png in the directory.
func (f Figure) Write(dir string) error { return errors.New("report: not yet") }
