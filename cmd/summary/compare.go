package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/gorgonet/gorgonet/resnet"
)

// figures are what He et al. 2015 state: multiply-adds in 10^9 (table 1, section
// 3.3) and parameters in 10^6 (table 6; VGG-19's are its authors').
var figures = map[string]struct{ multiplyAdds, parameters string }{
	"resnet18":       {"1.8", ""},
	"resnet34":       {"3.6", ""},
	"plain34":        {"3.6", ""},
	"resnet50_2015":  {"3.8", ""},
	"resnet101_2015": {"7.6", ""},
	"resnet152_2015": {"11.3", ""},
	"vgg19":          {"19.6", "144"},
	"resnet20":       {"", "0.27"},
	"resnet32":       {"", "0.46"},
	"resnet44":       {"", "0.66"},
	"resnet56":       {"", "0.85"},
	"resnet110":      {"", "1.7"},
	"resnet1202":     {"", "19.4"},
}

// family are the paper's networks for CIFAR.
var family = []string{"resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "resnet1202"}

// compare writes a row for every network, as soon as it is known. The columns
// headed paper are empty where the paper states nothing.
func compare(ctx context.Context, w io.Writer, names []string, o resnet.Options) error {
	row := func(cells ...any) error {
		_, err := fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%-18s %6v %6v %8v %16v %6v %19v %6v", cells...), " "))
		return err
	}
	if err := row("network", "layers", "input", "classes", "parameters/1e6", "paper", "multiply-adds/1e9", "paper"); err != nil {
		return err
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		network, err := resnet.Lookup(name, o)
		if err != nil {
			return err
		}
		s, err := resnet.Summarize(network, 0)
		if err != nil {
			return err
		}
		total, paper := s.Total(), figures[name]
		if err := row(name, s.Info.Layers, s.Info.Input, s.Info.Classes, fmt.Sprintf("%.3f", float64(total.Parameters)/1e6),
			paper.parameters, fmt.Sprintf("%.3f", float64(total.MultiplyAdds)/1e9), paper.multiplyAdds); err != nil {
			return err
		}
	}
	return nil
}
