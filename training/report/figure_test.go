package report_test

import (
	"bytes"
	"encoding/xml"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training/report"
)

var nan, inf = math.NaN(), math.Inf(1)

// figures are drawings that must come out, whatever is in them.
var figures = map[string]report.Figure{
	"nothing":      {},
	"log nothing":  {LogX: true, LogY: true},
	"empty curves": {Curves: []report.Curve{{Name: "a"}, {Name: "b"}}},
	"a point":      {Curves: []report.Curve{{X: []float64{3}, Y: []float64{4}}}},
	"a level":      {Curves: []report.Curve{{X: []float64{0, 1}, Y: []float64{0.1, 0.1}}}},
	"zeros":        {Curves: []report.Curve{{X: []float64{0, 0}, Y: []float64{0, 0}}}},
	"no numbers":   {Curves: []report.Curve{{X: []float64{1, 2, 3}, Y: []float64{nan, inf, -inf}}}},
	"some numbers": {Curves: []report.Curve{{X: []float64{1, nan, 3}, Y: []float64{1, 2, nan}, Deviation: []float64{inf, 1, nan}}}},
	"huge":         {Curves: []report.Curve{{X: []float64{1, 2}, Y: []float64{-math.MaxFloat64, 9e99}}}},
	"far and near": {Curves: []report.Curve{{X: []float64{1e15, 1e15 + 1}, Y: []float64{1e-300, 2e-300}}}},
	"log": {LogX: true, LogY: true, Curves: []report.Curve{{X: []float64{-1, 0, 1, 1e90}, Y: []float64{1, 1, 1e-90, 1e90},
		Deviation: []float64{1, 2, 3, 4}}}},
	"log level": {LogY: true, Curves: []report.Curve{{X: []float64{0, 1}, Y: []float64{3, 3}, Points: true}}},
	"bars": {Bars: true, Categories: []string{"one", "two", "a name that has no room beside others"},
		Curves: []report.Curve{{Name: "a", X: []float64{0, 1, 2}, Y: []float64{1, -2, 3}, Deviation: []float64{1, 1, nan}}, {Name: "b", X: []float64{1}, Y: []float64{1}, Color: -7}}},
	"log bars": {Bars: true, LogY: true, Curves: []report.Curve{{X: []float64{0, 1}, Y: []float64{0, 5}}}},
	"ranges": {XRange: [2]float64{2, 3}, YRange: [2]float64{0, 20}, Curves: []report.Curve{
		{X: []float64{0, 1, 2, 3}, Y: []float64{90, 30, 10, -5}, Deviation: []float64{1, 1, 1, 1}, Points: true}}},
	"bad ranges": {LogY: true, XRange: [2]float64{3, 2}, YRange: [2]float64{-1, inf}, Curves: []report.Curve{{X: []float64{1}, Y: []float64{1}}}},
	"many": {Title: strings.Repeat("title ", 40), X: strings.Repeat("x", 200), Y: strings.Repeat("y", 200), Curves: func() (curves []report.Curve) {
		for i := range 60 {
			curves = append(curves, report.Curve{Name: strings.Repeat("name", i), Color: i, Kind: report.Kind(i % 5)})
		}
		return curves
	}()},
	"markup": {Title: hostile, X: hostile, Y: hostile, Categories: []string{hostile}, Curves: []report.Curve{{Name: hostile, X: []float64{0}, Y: []float64{1}}}},
}

// hostile is text that must come out as it is.
const hostile = `<script>alert("x")</script>&amp;' fill:#222222`

// wellFormed reads a drawing as XML and returns its text.
func wellFormed(t *testing.T, text string) (content string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return content
		}
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		switch x := token.(type) {
		case xml.CharData:
			content += string(x)
		case xml.StartElement:
			if x.Name.Local == "script" {
				t.Error("markup in a name became an element")
			}
		}
	}
}

func TestFigures(t *testing.T) {
	for name, f := range figures {
		var svg, picture bytes.Buffer
		if err := f.SVG(&svg); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		content := wellFormed(t, svg.String())
		if strings.Contains(svg.String(), "NaN") || strings.Contains(svg.String(), "Inf") {
			t.Errorf("%s: a place that is none: %s", name, svg.String())
		}
		if name == "markup" && strings.Count(content, hostile) != 5 {
			t.Errorf("%s: want title, axes, category and name, got %q", name, content)
		}
		if name == "nothing" {
			continue // one picture of each kind is enough for the time they take
		}
		if err := f.PNG(&picture); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p, err := png.Decode(&picture); err != nil || p.Bounds().Dx() != 864 || p.Bounds().Dy() != 576 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStyle holds the drawing to the paper's Fig. 6: training error dashed, test
// error bold, in one colour a network.
func TestStyle(t *testing.T) {
	x := []float64{1, 2}
	f := report.Figure{X: "epoch", Y: "error (%)", Curves: []report.Curve{
		{Name: "plain20 training", X: x, Y: x, Kind: report.Dashed}, {Name: "plain20 test", X: x, Y: x}, {Name: "resnet20 test", X: x, Y: x, Color: 1}}}
	var b strings.Builder
	if err := f.SVG(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"stroke:#0072B2;stroke-width:1.2;stroke-dasharray:4,2.5", "stroke:#0072B2;stroke-width:2\"", "stroke:#D55E00;stroke-width:2\"",
		">epoch<", ">error (%)<", ">plain20 training<", ">resnet20 test<", "Arial,Helvetica,sans-serif",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in %s", want, b.String())
		}
	}
}

func TestFigureErrors(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		figure report.Figure
		dir    string
		want   string
	}{
		{report.Figure{Name: "a", Curves: []report.Curve{{Name: "c", X: []float64{1}}}}, dir, "report: figure a: curve c"},
		{report.Figure{Name: "a", Curves: []report.Curve{{Name: "c", X: []float64{1}, Y: []float64{1}, Deviation: []float64{}}}}, dir, "want as many"},
		{report.Figure{Name: "../a"}, dir, `"../a"`},
		{report.Figure{}, dir, `""`},
		{report.Figure{Name: "a"}, filepath.Join(dir, "none"), filepath.Join("none", "a.svg")},
	} {
		if err := test.figure.Write(test.dir); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %q", test.figure.Name, err, test.want)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
