// Summary tells what a network is made of: its layers or stages, shapes,
// parameters and multiply-adds, as a table or as a drawing.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/resnet"
)

const about = `Summary prints the stages (or layers) of a network with the shapes of their outputs, parameters
and multiply-adds; -all compares every named network with the figures of He et al. 2015; -dot
writes a drawing for Graphviz: dot -Tsvg FILE > network.svg.`

// What keeps a network within a usual machine's memory.
const (
	maxInput   = 2048
	maxClasses = 100_000
)

func main() { cli.Main(run) }

func run(ctx context.Context, flags *flag.FlagSet, args []string) error {
	model := flags.String("model", "resnet50", "network: one that -all lists, or resnetN or plainN with N = 6n+2 layers")
	all := flags.Bool("all", false, "compare all networks")
	input := flags.Int("input", 0, "height and width of the picture (0: the network's usual)")
	classes := flags.Int("classes", 0, "number of classes (0: the network's usual)")
	shortcut := flags.String("shortcut", "", "shortcuts where shapes change: A, B or C (by default the network's)")
	by := flags.String("by", "stage", "rows of the table: stage or layer")
	dot := flags.String("dot", "", "write a drawing to this file (- for standard output) instead of a table")
	if err := cli.Parse(flags, about, args); err != nil {
		return err
	}
	o := resnet.Options{Classes: *classes, Input: *input}
	switch {
	case *input < 0 || *input > maxInput:
		return cli.Usagef("-input is 1 to %d, not %d", maxInput, *input)
	case *classes < 0 || *classes > maxClasses:
		return cli.Usagef("-classes is 1 to %d, not %d", maxClasses, *classes)
	case !slices.Contains([]string{"stage", "layer"}, *by):
		return cli.Usagef("-by is stage or layer, not %q", *by)
	case *all && *dot != "":
		return cli.Usagef("-dot draws one -model, not -all")
	}
	if *shortcut != "" {
		var err error
		if o.Shortcut, err = blocks.ParseShortcut(*shortcut); err != nil || o.Shortcut == blocks.ShortcutNone {
			return cli.Usagef("-shortcut is A, B or C, not %q", *shortcut)
		}
	}
	if *all {
		return compare(ctx, os.Stdout, append(resnet.Names(), family...), o)
	}
	network, err := resnet.Lookup(*model, o)
	if err != nil {
		return err
	}
	s, err := resnet.Summarize(network, 0)
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
	fmt.Printf("%s is drawn in %s; see it with: dot -Tsvg %s > %s.svg\n", s.Info.Name, path, path, s.Info.Name)
	return nil
}
