package report

import (
	"encoding/base64"
	"html/template"
	"image"
	"image/png"
	"strings"

	"github.com/pkg/errors"
)

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

func (g Gallery) html() (template.HTML, error) {
	type picture struct {
		Source        template.URL
		Width, Height int
		Alt           string
		Lines         []string
	}
	pictures := make([]picture, len(g.Pictures))
	for i, p := range g.Pictures {
		if p.Image == nil {
			return "", errors.Errorf("report: picture %d is missing", i)
		}
		var b strings.Builder
		b.WriteString("data:image/png;base64,")
		text := base64.NewEncoder(base64.StdEncoding, &b)
		if err := png.Encode(text, p.Image); err != nil {
			return "", errors.Wrapf(err, "report: picture %d", i)
		}
		text.Close()
		size := p.Image.Bounds().Size()
		pictures[i] = picture{template.URL(b.String()), size.X, size.Y, strings.Join(p.Lines, ", "), p.Lines}
	}
	return render("gallery", struct {
		Caption  string
		Pictures []picture
	}{g.Caption, pictures})
}
