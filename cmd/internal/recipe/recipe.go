package recipe

import (
	"maps"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/settings"
)

// Paper and FineTune are the recipe of the defaults, and the one that needs weights to
// start from.
const (
	Paper    = "paper"
	FineTune = "finetune"
)

// List is the recipes of a command.
type List []settings.Recipe

// CIFAR and ImageNet are what cifar-train and imagenet-train have.
var (
	CIFAR    = list(func(r row) values { return r.cifar })
	ImageNet = list(func(r row) values { return r.imagenet })
)

func list(of func(r row) values) (l List) {
	for _, r := range table {
		if of(r) == nil {
			continue
		}
		flags := values{}
		maps.Copy(flags, r.both)
		maps.Copy(flags, of(r))
		l = append(l, settings.Recipe{Name: r.name, About: r.about, Flags: flags})
	}
	return l
}

// Bind binds the name of a recipe to a flag.
func (l List) Bind(f *cli.Flags, name *string) {
	f.StringVar(name, "recipe", Paper, "`NAME` of settings for flags that are not given, one below; by default paper, but for families that hardly learn by it, which have their own")
}

// Explain lists what there are.
func (l List) Explain(f *cli.Flags) {
	words := make([][2]string, len(l))
	for i, r := range l {
		words[i] = [2]string{r.Name, r.About}
		if set := r.String(); set != "" {
			words[i][1] += " (" + set + ")"
		}
	}
	f.Explain("recipes", words)
}

// Flags are the values of the recipe of that name.
func (l List) Flags(name string) map[string]string {
	for _, r := range l {
		if r.Name == name {
			return r.Flags
		}
	}
	return nil
}

// For is the recipe that a network is trained by where none is named.
func For(model string) string {
	for _, r := range table {
		if r.own && slices.ContainsFunc(r.models, func(m string) bool { return strings.HasPrefix(model, m) }) {
			return r.name
		}
	}
	return Paper
}

// Check refuses the recipe that needs weights where there are none to start from.
func Check(name, weights string) error {
	if name == FineTune && weights == "" {
		return cli.Usagef("-recipe %s needs -weights to start from", FineTune)
	}
	return nil
}
