package main

import (
	"context"
	"path/filepath"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/training/report"
)

const about = `Report makes report.html and its figures (as SVG and PNG) from the records in the directories of
one or several runs: curves over one another, outcomes and settings side by side, and what each
network took for what. Runs that have not ended are shown as far as they have come.`

func main() { cli.Main(run) }

func run(_ context.Context, flags *cli.Flags, args []string) error {
	out := flags.String("out", "", "`DIR` for the page and the figures (default: the run's own; needed for several runs)")
	dirs, err := cli.ParseArgs(flags, about, args, "DIR...")
	if err != nil {
		return err
	}
	if *out == "" {
		if len(dirs) > 1 {
			return cli.Usagef("say with -out where the page of several runs goes")
		}
		*out = dirs[0]
	}
	if err := report.Make(*out, dirs...); err != nil {
		return err
	}
	cli.Textf("the report is %s\n", filepath.Join(*out, report.File))
	return nil
}
