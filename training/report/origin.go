package report

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"
)

// Origin says where and when numbers came to be. What is not known is empty.
type Origin struct {
	Ended   time.Time // when the run ended
	Machine string    // its processors
	Go      string    // the version of Go
	Version string    // that of the project
}

// readOrigin is what the outcome in a run's directory says about it.
func readOrigin(path string) (o Origin, err error) {
	path = filepath.Join(path, "result.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return o, nil
	}
	var recorded struct {
		Ended   string `json:"ended"`
		Machine string `json:"machine"`
		Go      string `json:"go"`
		Version string `json:"version"`
	}
	if err == nil {
		err = json.Unmarshal(text, &recorded)
	}
	if err != nil {
		return o, errors.Wrapf(err, "report: %s is damaged", path)
	}
	o = Origin{Machine: recorded.Machine, Go: recorded.Go, Version: recorded.Version}
	o.Ended, _ = time.Parse(time.RFC3339, recorded.Ended)
	return o, nil
}

// Rows are names and values for a Table, of what is known.
func (o Origin) Rows() (rows [][]string) {
	ended := ""
	if !o.Ended.IsZero() {
		ended = o.Ended.UTC().Format("2 January 2006, 15:04 UTC")
	}
	for _, row := range [][]string{
		{"ended", ended}, {"machine", o.Machine}, {"Go", strings.TrimPrefix(o.Go, "go")}, {"gorgonet", o.Version},
	} {
		if row[1] != "" {
			rows = append(rows, row)
		}
	}
	return rows
}

// origins is a table of where and when each run was; no part where nothing is
// known.
func origins(runs []*Run, names []string) (t Table, known bool) {
	if len(runs) == 1 {
		t = Table{Columns: []string{"", ""}, Rows: runs[0].Origin.Rows()}
		return t, len(t.Rows) > 0
	}
	t.Columns = []string{"run"}
	for _, r := range runs {
		for _, row := range r.Origin.Rows() {
			if !slices.Contains(t.Columns, row[0]) {
				t.Columns = append(t.Columns, row[0])
			}
		}
	}
	for i, r := range runs {
		row := make([]string, len(t.Columns))
		row[0] = names[i]
		for j, name := range t.Columns {
			for _, of := range r.Origin.Rows() {
				if of[0] == name {
					row[j] = of[1]
				}
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t, len(t.Columns) > 1
}
