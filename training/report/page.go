package report

import (
	"html/template"
	"image"
	"io"

	"github.com/pkg/errors"
)

// Page is one HTML file that needs no other: figures and pictures are in it. It
// is meant for screens of any width, light and dark, and for print. Everything in
// it may come from data: it is escaped.
type Page struct {
	Title    string
	Lead     string // a paragraph: what the page is about, or the finding
	Sections []Section
}

// Section is a part of a page under a heading.
type Section struct {
	Title string
	Parts []Part
}

// Part is what a section is made of: a Paragraph, Table, Figure, Gallery or
// Confusion.
type Part interface {
	html() (template.HTML, error)
}

// Paragraph is plain text.
type Paragraph string

// Table is a table with a caption. Columns of nothing but numbers stand to the
// right.
type Table struct {
	Caption string
	Columns []string
	Rows    [][]string // each of as many cells as there are columns
}

// Gallery is a row of small pictures, shown enlarged with sharp pixels.
type Gallery struct {
	Caption  string
	Pictures []Picture
}

// Picture is a picture with lines of text beneath it.
type Picture struct {
	Image image.Image
	Lines []string
}

// Confusion tells how often examples of one class were taken for each: a heat map
// for up to 20 classes, the most frequent mistakes for more.
type Confusion struct {
	Caption string
	Classes []string
	Counts  [][]int // [true class][predicted class]
}

func (p Paragraph) html() (template.HTML, error) { return "", nil }
func (t Table) html() (template.HTML, error)     { return "", nil }
func (f Figure) html() (template.HTML, error)    { return "", nil }
func (g Gallery) html() (template.HTML, error)   { return "", nil }
func (c Confusion) html() (template.HTML, error) { return "", nil }

// HTML writes the page.
func (p Page) HTML(w io.Writer) error { return errors.New("report: not yet") }

// Write writes the page to report.html in the directory, whole or not at all, and
// every figure in it to files beside it.
func (p Page) Write(dir string) error { return errors.New("report: not yet") }
