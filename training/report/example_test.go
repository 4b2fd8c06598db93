package report_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/training/report"
)

// Draw two curves and put them on a page.
func Example() {
	dir, err := os.MkdirTemp("", "report")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	epochs := []float64{1, 2, 3}
	page := report.Page{
		Title: "A small experiment",
		Lead:  "Two networks, three epochs.",
		Sections: []report.Section{{Title: "Errors", Parts: []report.Part{
			report.Paragraph("Both learn."),
			report.Figure{
				Name: "errors", Title: "Test error", Caption: "As in Fig. 6 of He et al. 2015.", X: "epoch", Y: "error (%)",
				Curves: []report.Curve{
					{Name: "plain20", X: epochs, Y: []float64{80, 60, 50}},
					{Name: "resnet20", X: epochs, Y: []float64{75, 52, 41}, Color: 1},
				},
			},
		}}},
	}
	if err := page.Write(dir); err != nil {
		log.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(filepath.Base(f))
	}
	// Output:
	// errors.png
	// errors.svg
	// report.html
}
