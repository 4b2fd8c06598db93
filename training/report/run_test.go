package report_test

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training/report"
)

const header = "iteration,epoch,lr,train_loss,train_error,test_loss,test_error,test_top5_error,seconds,images_per_second\n"

// records are the files of a run of two epochs.
var records = map[string]string{
	"config.json":     `{"model": "resnet20", "lr": 0.1, "data": "<script>", "augment": true, "schedule": "steps:50"}`,
	"log.csv":         header + "50,1,0.1,2.1,0.8,1.9,0.75,0.3,60.5,900.1\n100,2,0.01,1.5,0.6,1.4,0.5,0.2,3725.00,950.0\n",
	"result.json":     `{"model": "resnet20-A", "parameters": 272474}`,
	"classes.txt":     "cat\n<script>\n",
	"predictions.csv": "index,true,predicted,probability\n0,0,0,0.9\n1,0,1,0.61\n2,1,0,0.87\n3,1,1,0.5\n",
}

// write makes the directory of a run: the records, but for the changes; of those
// changed to nothing there is no file.
func write(t *testing.T, name string, changes map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, from := range []map[string]string{records, changes} {
		for name, text := range from {
			files[name] = text
		}
	}
	for name, text := range files {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRun(t *testing.T) {
	dir := write(t, "run", nil)
	sheet := image.NewNRGBA(image.Rect(0, 0, 6, 3))
	sheet.Set(0, 0, color.White)
	f, err := os.Create(filepath.Join(dir, "mistakes.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, sheet); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := report.Make(dir, dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"curves", "loss", "rate"} {
		for _, kind := range []string{".svg", ".png"} {
			if _, err := os.Stat(filepath.Join(dir, name+kind)); err != nil {
				t.Error(err)
			}
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, report.File))
	if err != nil {
		t.Fatal(err)
	}
	selfContained(t, string(page))
	content, elements := parse(t, string(page))
	if elements["script"] != 0 || elements["svg"] != 3 || elements["img"] != 2 {
		t.Errorf("elements %v", elements)
	}
	for _, want := range []string{
		"resnet20-A: a run of training", "after 100 steps, 2 epochs, in 1h2m5s: test error 50.00\u00a0%", "272,474", "steps:50",
		"is <script>taken for cat87.00\u00a0%", "is cattaken for <script>61.00\u00a0%", "by the schedule steps:50.",
	} {
		if !strings.Contains(content, want) {
			t.Errorf("no %q in %s", want, content)
		}
	}
	if strings.Index(content, "87.00") > strings.Index(content, "61.00") {
		t.Error("the surest mistake is not the first")
	}
}

func TestSeveralRuns(t *testing.T) {
	a := write(t, "a", map[string]string{"config.json": `{"model": "resnet20-A", "lr": 0.1}`})
	unfinished := write(t, "b", map[string]string{"result.json": "", "classes.txt": "", "config.json": `{"model": "resnet20-A", "lr": 0.2}`,
		"log.csv": header + "50,1,0.1,2.1,0.8,,,,60.5,900.1\n"})
	out := filepath.Join(t.TempDir(), "new", "folder")
	if err := report.Make(out, a, unfinished); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(out, report.File))
	if err != nil {
		t.Fatal(err)
	}
	content, _ := parse(t, string(page))
	for _, want := range []string{"Runs side by side", "a training", "b test", "b (not ended)", "Confusion: a"} {
		if !strings.Contains(content, want) {
			t.Errorf("no %q in %s", want, content)
		}
	}
	if strings.Contains(content, "Confusion: b") {
		t.Error("a run without predictions has a confusion matrix")
	}
	if lr, model := strings.Index(content, "lr0.10.2"), strings.Index(content, "modelresnet20-A"); lr < 0 || lr > model {
		t.Error("the setting that differs does not come before those that agree")
	}
}

// TestManyClasses lists the most frequent confusions in place of a matrix.
func TestManyClasses(t *testing.T) {
	var classes, predictions strings.Builder
	predictions.WriteString("index,true,predicted,probability\n")
	for i := range 100 {
		fmt.Fprintf(&classes, "class%d\n", i)
		fmt.Fprintf(&predictions, "%d,%d,%d,0.5\n", i, i, i)
	}
	predictions.WriteString("100,7,8,0.5\n101,7,8,0.5\n102,3,4,0.5\n")
	dir := write(t, "run", map[string]string{"classes.txt": classes.String(), "predictions.csv": predictions.String()})
	if err := report.Make(dir, dir); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, report.File))
	if err != nil {
		t.Fatal(err)
	}
	content, _ := parse(t, string(page))
	if !strings.Contains(content, "class7class82") || !strings.Contains(content, "class3class41") || strings.Contains(content, "class50") {
		t.Errorf("the confusions are not listed in %s", content)
	}
}

func TestOpenErrors(t *testing.T) {
	for _, test := range []struct {
		name, file, text string
		want             string
	}{
		{"no settings", "config.json", "", "there is no run in"},
		{"damaged settings", "config.json", "{", "config.json is damaged"},
		{"settings that are a list", "config.json", "[1]", "want names and values"},
		{"no log", "log.csv", "", "log.csv has no rows"},
		{"a log of a header", "log.csv", header, "log.csv has no rows"},
		{"another log", "log.csv", "a,b\n1,2\n", "log.csv is not a log"},
		{"a row of another length", "log.csv", header + "1,2\n", "log.csv is damaged: record on line 2: wrong number of fields"},
		{"a word for a number", "log.csv", records["log.csv"] + "150,3,x,1,1,1,1,1,1,1\n", `log.csv is damaged: row 3: lr is no number: "x"`},
		{"a step that is none", "log.csv", header + "one,3,1,1,1,1,1,1,1,1\n", "row 1: iteration is no number"},
		{"half a score", "log.csv", header + "1,3,1,1,1,1,,1,1,1\n", "test_error is no number"},
		{"damaged result", "result.json", "{", "result.json is damaged"},
		{"no predictions", "predictions.csv", "", "cannot read the predictions"},
		{"other predictions", "predictions.csv", "a,b\n", "predictions.csv is damaged"},
		{"a class beyond the last", "predictions.csv", "index,true,predicted,probability\n0,0,2,1\n", `row 1: predicted is "2", of 2 classes`},
		{"a negative class", "predictions.csv", "index,true,predicted,probability\n0,-1,0,1\n", `true is "-1"`},
		{"no probability", "predictions.csv", "index,true,predicted,probability\n0,1,0,\n", "probability is no number"},
		{"a picture that is none", "mistakes.png", "none", "mistakes.png is damaged"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := report.Open(write(t, "run", map[string]string{test.file: test.text}))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "run") {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
	if _, err := report.Open(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "there is no directory") {
		t.Errorf("no directory: %v", err)
	}
}

// FuzzOpen reads damaged records and draws what passes.
func FuzzOpen(f *testing.F) {
	f.Add(records["config.json"], records["log.csv"], records["classes.txt"], records["predictions.csv"])
	f.Add(`{"a": {}}`, header+"1,NaN,Inf,-Inf,1e999,-1,0,0,1e300\n", "\n", "index,true,predicted,probability\n")
	f.Fuzz(func(t *testing.T, config, log, classes, predictions string) {
		r, err := report.Open(write(t, "run", map[string]string{"config.json": config, "log.csv": log, "classes.txt": classes, "predictions.csv": predictions}))
		if err != nil {
			return
		}
		parse(t, html(t, report.New(r)))
	})
}
