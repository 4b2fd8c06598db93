package main

import (
	"context"
	"time"

	"github.com/gorgonet/gorgonet/cmd/degradation-experiment/internal/experiment"
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
)

// name is that of an experiment.
type name string

// degradation is the experiment that is meant where none is named.
const degradation name = "degradation"

// IsZero leaves the first experiment out of config.json, which was there before there
// were others.
func (n name) IsZero() bool { return n == degradation }

// String implements flag.Value.
func (n *name) String() string { return string(*n) }

// Set implements flag.Value.
func (n *name) Set(text string) error {
	*n = name(text)
	return nil
}

// listed is a line on each experiment.
func listed() (lines [][2]string) {
	for _, d := range experiment.Designs() {
		lines = append(lines, [2]string{d.Name, d.About})
	}
	return lines
}

// usual are the values of flags that are not given, by the experiment.
func (s *options) usual(given map[string]bool) map[string]string {
	values := map[string]string{}
	d, err := experiment.Lookup(string(s.Experiment))
	if err != nil || d.Name == string(degradation) && !given["budget"] {
		return values // Check says what is wrong
	}
	for flag, value := range d.Usual {
		if s.Recipe == "quick" || flag == "depths" || flag == "kinds" {
			values[flag] = value
		}
	}
	switch {
	case given["iterations"] || given["epochs"]:
	case given["budget"] || s.Recipe == "quick":
		values["budget"], values["iterations"] = "1h", "0"
	}
	return values
}

// budget is the time that the experiment may take, 0 where its steps are given.
func (s *options) budget() (time.Duration, error) {
	if s.Budget == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(s.Budget)
	if err != nil || d <= 0 {
		return 0, cli.Usagef("-budget is a time such as 10m or 1h30m, not %q", s.Budget)
	}
	return d, nil
}

// fit finds how many steps the budget has time for.
func (s *options) fit(ctx context.Context, c *experiment.Config) error {
	budget, err := s.budget()
	if err != nil {
		return err
	}
	cli.Textf("measuring how many steps of each network a budget of %v has time for\n", budget)
	if err := c.Fit(ctx, budget); err != nil {
		if ctx.Err() != nil {
			cli.Printf("interrupted before the first step; nothing is saved\n")
			return cli.ErrInterrupted
		}
		return err
	}
	s.Iterations = c.Iterations
	return nil
}

// words are kinds as text.
func words(kinds []experiment.Kind) (out []string) {
	for _, k := range kinds {
		out = append(out, string(k))
	}
	return out
}
