package report_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training/report"
)

// attacks are names that do harm where they are not escaped: in text, in attributes
// with either quote, in addresses, in styles, in comments and as the end of what
// they stand in.
var attacks = []string{
	`<script>alert(1)</script>`,
	`</td></table></title></style></svg><script>alert(2)</script>`,
	`" onmouseover="alert(3)" x="`,
	`' onmouseover='alert(4)' x='`,
	`<img src=x onerror=alert(5)>`,
	`javascript:alert(6)`,
	`--><script>alert(7)</script><!--`,
	`]]><script>alert(8)</script><![CDATA[`,
	`{{.}}&lt;script&gt;&#60;script>`,
	`x;background:url(https://example.org/9)`,
}

// harmless fails the test if a page or a drawing has an element that runs anything
// or an attribute that does. It returns its text.
func harmless(t *testing.T, text string) string {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	content := ""
	for {
		token, err := d.Token()
		if err == io.EOF {
			return content
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		switch x := token.(type) {
		case xml.CharData:
			content += string(x)
		case xml.Comment, xml.Directive:
			if c, ok := x.(xml.Comment); ok && strings.Contains(string(c), "alert") {
				t.Errorf("a comment %q", c)
			}
		case xml.StartElement:
			switch x.Name.Local {
			case "script", "iframe", "object", "embed", "base", "form":
				t.Errorf("an element %v", x)
			}
			for _, a := range x.Attr {
				value := strings.ToLower(strings.TrimSpace(a.Value))
				address := a.Name.Local == "src" || a.Name.Local == "href"
				if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") || address && !strings.HasPrefix(value, "data:") ||
					a.Name.Local == "style" && strings.Contains(value, "url(") {
					t.Errorf("an attribute %s=%q", a.Name.Local, a.Value)
				}
			}
		}
	}
}

// TestHostileNames makes the pages of runs whose every name is an attack: of
// classes, the network, settings and their values, and directories; and one page of
// all, in whose drawings the networks are named.
func TestHostileNames(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("directories cannot have such names here")
	}
	dirs := make([]string, len(attacks))
	for i, attack := range attacks {
		settings, err := json.Marshal(map[string]string{attack: attack, "model": attack, "data": attack})
		if err != nil {
			t.Fatal(err)
		}
		result, err := json.Marshal(map[string]string{"model": attack})
		if err != nil {
			t.Fatal(err)
		}
		dirs[i] = write(t, strings.ReplaceAll(attack, "/", "_"), map[string]string{
			"config.json": string(settings), "result.json": string(result), "classes.txt": "cat\n" + attack + "\n",
		})
		f, err := os.Create(filepath.Join(dirs[i], "mistakes.png"))
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, image.NewGray(image.Rect(0, 0, 4, 2))); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := report.Open(dirs[i])
		if err != nil {
			t.Fatal(err)
		}
		// The title, the network, settings and their names, the class in the matrix and
		// under pictures.
		if content := harmless(t, html(t, report.New(r))); strings.Count(content, attack) < 6 {
			t.Errorf("%q is there as it is %d times", attack, strings.Count(content, attack))
		}
	}
	out := t.TempDir()
	if err := report.Make(out, dirs...); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{report.File, "rate.svg"} {
		text, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		content := harmless(t, string(text))
		for _, attack := range attacks {
			if !strings.Contains(content, attack) {
				t.Errorf("%s: %q is not there as it is", name, attack)
			}
		}
	}
	// Errors and losses are drawn apart: each run is about classes of its own.
	for i, attack := range attacks {
		for _, name := range []string{"curves", "loss"} {
			if i > 0 {
				name += fmt.Sprint("-", i+1)
			}
			text, err := os.ReadFile(filepath.Join(out, name+".svg"))
			if err != nil {
				t.Fatal(err)
			}
			if content := harmless(t, string(text)); !strings.Contains(content, attack) {
				t.Errorf("%s: %q is not there as it is", name, attack)
			}
		}
	}
}

// TestUnprintable draws names of which no file of text can be made.
func TestUnprintable(t *testing.T) {
	f := report.Figure{Title: "a\xff\x00b", X: "\x1b[2J", Curves: []report.Curve{{Name: "\ufffe", X: []float64{1, 2}, Y: []float64{1, 2}}}}
	var b strings.Builder
	if err := f.SVG(&b); err != nil {
		t.Fatal(err)
	}
	if content := wellFormed(t, b.String()); !strings.Contains(content, "a\ufffd\ufffdb") || !strings.Contains(content, "\ufffd[2J") {
		t.Errorf("got %q", content)
	}
	page := html(t, report.Page{Title: f.Title, Sections: []report.Section{{Title: f.X, Parts: []report.Part{f}}}})
	if content, _ := parse(t, page); strings.Count(content, "a\ufffd\ufffdb") != 3 {
		t.Errorf("got %q", content)
	}
}

// TestManySettings refuses more settings than can be compared in good time.
func TestManySettings(t *testing.T) {
	settings := map[string]int{}
	for i := range 1001 {
		settings[fmt.Sprint(i)] = i
	}
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := report.Open(write(t, "run", map[string]string{"config.json": string(text)})); err == nil || !strings.Contains(err.Error(), "more than 1000 of them") {
		t.Errorf("got %v", err)
	}
}

// TestNothing wants a page that says so of runs that are not there, or have no record.
func TestNothing(t *testing.T) {
	for _, runs := range [][]*report.Run{nil, {nil}, {{}}, {nil, {Path: "run"}}} {
		if figures := report.Curves(runs...); figures != nil {
			t.Errorf("%d figures of %v", len(figures), runs)
		}
		if p := report.New(runs...); p.Title != "No runs" || len(p.Sections) > 0 {
			t.Errorf("a page %q of %v", p.Title, runs)
		}
	}
	if err := report.Make(t.TempDir()); err == nil {
		t.Error("a page of no runs is made")
	}
}
