package report

import (
	_ "embed"
	"html/template"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/pkg/errors"
)

// File is what a page is called.
const File = "report.html"

//go:embed page.html
var pageTemplates string

var templates = template.Must(template.New("").Parse(pageTemplates))

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

// Part is what a section is made of: a Paragraph, Table, Figure, Gallery, Sheet or
// Confusion.
type Part interface {
	html() (template.HTML, error)
}

// HTML writes the page.
func (p Page) HTML(w io.Writer) error {
	type section struct {
		Title string
		Parts []template.HTML
	}
	page := struct {
		Title, Lead string
		Sections    []section
	}{Title: p.Title, Lead: p.Lead}
	for _, s := range p.Sections {
		parts := make([]template.HTML, len(s.Parts))
		for i, part := range s.Parts {
			if part == nil {
				return errors.Errorf("report: part %d of section %q is missing", i, s.Title)
			}
			var err error
			if parts[i], err = part.html(); err != nil {
				return err
			}
		}
		page.Sections = append(page.Sections, section{s.Title, parts})
	}
	text, err := render("page", page)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, clean(string(text)))
	return errors.Wrap(err, "report: page")
}

// clean replaces what no page and no drawing may hold: control characters and
// bytes that are not UTF-8.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == '\ufffe' || r == '\uffff' {
			return utf8.RuneError
		}
		return r
	}, text)
}

// Write writes the page to report.html in the directory, and beside it every
// figure on it to NAME.svg and NAME.png and every gallery that has a name to
// NAME.png; each file whole or not at all.
func (p Page) Write(dir string) error {
	for _, s := range p.Sections {
		for _, part := range s.Parts {
			if f, ok := part.(interface{ Write(dir string) error }); ok {
				if err := f.Write(dir); err != nil {
					return err
				}
			}
		}
	}
	return durable.WriteFile(filepath.Join(dir, File), p.HTML)
}

// render puts data through a part's template.
func render(name string, data any) (template.HTML, error) {
	var b strings.Builder
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		return "", errors.Wrapf(err, "report: %s", name)
	}
	return template.HTML(b.String()), nil
}

// Paragraph is plain text.
type Paragraph string

func (p Paragraph) html() (template.HTML, error) { return render("paragraph", string(p)) }

// html is the figure within the page: its colours are the page's, its width is
// that of the text.
func (f Figure) html() (template.HTML, error) {
	text, err := f.svg(false)
	if err != nil {
		return "", err
	}
	_, text, _ = strings.Cut(text, "<svg")
	_, text, _ = strings.Cut(text, ">") // sizes in points and names of namespaces
	head, err := render("svg", struct {
		Title         string
		Width, Height int
	}{f.Title, figureWidth, figureHeight})
	if err != nil {
		return "", err
	}
	return render("figure", struct {
		Drawing        template.HTML
		Title, Caption string
	}{head + template.HTML(themed(text)), f.Title, f.Caption})
}
