package experiment

import (
	"encoding/json"
	"io"
	"path/filepath"

	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/gorgonet/gorgonet/training/report"
)

// verdictFile is the verdict's file in the experiment's directory.
const verdictFile = "verdict.json"

// Verdict is what the experiment says of what is recorded so far.
func (r *Results) Verdict() Verdict { return r.Networks[0].design().Judge(r) }

// Page explains a verdict.
func (r *Results) Page() report.Page { return r.Networks[0].design().Page(r, r.Verdict()) }

// WriteReport makes report.html, its figures and verdict.json in the directory of
// an experiment from what is recorded there, and returns the verdict.
func WriteReport(path string) (Verdict, error) {
	r, err := Read(path)
	if err != nil {
		return nil, err
	}
	v := r.Verdict()
	if err := writeJSON(filepath.Join(path, verdictFile), v); err != nil {
		return v, err
	}
	return v, r.Page().Write(path)
}

// originSections tell where and when the experiment was made, if that is known.
func (r *Results) originSections() []report.Section {
	rows := r.origin.Rows()
	if len(rows) == 0 {
		return nil
	}
	return []report.Section{{Title: "Where and when", Parts: []report.Part{report.Table{
		Caption: "Of the network that was finished last.", Columns: []string{"", ""}, Rows: rows}}}}
}

func writeJSON(path string, v any) error {
	return durable.WriteFile(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
}
