package report

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
)

// Origin says where and when numbers came to be. What is not known is empty.
type Origin struct {
	Finished time.Time
	Machine  string // its processors and the instructions that were used
	Go       string // the version of Go
	Version  string // that of the project
}

// Here is the origin of what this program, of that version of the project, finishes
// now.
func Here(version string) Origin {
	kernels, _ := graph.Kernels()
	return Origin{time.Now(), machine(runtime.GOOS+" on "+runtime.GOARCH, runtime.GOMAXPROCS(0), kernels), runtime.Version(), version}
}

// ReadOrigin is what the outcome in a run's directory says about its origin: nothing
// while there is none, or where an older version has written it.
func ReadOrigin(path string) (o Origin, err error) {
	text, err := os.ReadFile(filepath.Join(path, "result.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return o, nil
	}
	if err != nil {
		return o, errors.Wrap(err, "report: cannot read the outcome")
	}
	var recorded struct {
		Finished time.Time `json:"finished"`
		Machine  struct {
			Processor string `json:"processor"`
			Cores     int    `json:"cores"`
			Kernels   string `json:"kernels"`
		} `json:"machine"`
		Go      string `json:"go"`
		Version string `json:"version"`
	}
	if err := json.Unmarshal(text, &recorded); err != nil {
		return o, errors.Wrapf(err, "report: %s is damaged", filepath.Join(path, "result.json"))
	}
	m := recorded.Machine
	return Origin{recorded.Finished, machine(m.Processor, m.Cores, m.Kernels), recorded.Go, recorded.Version}, nil
}

// machine describes a machine as far as it is known.
func machine(processor string, cores int, kernels string) string {
	var parts []string
	if processor != "" {
		parts = append(parts, processor)
	}
	switch {
	case cores == 1:
		parts = append(parts, "1 core")
	case cores > 1:
		parts = append(parts, fmt.Sprintf("%d cores", cores))
	}
	if kernels != "" {
		parts = append(parts, kernels+" kernels")
	}
	return strings.Join(parts, ", ")
}

// Rows are names and values for a Table, of what is known.
func (o Origin) Rows() (rows [][]string) {
	finished := ""
	if !o.Finished.IsZero() {
		finished = o.Finished.UTC().Format("2 January 2006, 15:04 UTC")
	}
	for _, row := range [][]string{
		{"finished", finished}, {"machine", o.Machine}, {"Go", strings.TrimPrefix(o.Go, "go")}, {"gorgonet", o.Version},
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
