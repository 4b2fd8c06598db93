package report

import (
	"encoding/base64"
	"html/template"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/pkg/errors"
	"golang.org/x/image/draw"
)

// Gallery is a number of small pictures with words beneath them. Those of few
// pixels are shown enlarged and sharp, larger ones as thumbnails.
type Gallery struct {
	Name     string // of its file, NAME.png, beside the page; without one there is none
	Caption  string
	Wide     bool // pictures are one below the other, as strips of several are
	Pictures []Picture
}

// Picture is a picture with lines of text beneath it.
type Picture struct {
	Image image.Image
	Lines []string
}

// A picture of at most so many pixels on its longest side is drawn pixel by pixel;
// others are photographs, shrunk to at most thumbnail pixels, or wide ones to strip.
const pixelated, thumbnail, strip = 64, 256, 900

func (g Gallery) html() (template.HTML, error) {
	type picture struct {
		Source        template.URL
		Width, Height int
		Pixels        bool
		Alt           string
		Lines         []string
	}
	pictures := make([]picture, len(g.Pictures))
	for i, p := range g.Pictures {
		if p.Image == nil {
			return "", errors.Errorf("report: picture %d is missing", i)
		}
		size := p.Image.Bounds().Size()
		shown := picture{Pixels: max(size.X, size.Y) <= pixelated, Alt: strings.Join(p.Lines, ", "), Lines: p.Lines}
		var source string
		var err error
		if shown.Pixels {
			source, err = embed("image/png", func(w io.Writer) error { return png.Encode(w, p.Image) })
		} else {
			small, most := p.Image, thumbnail
			if g.Wide {
				most = strip
			}
			if longest := max(size.X, size.Y); longest > most {
				size = image.Pt(max(size.X*most/longest, 1), max(size.Y*most/longest, 1))
				small = scaled(p.Image, size)
			}
			source, err = embed("image/jpeg", func(w io.Writer) error { return jpeg.Encode(w, small, &jpeg.Options{Quality: 85}) })
		}
		if err != nil {
			return "", errors.Wrapf(err, "report: picture %d", i)
		}
		shown.Source, shown.Width, shown.Height = template.URL(source), size.X, size.Y
		pictures[i] = shown
	}
	return render("gallery", struct {
		Caption  string
		Wide     bool
		Pixels   bool // all are shown enlarged
		Pictures []picture
	}{g.Caption, g.Wide, !slices.ContainsFunc(pictures, func(p picture) bool { return !p.Pixels }), pictures})
}

// embed is the address of a picture that lies in the page.
func embed(kind string, encode func(io.Writer) error) (string, error) {
	var b strings.Builder
	b.WriteString("data:" + kind + ";base64,")
	text := base64.NewEncoder(base64.StdEncoding, &b)
	if err := encode(text); err != nil {
		return "", err
	}
	err := text.Close()
	return b.String(), err
}

// scaled is the picture at another size: of few pixels with sharp ones, otherwise
// smooth.
func scaled(p image.Image, size image.Point) image.Image {
	out := image.NewNRGBA(image.Rectangle{Max: size})
	var by draw.Interpolator = draw.CatmullRom
	if from := p.Bounds().Size(); max(from.X, from.Y) <= pixelated {
		by = draw.NearestNeighbor
	}
	by.Scale(out, out.Bounds(), p, p.Bounds(), draw.Src, nil)
	return out
}

// Write draws the gallery to NAME.png in the directory, where it has a name.
func (g Gallery) Write(dir string) error {
	if g.Name == "" {
		return nil
	}
	if g.Name != filepath.Base(g.Name) {
		return errors.Errorf("report: a gallery cannot be written to a file called %q", g.Name)
	}
	return durable.WriteFile(filepath.Join(dir, g.Name+".png"), g.PNG)
}
