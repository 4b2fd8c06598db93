package report_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training/report"
)

// TestSamples shows what a run has made of noise: the newest and two earlier ones, none of
// after the log's end, and no file that is no picture.
func TestSamples(t *testing.T) {
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, 20, 10))); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"samples-0000020.png": "no picture", "samples-0000101.png": file.String(), "samples-x.png": "", "samples.png": file.String()}
	for _, name := range []string{"samples-0000100.png", "samples-0000080.png", "samples-0000060.png", "samples-0000040.png"} {
		files[name] = file.String()
	}
	changes := map[string]string{}
	for _, of := range []map[string]string{ages, files} {
		for name, text := range of {
			changes[name] = text
		}
	}
	dir := write(t, "run", changes)
	if err := os.Mkdir(filepath.Join(dir, "samples-0000001.png"), 0o755); err != nil {
		t.Fatal(err)
	}
	r, err := report.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var steps []int
	for _, s := range r.Samples {
		steps = append(steps, s.Iteration)
	}
	if len(steps) != 2 || steps[0] != 100 || steps[1] != 60 { // the third, of step 20, is no picture
		t.Errorf("samples of steps %v, want 100 and 60", steps)
	}
	page := html(t, report.New(r))
	selfContained(t, page)
	if strings.Count(page, `<img class="sheet"`) != 2 || !strings.Contains(page, "noise after 100 steps") || !strings.Contains(page, "same noise after 60 steps") {
		t.Error("the page lacks the samples")
	}
	var out strings.Builder
	if err := (report.Page{Sections: []report.Section{{Parts: []report.Part{report.Sheet{PNG: []byte("no picture")}}}}}).HTML(&out); err == nil {
		t.Error("a sheet that is no picture is taken")
	}
}
