package cli

import (
	"flag"
	"fmt"
	"slices"
)

// Follow gives flags that were not given the values of a recipe. Given -iterations
// take the place of -epochs that were not.
func Follow(f *flag.FlagSet, recipe map[string]string) error {
	if err := Either(f, "epochs", "iterations"); err != nil {
		return err
	}
	given := map[string]bool{}
	f.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for name, value := range recipe {
		if given[name] {
			continue
		}
		if err := f.Set(name, value); err != nil {
			return err
		}
	}
	if given["iterations"] && !given["epochs"] {
		return f.Set("epochs", "0")
	}
	return nil
}

// Either refuses two flags that say the same thing in two ways.
func Either(f *flag.FlagSet, a, b string) error {
	given := map[string]bool{}
	f.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if given[a] && given[b] {
		return Usagef("-%s and -%s cannot both be given; leave one out", a, b)
	}
	return nil
}

// Agree checks that flags given on resuming are those of the run, whose settings s
// are; flags binds settings to flags. Free ones may differ: s takes their given value.
func Agree[S any](s *S, flags func(*S, *flag.FlagSet), given *flag.FlagSet, free ...string) (err error) {
	stored := flag.NewFlagSet("", flag.ContinueOnError)
	values := *s
	flags(s, stored) // which puts in the defaults
	*s = values
	given.Visit(func(f *flag.Flag) {
		of := stored.Lookup(f.Name)
		if of == nil || err != nil {
			return
		}
		if slices.Contains(free, f.Name) {
			err = of.Value.Set(f.Value.String())
		} else if f.Value.String() != of.Value.String() {
			err = fmt.Errorf("the run was started with -%s %s, not %s; leave the flag out, or start a new run in another -out",
				f.Name, of.Value, f.Value)
		}
	})
	return err
}
