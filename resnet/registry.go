package resnet

import (
	"slices"
	"strings"
	"sync"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/pkg/errors"
)

// Options adapt a named network. Zero values leave it as its paper has it.
type Options struct {
	Classes  int             // 0 means 1000 for networks of ImageNet, 10 for those of CIFAR
	Input    int             // 0 means 224 or 32; below 64, a residual network of ImageNet gets the stem for CIFAR
	Shortcut blocks.Shortcut // for residual networks
	// ZeroInitResidual starts the last scale of every unit at 0, so that units
	// begin as the identity (Goyal et al. 2017, section 5.1).
	ZeroInitResidual bool
	// Drop is the probability that training leaves out the last residual unit of an
	// example; that of others grows to it from 0 at the stem (Huang et al. 2016,
	// section 3). For residual networks, where 0 leaves the network's own and a negative
	// one stands for none.
	Drop float64
	// Dropout is the probability of dropping what goes into the last linear layers,
	// where 0 leaves the network's own and a negative one stands for none.
	Dropout float64
}

// Family is a set of named networks that come from one paper. A file, or a package
// of one's own, has the rows of a family, its constructor and its registration
// beside each other.
type Family struct {
	Paper string   // such as "He et al. 2015"
	Year  int      // of the paper: families are listed in this order
	Names []string // of its networks, in order
	// Rule describes other names that the family knows, such as "resnetN with N = 6n+2";
	// nothing for none.
	Rule string
	// Tensor begins the name of a tensor that all networks of the family have, and few
	// others, for Recognize; nothing for families of residual networks.
	Tensor string
	// New makes the network of one of Names, or of a name by the rule. ErrUnknown says
	// that the name is not one of the family's.
	New func(name string, o Options) (Network, error)
}

// ErrUnknown is what a Family answers to a name that is not one of its own.
var ErrUnknown = errors.New("resnet: not a network of this family")

var registry struct {
	sync.Mutex
	families []Family
}

// Register adds a family to those that Lookup knows. A name that is registered
// already, or a family without a constructor, is an error.
func Register(f Family) error {
	if f.New == nil {
		return errors.Errorf("resnet: the family of %s has no constructor", f.Paper)
	}
	registry.Lock()
	defer registry.Unlock()
	for i, name := range f.Names {
		if name == "" || slices.Contains(f.Names[:i], name) || slices.ContainsFunc(registry.families, func(g Family) bool { return slices.Contains(g.Names, name) }) {
			return errors.Errorf("resnet: there is a network named %q already", name)
		}
	}
	f.Names = slices.Clone(f.Names)
	at := slices.IndexFunc(registry.families, func(g Family) bool { return g.Year > f.Year })
	if at < 0 {
		at = len(registry.families)
	}
	registry.families = slices.Insert(slices.Clone(registry.families), at, f)
	return nil
}

// register is Register for the families of this package.
func register(f Family) struct{} {
	if err := Register(f); err != nil {
		panic(err) // two families of this package use one name: no program starts
	}
	return struct{}{}
}

// Families lists what is registered, by year.
func Families() []Family {
	registry.Lock()
	defer registry.Unlock()
	return slices.Clone(registry.families)
}

// Names lists the named networks of all families.
func Names() (names []string) {
	for _, f := range Families() {
		names = append(names, f.Names...)
	}
	return names
}

// Lookup finds a network by name: one of Names, or one that a family's rule knows.
func Lookup(name string, o Options) (Network, error) {
	if o.Classes < 0 || o.Input < 0 {
		return nil, errors.Errorf("resnet: %s: classes and input size cannot be negative, got %d and %d", name, o.Classes, o.Input)
	}
	if !(o.Drop < 1) || !(o.Dropout < 1) {
		return nil, errors.Errorf("resnet: %s: probabilities of dropping are below 1, got %v and %v", name, o.Drop, o.Dropout)
	}
	var rules []string
	for _, f := range Families() {
		n, err := f.New(name, o)
		if !errors.Is(err, ErrUnknown) {
			return n, err
		}
		if f.Rule != "" {
			rules = append(rules, f.Rule)
		}
	}
	return nil, errors.Errorf("resnet: unknown model %q; there are %s and %s", name, strings.Join(rules, ", "), strings.Join(Names(), ", "))
}

// or is a probability of the options, or the network's own where they have none.
func (Options) or(given, own float64) float64 {
	if given == 0 {
		return own
	}
	return max(given, 0)
}

// onlyResidual refuses what is for residual networks alone.
func (o Options) onlyResidual(name string) error {
	if o.Shortcut != "" && o.Shortcut != blocks.ShortcutNone || o.ZeroInitResidual || o.Drop > 0 {
		return errors.Errorf("resnet: %s has no residual units: no shortcuts to choose, no last scale to start at zero, no unit to drop", name)
	}
	return nil
}

// about adapts what is known of a network.
func (o Options) about(i Info) Info {
	if o.Classes > 0 {
		i.Classes = o.Classes
	}
	if o.Input > 0 {
		i.Input = o.Input
	}
	return i
}

// adapt adapts a residual network.
func (o Options) adapt(c Config) Config {
	c.About = o.about(c.About)
	if c.About.Input < 64 {
		c.Stem = StemCIFAR
	}
	if o.Shortcut != "" && c.Unit.Shortcut != blocks.ShortcutNone {
		c.Unit.Shortcut = o.Shortcut
	}
	c.Unit.ZeroInit = o.ZeroInitResidual
	c.Unit.Drop = o.or(o.Drop, c.Unit.Drop)
	c.Dropout = o.or(o.Dropout, c.Dropout)
	return c
}
