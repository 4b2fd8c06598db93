package report

import (
	"bytes"
	"fmt"
	"html/template"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// Sheet is one picture, shown as wide as the text and pixel by pixel: a PNG file.
type Sheet struct {
	Caption string
	PNG     []byte
}

func (s Sheet) html() (template.HTML, error) {
	size, err := png.DecodeConfig(bytes.NewReader(s.PNG))
	if err != nil {
		return "", errors.Wrap(err, "report: a sheet")
	}
	source, err := embed("image/png", func(w io.Writer) error {
		_, err := w.Write(s.PNG)
		return err
	})
	if err != nil {
		return "", err
	}
	return render("sheet", struct {
		Caption       string
		Source        template.URL
		Width, Height int
	}{s.Caption, template.URL(source), size.Width, size.Height})
}

// Samples are pictures that a network made of noise after so many steps of a run: a PNG file.
type Samples struct {
	Iteration int
	PNG       []byte
}

// samplesFile is what such a file is called in the directory of a run.
var samplesFile = regexp.MustCompile(`^samples-([0-9]{1,12})\.png$`)

// samplesShown is how many sheets are on a page, maxSheet how large a file one may be.
const samplesShown, maxSheet = 3, 16 << 20

// readSamples reads those of a run whose log ends after so many steps: the newest first, then
// others evenly apart. Files that are no pictures are passed over.
func readSamples(path string, last int) ([]Samples, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, errors.Wrap(err, "report: cannot read the samples")
	}
	var found []Samples
	names := map[int]string{}
	for _, e := range entries {
		m := samplesFile.FindStringSubmatch(e.Name())
		if m == nil || !e.Type().IsRegular() {
			continue
		}
		step, err := strconv.Atoi(m[1])
		info, gone := e.Info()
		if err != nil || gone != nil || step > last || info.Size() > maxSheet {
			continue
		}
		found = append(found, Samples{Iteration: step})
		names[step] = e.Name()
	}
	slices.SortFunc(found, func(a, b Samples) int { return b.Iteration - a.Iteration })
	if n := len(found); n > samplesShown {
		shown := make([]Samples, samplesShown)
		for i := range shown {
			shown[i] = found[i*(n-1)/(samplesShown-1)]
		}
		found = shown
	}
	var read []Samples
	for _, s := range found {
		if s.PNG, err = os.ReadFile(filepath.Join(path, names[s.Iteration])); err != nil {
			return nil, errors.Wrap(err, "report: cannot read the samples")
		}
		if _, err := png.DecodeConfig(bytes.NewReader(s.PNG)); err == nil {
			read = append(read, s)
		}
	}
	return read, nil
}

// samples is the section on the pictures that a run has made, none where it has not.
func samples(r *Run, of string) []Section {
	var parts []Part
	for i, s := range r.Samples {
		text := "Of the same noise after %s steps."
		if i == 0 {
			text = "What the network made of noise after %s steps: all pictures of that seed, none chosen."
		}
		parts = append(parts, Sheet{fmt.Sprintf(text, printable.Thousands(s.Iteration)), s.PNG})
	}
	if parts == nil {
		return nil
	}
	return []Section{{"Samples" + of, parts}}
}
