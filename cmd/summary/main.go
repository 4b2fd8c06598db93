package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/network"
	"github.com/gorgonet/gorgonet/resnet"
)

const about = `Summary prints the stages (or layers) of a network with the shapes of their outputs, parameters
and multiply-adds; -all compares every named network with the figures of He et al. 2015; -dot
writes a drawing for Graphviz: dot -Tsvg FILE > network.svg.`

// maxInput keeps a network within a usual machine's memory.
const maxInput = 2048

func main() { cli.Main(run) }

func run(ctx context.Context, flags *cli.Flags, args []string) error {
	var n network.Choice
	flags.Group("network")
	n.Bind(flags, "resnet50")
	input := flags.Int("input", 0, "height and width of the picture (0: the network's usual)")
	classes := flags.Int("classes", 0, "number of classes (0: the network's usual)")
	flags.Group("output")
	all := flags.Bool("all", false, "compare all networks")
	by := flags.String("by", "stage", "`ROWS` of the table: stage or layer")
	dot := flags.String("dot", "", "write a drawing to this `FILE` (- for standard output) instead of a table")
	if err := cli.Parse(flags, about, args); err != nil {
		return err
	}
	o := resnet.Options{Classes: *classes, Input: *input}
	switch {
	case *input < 0 || *input > maxInput:
		return cli.Usagef("-input is 1 to %d, not %d", maxInput, *input)
	case *classes < 0 || *classes > network.MaxClasses:
		return cli.Usagef("-classes is 1 to %d, not %d", network.MaxClasses, *classes)
	case *all && *dot != "":
		return cli.Usagef("-dot draws one -model, not -all")
	case *all && (flags.Given()["by"] || flags.Given()["model"]):
		return cli.Usagef("-all has a row for every network, without -model and -by")
	case *dot != "" && flags.Given()["by"]:
		return cli.Usagef("-dot draws units, whatever -by says; leave one out")
	}
	if err := cli.OneOf("by", *by, "stage", "layer"); err != nil {
		return err
	}
	if *all {
		return compare(ctx, os.Stdout, append(resnet.Names(), family...), n, o)
	}
	named, err := n.Lookup(o)
	if err != nil {
		return err
	}
	s, err := resnet.Summarize(named, 0)
	switch {
	case err != nil:
		return err
	case *dot != "":
		return draw(s, *dot)
	case *by == "layer":
		return s.WriteLayers(os.Stdout)
	}
	return s.WriteStages(os.Stdout)
}

// draw writes the drawing and says where.
func draw(s resnet.Summary, path string) error {
	var text strings.Builder
	if err := s.WriteDOT(&text); err != nil {
		return err
	}
	if path == "-" {
		_, err := fmt.Print(text.String())
		return err
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		return fmt.Errorf("cannot write the drawing: %w", err)
	}
	cli.Printf("%s is drawn in %s; see it with: dot -Tsvg %s > %s.svg\n", s.Info.Name, path, path, s.Info.Name)
	return nil
}
