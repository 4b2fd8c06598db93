// Package network has the flags that name a network.
package network

import (
	"strings"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// MaxClasses keeps a network within a usual machine's memory.
const MaxClasses = 100_000

// Choice names a network and how it differs from the one of its paper.
type Choice struct {
	Model    string `json:"model"`
	Shortcut string `json:"shortcut"`
	ZeroInit bool   `json:"zero_init"`
	DropPath Rate   `json:"drop_path,omitzero"`
	Dropout  Rate   `json:"dropout,omitzero"`
}

// Bind binds name and shortcut to flags; model is the default.
func (n *Choice) Bind(f *cli.Flags, model string) {
	BindModel(f, &n.Model, model)
	BindShortcut(f, &n.Shortcut, "")
}

// BindInit binds what matters only to a network that is trained.
func (n *Choice) BindInit(f *cli.Flags) {
	f.BoolVar(&n.ZeroInit, "zero-init", false, "start the last scale of every residual unit at 0")
	n.bindDrop(f)
}

// BindModel binds the name alone.
func BindModel(f *cli.Flags, model *string, standard string) {
	f.StringVar(model, "model", standard, "`NETWORK`: one that summary -all lists, or resnetN or plainN with N = 6n+2 layers, for CIFAR")
}

// BindShortcut binds the shortcut alone.
func BindShortcut(f *cli.Flags, shortcut *string, standard string) {
	usage := "shortcuts where shapes change, of `KIND` A (zero-padding), B (projection) or C (projection everywhere)"
	if standard == "" {
		usage += "; by default the network's own, A in the paper's family for CIFAR"
	}
	f.StringVar(shortcut, "shortcut", standard, usage)
}

// ParseShortcut reads the flag.
func ParseShortcut(text string) (blocks.Shortcut, error) {
	s, err := blocks.ParseShortcut(text)
	if err != nil || s == blocks.ShortcutNone {
		return s, cli.Usagef("-shortcut is A, B or C, not %q", text)
	}
	return s, nil
}

// Check finds a network that does not exist, whatever the data.
func (n Choice) Check() error {
	_, err := n.Lookup(resnet.Options{})
	return err
}

// Lookup finds the network; the options say what no flag does.
func (n Choice) Lookup(o resnet.Options) (network resnet.Network, err error) {
	if n.Shortcut != "" {
		if o.Shortcut, err = ParseShortcut(n.Shortcut); err != nil {
			return nil, err
		}
	}
	o.ZeroInitResidual, o.Drop, o.Dropout = n.ZeroInit, n.DropPath.option(), n.Dropout.option()
	return Lookup(n.Model, o)
}

// Obey reads what a file of weights says of itself, nil where it says nothing, and takes
// the name of its network in place of flags that were not given. One that was and says
// otherwise is an error, unless the name is of none that there is: then the flags are
// needed.
func (n *Choice) Obey(file string, flags *cli.Flags) (*training.Card, error) {
	card, err := training.ReadCard(file)
	if card == nil || err != nil {
		return nil, err
	}
	return card, n.take(file, card.Model, flags)
}

// take takes the name of the network in a file.
func (n *Choice) take(file, model string, flags *cli.Flags) error {
	own := Choice{Model: model, ZeroInit: n.ZeroInit, DropPath: n.DropPath, Dropout: n.Dropout}
	for _, shortcut := range []blocks.Shortcut{blocks.ShortcutA, blocks.ShortcutB, blocks.ShortcutC} {
		if name, ok := strings.CutSuffix(model, "-"+string(shortcut)); ok {
			own.Model, own.Shortcut = name, string(shortcut)
		}
	}
	given, unknown := flags.Given(), own.Check() != nil
	switch {
	case unknown && !given["model"]:
		return cli.Usagef("%s holds a network called %s, which is none that there is here; say with -model which it is", file, printable.Name(model))
	case unknown:
		return nil
	case given["model"] || given["shortcut"]:
		if asked := n.Name(); asked != model {
			return cli.Usagef("%s holds a %s, not a %s; leave -model and -shortcut out", file, model, asked)
		}
	default:
		*n = own
	}
	return nil
}

// Name is what records call the network.
func (n Choice) Name() string {
	if n.Shortcut == "" {
		return n.Model
	}
	return n.Model + "-" + n.Shortcut
}

// Lookup is resnet.Lookup, but a name that there is none of is wrong usage, and the
// error tells which is near.
func Lookup(name string, o resnet.Options) (resnet.Network, error) {
	named, err := resnet.Lookup(name, o)
	if err == nil || o.Classes < 0 || o.Input < 0 {
		return named, err
	}
	names := resnet.Names()
	for _, n := range []string{"20", "32", "44", "56", "110", "1202"} {
		names = append(names, "resnet"+n, "plain"+n)
	}
	near := cli.DidYouMean(name, names)
	if near != "" && strings.Contains(err.Error(), "unknown model") {
		return nil, cli.Usagef("unknown model %q%s (summary -all lists more)", name, near)
	}
	return nil, cli.Usagef("%w%s", err, near)
}
