package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/training/report"
)

// ages are the changes that make the directory of a run of regression.
var ages = map[string]string{
	"log.csv": "iteration,epoch,lr,train_loss,train_mean_absolute_error,test_loss,test_mean_absolute_error,test_ordered,seconds,images_per_second\n" +
		"50,1,0.1,2.1,8.5,1.9,7.5,0.5,60.5,900.1\n100,2,0.01,1.5,6.25,1.4,7.75,0.625,3725.00,950.0\n",
	"result.json": `{"model": "ages", "parameters": 272474, "task": "regression", "metrics": [{"name": "mean_absolute_error", "training": true}, {"name": "ordered"}]}`,
	"classes.txt": "", "predictions.csv": "",
}

// TestTask makes the page of a run whose task is not classification, with what the
// checkpoint says of the metrics, and with what the outcome does.
func TestTask(t *testing.T) {
	dir := write(t, "run", ages)
	make := func(paths ...string) string {
		t.Helper()
		if err := report.Make(dir, paths...); err != nil {
			t.Fatal(err)
		}
		page, err := os.ReadFile(filepath.Join(dir, report.File))
		if err != nil {
			t.Fatal(err)
		}
		selfContained(t, string(page))
		return strings.ReplaceAll(string(page), "\u00a0", " ")
	}
	wants := func(page string, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if !strings.Contains(page, text) {
				t.Errorf("the page lacks %q", text)
			}
		}
		if strings.Contains(page, "cross entropy") || strings.Contains(page, "top-5") {
			t.Error("the page speaks of classes")
		}
	}
	wants(make(dir), "test mean absolute error 7.75, the best of all epochs 7.5; training mean absolute error 6.25", "<td>0.625</td>")
	if err := weights.WriteSafetensors(filepath.Join(dir, "latest.safetensors"), nil, map[string]string{"model": "ages",
		"task": `{"name":"regression","metrics":[{"name":"mean_absolute_error","unit":"years","training":true},{"name":"ordered","unit":"%","higher":true}]}`}); err != nil {
		t.Fatal(err)
	}
	wants(make(dir), "7.75 years, the best of all epochs 7.5 years", "62.50 %", "The higher the better", "mean absolute error (years)")
	for _, name := range []string{"curves", "ordered", "loss", "rate"} {
		if _, err := os.Stat(filepath.Join(dir, name+".svg")); err != nil {
			t.Error(err)
		}
	}
	page := make(dir, write(t, "classes", nil))
	for _, text := range []string{"not trained for the same", "7.75 years", "50.00 %", "Training and test error"} {
		if !strings.Contains(page, text) {
			t.Errorf("the page of two tasks lacks %q", text)
		}
	}
}
