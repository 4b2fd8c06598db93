package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/network"
	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/resnet"
)

// figures are what He et al. 2015 state: multiply-adds in 10^9 (table 1, section
// 3.3) and parameters in 10^6 (table 6; VGG-19's are its authors').
var figures = map[string]struct{ multiplyAdds, parameters string }{
	"resnet18":       {"1.8G", ""},
	"resnet34":       {"3.6G", ""},
	"plain34":        {"3.6G", ""},
	"resnet50_2015":  {"3.8G", ""},
	"resnet101_2015": {"7.6G", ""},
	"resnet152_2015": {"11.3G", ""},
	"vgg19":          {"19.6G", "144M"},
	"resnet20":       {"", "0.27M"},
	"resnet32":       {"", "0.46M"},
	"resnet44":       {"", "0.66M"},
	"resnet56":       {"", "0.85M"},
	"resnet110":      {"", "1.7M"},
	"resnet1202":     {"", "19.4M"},
}

// family are the paper's networks for CIFAR.
var family = []string{"resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "resnet1202"}

// compare writes a row for every network, as soon as it is known. The columns
// headed paper are empty where the paper states nothing.
func compare(ctx context.Context, w io.Writer, names []string, n network.Choice, o resnet.Options) error {
	row := func(cells ...any) error {
		_, err := fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%-17s %6v %5v %7v %11v %6v %14v %6v", cells...), " "))
		return err
	}
	if err := row("network", "layers", "input", "classes", "parameters", "paper", "multiply-adds", "paper"); err != nil {
		return err
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		n.Model = name
		named, err := n.Lookup(o)
		if err != nil {
			return err
		}
		s, err := resnet.Summarize(named, 0)
		if err != nil {
			return err
		}
		total, paper := s.Total(), figures[name]
		if err := row(name, s.Info.Layers, s.Info.Input, s.Info.Classes, printable.Thousands(total.Parameters),
			paper.parameters, printable.Thousands(total.MultiplyAdds), paper.multiplyAdds); err != nil {
			return err
		}
	}
	return nil
}
