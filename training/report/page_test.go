package report_test

import (
	"encoding/xml"
	"image"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training/report"
	"github.com/gorgonet/gorgonet/training/scoring"
)

// parse reads a page as HTML and returns its text and how often each element
// occurs.
func parse(t *testing.T, page string) (content string, elements map[string]int) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	elements = map[string]int{}
	for {
		token, err := d.Token()
		if err == io.EOF {
			return content, elements
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, page)
		}
		switch x := token.(type) {
		case xml.CharData:
			content += string(x)
		case xml.StartElement:
			elements[x.Name.Local]++
		}
	}
}

// outside finds what a browser would fetch.
var outside = regexp.MustCompile(`(?i)https?://|//[a-z]|url\(|@import|\b(src|href|srcset|action|data|poster)="?(?:[^d"]|d[^a])`)

// pictures are data within the page.
var pictures = regexp.MustCompile(`data:image/png;base64,[A-Za-z0-9+/=]*`)

func selfContained(t *testing.T, page string) {
	t.Helper()
	page = pictures.ReplaceAllString(page, "data:")
	if found := outside.FindString(page); found != "" {
		t.Errorf("the page refers to something outside: %q", found)
	}
}

func html(t *testing.T, p report.Page) string {
	t.Helper()
	var b strings.Builder
	if err := p.HTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// confusion counts for so many classes.
func confusion(t *testing.T, classes int, counts ...scoring.Mistake) *scoring.Confusion {
	t.Helper()
	c, err := scoring.NewConfusion(classes)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range counts {
		if err := c.Add(x.Label, x.Predicted, x.Times); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestPage(t *testing.T) {
	small := image.NewGray(image.Rect(0, 0, 2, 2))
	many := make([]string, 25)
	many[3] = hostile
	page := html(t, report.Page{Title: hostile, Lead: hostile, Sections: []report.Section{{Title: hostile, Parts: []report.Part{
		report.Paragraph(hostile),
		report.Table{Caption: hostile, Columns: []string{hostile, "n"}, Rows: [][]string{{hostile, "1,000 %"}}},
		report.Figure{Title: hostile, Caption: hostile, X: hostile, Curves: []report.Curve{{Name: hostile}}},
		report.Gallery{Caption: hostile, Pictures: []report.Picture{{Image: small, Lines: []string{hostile}}}},
		report.Confusion{Caption: hostile, Classes: []string{hostile, "b"}, Counts: confusion(t, 2, scoring.Mistake{Label: 1, Predicted: 0, Times: 1}, scoring.Mistake{Label: 1, Predicted: 1, Times: 2})},
		report.Confusion{Caption: hostile, Classes: many, Counts: confusion(t, 25, scoring.Mistake{Label: 3, Predicted: 4, Times: 5})},
	}}}})
	selfContained(t, page)
	content, elements := parse(t, page)
	for element, want := range map[string]int{"script": 0, "h1": 1, "h2": 1, "svg": 1, "img": 1, "figure": 5, "figcaption": 5, "table": 3, "main": 1} {
		if elements[element] != want {
			t.Errorf("%d <%s>, want %d", elements[element], element, want)
		}
	}
	// The title (twice), lead, heading, paragraph, 3 of the table, 4 of the figure, 2
	// of the gallery, 3 of the heat map, 2 of the list.
	if got := strings.Count(content, hostile); got != 19 {
		t.Errorf("text came out as it is %d times, want 19:\n%s", got, content)
	}
	for _, want := range []string{
		`<td class="number">1,000 %</td>`, `style="--share:0.3333333333333333"`, `title="1 of 3 b taken for &lt;script`, `>33</td>`,
		`src="data:image/png;base64,`, "stroke:var(--ink)", "prefers-color-scheme: dark", "@media print",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
}

// TestThemed draws with every colour, in lines and bands: all of them are the style
// sheet's, so that they fit a dark screen.
func TestThemed(t *testing.T) {
	f := report.Figure{X: "x", Y: "y"}
	for i := range 8 {
		f.Curves = append(f.Curves, report.Curve{Name: "c", X: []float64{0, 1}, Y: []float64{1, 2}, Deviation: []float64{1, 1}, Color: i, Points: true})
	}
	_, drawing, _ := strings.Cut(html(t, report.Page{Sections: []report.Section{{Parts: []report.Part{f}}}}), "<svg")
	if fixed := regexp.MustCompile(`style="[^"]*#[^"]*"`).FindString(drawing); fixed != "" {
		t.Errorf("a colour for white only: %s", fixed)
	}
	for _, want := range []string{"fill:var(--curve7);fill-opacity:0.2", "stroke:var(--curve7)", "stroke:var(--rules)", "fill:var(--ink)"} {
		if !strings.Contains(drawing, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestPageErrors(t *testing.T) {
	for _, test := range []struct {
		part report.Part
		want string
	}{
		{report.Table{Columns: []string{"a"}, Rows: [][]string{{"1", "2"}}}, "want rows of 1 cells, got 2"},
		{report.Confusion{Classes: []string{"a"}}, "want counts of the 1 classes"},
		{report.Confusion{Classes: []string{"a"}, Counts: confusion(t, 2)}, "want counts of the 1 classes"},
		{report.Figure{Name: "f", Curves: []report.Curve{{Y: []float64{1}}}}, "figure f"},
		{report.Gallery{Pictures: []report.Picture{{Image: image.NewGray(image.Rectangle{})}}}, "picture 0"},
		{report.Gallery{Pictures: []report.Picture{{}}}, "picture 0"},
		{nil, "part 0"},
	} {
		err := report.Page{Sections: []report.Section{{Parts: []report.Part{test.part}}}}.HTML(io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "report: ") {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
}

func TestPageWrite(t *testing.T) {
	dir := t.TempDir()
	p := report.Page{Sections: []report.Section{{Parts: []report.Part{report.Figure{Name: "one"}, report.Figure{Name: "two"}}}}}
	if err := p.Write(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"report.html", "one.svg", "one.png", "two.svg", "two.png"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := p.Write(filepath.Join(dir, "none")); err == nil {
		t.Error("written to a directory that is not there")
	}
}
