package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training/report"
)

// TestSections keeps sections of a task with a run, and finds them on its page and on
// that of two runs.
func TestSections(t *testing.T) {
	dir, other := write(t, "a", nil), write(t, "b", nil)
	if err := report.Record(dir, []report.Section{{Title: "Classes <of pixels>", Parts: []report.Part{
		report.Paragraph("By the network at the end."),
		report.Table{Caption: "IoU of each class.", Columns: []string{"class", "IoU"}, Rows: [][]string{{"sky", "91.20 %"}}},
		report.Gallery{Wide: true, Caption: "What was found.", Pictures: []report.Picture{{Image: plain(300, 100), Lines: []string{"picture 7"}}}},
		report.Gallery{Name: "found", Caption: "Small.", Pictures: []report.Picture{{Image: plain(10, 10), Lines: nil}}},
	}}}); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	for title, paths := range map[string][]string{"Classes <of pixels>": {dir}, "Classes <of pixels>: a": {dir, other}} {
		if err := report.Make(out, paths...); err != nil {
			t.Fatal(err)
		}
		page, err := os.ReadFile(filepath.Join(out, report.File))
		if err != nil {
			t.Fatal(err)
		}
		content, elements := parse(t, string(page))
		for _, want := range []string{title, "By the network at the end.", "IoU of each class.", "91.20 %", "picture 7", "What was found."} {
			if !strings.Contains(content, want) {
				t.Errorf("%v: the page lacks %q", paths, want)
			}
		}
		if elements["img"] < 2 || !strings.Contains(string(page), `class="gallery wide"`) {
			t.Errorf("%v: %d pictures", paths, elements["img"])
		}
	}
	if err := report.Record(dir, []report.Section{{Title: "x", Parts: []report.Part{report.Figure{}}}}); err == nil {
		t.Error("a figure is kept")
	}
	for name, text := range map[string]string{
		"half":    `[{"title": "Cl`,
		"rows":    `[{"parts": [{"table": {"Columns": ["a"], "Rows": [["1", "2"]]}}]}]`,
		"name":    `[{"parts": [{"gallery": {"Name": "../a"}}]}]`,
		"picture": `[{"parts": [{"gallery": {"Pictures": [{"PNG": "aGVsbG8="}]}}]}]`,
	} {
		dir := write(t, name, map[string]string{"sections.json": text})
		if _, err := report.Open(dir); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "sections.json")) || strings.Count(err.Error(), "\n") > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
