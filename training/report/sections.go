package report

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/pkg/errors"
)

// sectionsFile is what Record writes.
const sectionsFile = "sections.json"

// maxSections bounds the file, and maxPixels a picture in it.
const maxSections, maxPixels = 1 << 28, 1 << 24

// kept is a section in the file.
type kept struct {
	Title string         `json:"title"`
	Parts []recordedPart `json:"parts"`
}

// recordedPart is one of its parts, of which one field is there.
type recordedPart struct {
	Text    Paragraph        `json:"text,omitempty"`
	Table   *Table           `json:"table,omitempty"`
	Gallery *recordedGallery `json:"gallery,omitempty"`
}

type recordedGallery struct {
	Name, Caption string
	Wide          bool
	Pictures      []recordedPicture
}

type recordedPicture struct {
	PNG   []byte
	Lines []string
}

// Record keeps sections of a kind of its own with the records of a run, for every page
// that is made of them: those of a task, such as a table of classes. Parts are
// Paragraphs, Tables and Galleries. Those kept before are replaced.
func Record(dir string, sections []Section) error {
	var all []kept
	for _, s := range sections {
		r := kept{Title: s.Title}
		for _, part := range s.Parts {
			kept, err := keep(part)
			if err != nil {
				return errors.Wrapf(err, "report: section %q", s.Title)
			}
			r.Parts = append(r.Parts, kept)
		}
		all = append(all, r)
	}
	return durable.WriteFile(filepath.Join(dir, sectionsFile), func(w io.Writer) error { return json.NewEncoder(w).Encode(all) })
}

func keep(part Part) (kept recordedPart, err error) {
	switch p := part.(type) {
	case Paragraph:
		kept.Text = p
	case Table:
		kept.Table = &p
	case Gallery:
		kept.Gallery = &recordedGallery{Name: p.Name, Caption: p.Caption, Wide: p.Wide}
		for _, picture := range p.Pictures {
			var text bytes.Buffer
			if err := png.Encode(&text, picture.Image); err != nil {
				return kept, err
			}
			kept.Gallery.Pictures = append(kept.Gallery.Pictures, recordedPicture{text.Bytes(), picture.Lines})
		}
	default:
		return kept, errors.Errorf("a %T is not kept; want a Paragraph, a Table or a Gallery", part)
	}
	return kept, nil
}

// readSections reads what Record has kept, nil where nothing is.
func readSections(dir string) (sections []Section, err error) {
	path := filepath.Join(dir, sectionsFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	defer func() { err = errors.Wrapf(err, "report: %s is damaged", path) }()
	var text []byte
	if err == nil && info.Size() > maxSections {
		err = errors.Errorf("%d bytes are too many", info.Size())
	}
	if err == nil {
		text, err = os.ReadFile(path)
	}
	var all []kept
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	for _, r := range all {
		s := Section{Title: r.Title}
		for _, kept := range r.Parts {
			part, err := kept.part()
			if err != nil {
				return nil, err
			}
			s.Parts = append(s.Parts, part)
		}
		sections = append(sections, s)
	}
	return sections, err
}

func (p recordedPart) part() (Part, error) {
	switch {
	case p.Table != nil:
		for _, row := range p.Table.Rows {
			if len(row) != len(p.Table.Columns) {
				return nil, errors.Errorf("table %q has rows of other lengths than its head", p.Table.Caption)
			}
		}
		return *p.Table, nil
	case p.Gallery == nil:
		return p.Text, nil
	}
	g := Gallery{Name: p.Gallery.Name, Caption: p.Gallery.Caption, Wide: p.Gallery.Wide}
	if g.Name != "" && g.Name != filepath.Base(g.Name) {
		return nil, errors.Errorf("a gallery is called %q", g.Name)
	}
	for _, picture := range p.Gallery.Pictures {
		m, err := decode(picture.PNG)
		if err != nil {
			return nil, err
		}
		g.Pictures = append(g.Pictures, Picture{m, picture.Lines})
	}
	return g, nil
}

// decode reads a picture whose size is looked at first.
func decode(text []byte) (image.Image, error) {
	header, err := png.DecodeConfig(bytes.NewReader(text))
	if err == nil && (header.Width > maxPixels || header.Height > maxPixels/max(header.Width, 1)) {
		err = errors.Errorf("a picture of %dx%d is too large", header.Width, header.Height)
	}
	if err != nil {
		return nil, err
	}
	return png.Decode(bytes.NewReader(text))
}
