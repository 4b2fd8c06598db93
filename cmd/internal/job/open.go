package job

import (
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/settings"
	"github.com/gorgonet/gorgonet/training"
)

// Work is what a training command is to do with settings S.
type Work[S any] struct {
	*settings.Place[S]
	Measure string // file of weights to measure and end, empty to train

	// Keep makes the directory for the outcome of measuring, nil where it is not kept.
	Keep func() (*training.Directory, error)
}

// Open reads a training command's flags, with -eval among them, which measures on what
// it is said to here.
func Open[S any](c settings.Command[S], flags *cli.Flags, args []string, on string) (w Work[S], err error) {
	flags.Group("records")
	eval := flags.Bool("eval", false, "measure on "+on+" and end: the best weights of the run in -out, or -weights, whose result.json goes to -out")
	c.Reading = func() bool { return *eval && !flags.Given()["weights"] }
	if w.Place, err = c.Open(flags, args); err != nil {
		return w, err
	}
	if !*eval {
		if w.Note != "" {
			cli.Printf("%s\n", w.Note)
		}
		return w, nil
	}
	if c.Reading() {
		w.Measure = w.Directory.Best()
		return w, nil
	}
	w.Measure = flags.Lookup("weights").Value.String()
	if w.Path != "" {
		w.Keep = w.Create
	}
	return w, nil
}
