package evaluation

import (
	"encoding/json"
	"io"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// Result is the outcome, which result.json holds; errors are fractions.
type Result struct {
	Networks   []string         `json:"networks"` // NAME=FILE
	Protocol   string           `json:"protocol"` // such as 10-crop
	Classes    int              `json:"classes"`
	Pictures   int              `json:"pictures"` // that were measured
	Unreadable int              `json:"unreadable"`
	Top1Error  float64          `json:"top1_error"`
	Top5Error  float64          `json:"top5_error"` // of five classes or fewer all are among the five
	Finished   time.Time        `json:"finished,omitzero"`
	Machine    training.Machine `json:"machine,omitzero"`
	Go         string           `json:"go,omitempty"`      // the version that compiled the program
	Version    string           `json:"version,omitempty"` // of this project
}

// finish writes what follows from the rows.
func (e *Evaluation) finish() (Result, error) {
	r := e.records
	protocol, _ := protocolName(e.config.Protocol)
	out := Result{
		Protocol: protocol, Classes: len(r.set.Classes), Pictures: r.tally.Len(), Unreadable: r.unread,
		Finished: time.Now().Round(time.Second), Machine: training.ThisMachine(), Go: runtime.Version(), Version: training.Version(),
	}
	for _, n := range e.config.Networks {
		out.Networks = append(out.Networks, n.String())
	}
	if out.Pictures == 0 {
		return out, errors.Errorf("evaluation: none of the %d pictures could be used; %s says why", r.unread, filepath.Join(r.dir.Path(), predictionsFile))
	}
	out.Top1Error, out.Top5Error = r.tally.Errors()
	for _, file := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"classes.csv", func(w io.Writer) error { return r.tally.WriteClasses(w, e.config.Classes) }},
		{"confusion.csv", r.tally.Confusion().Write},
		{"result.json", func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(out)
		}},
	} {
		if err := durable.WriteFile(filepath.Join(r.dir.Path(), file.name), file.write); err != nil {
			return out, err
		}
	}
	p, err := e.page(out)
	if err != nil {
		return out, err
	}
	return out, p.Write(r.dir.Path())
}
