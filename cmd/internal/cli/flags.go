package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Flags are a command's flags, in groups for those who read about them.
type Flags struct {
	*flag.FlagSet
	groups  []group
	aliases map[string]string // old names, by which -h does not call them, and today's
}

type group struct {
	title string
	names []string
	words [][2]string
}

// NewFlags has no flags yet.
func NewFlags(name string) *Flags {
	f := &Flags{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), aliases: map[string]string{}}
	f.Usage = func() {}
	f.SetOutput(io.Discard) // Main prints the error, once
	return f
}

// Group begins a group, to which flags belong from here on.
func (f *Flags) Group(title string) {
	if i := slices.IndexFunc(f.groups, func(g group) bool { return g.title == title }); i >= 0 {
		f.groups = append(append(f.groups[:i:i], f.groups[i+1:]...), f.groups[i])
		return
	}
	f.groups = append(f.groups, group{title: title})
}

// Explain makes a group of words, such as those that a flag takes, and what they mean.
func (f *Flags) Explain(title string, words [][2]string) {
	f.Group(title)
	f.groups[len(f.groups)-1].words = words
}

// Alias lets a flag go by an old name too.
func (f *Flags) Alias(name, old string) {
	f.FlagSet.Var(f.Lookup(name).Value, old, "")
	f.aliases[old] = name
}

// Given are the names of the flags that were given, today's for old ones.
func (f *Flags) Given() map[string]bool {
	given := map[string]bool{}
	f.Visit(func(x *flag.Flag) {
		name := x.Name
		if today, old := f.aliases[name]; old {
			name = today
		}
		given[name] = true
	})
	return given
}

func (f *Flags) add(name string) {
	if len(f.groups) == 0 {
		f.Group("")
	}
	g := &f.groups[len(f.groups)-1]
	g.names = append(g.names, name)
}

// StringVar is flag.FlagSet's, as are the others.
func (f *Flags) StringVar(p *string, name, value, usage string) {
	f.FlagSet.StringVar(p, name, value, usage)
	f.add(name)
}

func (f *Flags) IntVar(p *int, name string, value int, usage string) {
	f.FlagSet.IntVar(p, name, value, usage)
	f.add(name)
}

func (f *Flags) Uint64Var(p *uint64, name string, value uint64, usage string) {
	f.FlagSet.Uint64Var(p, name, value, usage)
	f.add(name)
}

func (f *Flags) Float64Var(p *float64, name string, value float64, usage string) {
	f.FlagSet.Float64Var(p, name, value, usage)
	f.add(name)
}

func (f *Flags) BoolVar(p *bool, name string, value bool, usage string) {
	f.FlagSet.BoolVar(p, name, value, usage)
	f.add(name)
}

func (f *Flags) Var(value flag.Value, name, usage string) {
	f.FlagSet.Var(value, name, usage)
	f.add(name)
}

func (f *Flags) String(name, value, usage string) *string {
	p := new(string)
	f.StringVar(p, name, value, usage)
	return p
}

func (f *Flags) Int(name string, value int, usage string) *int {
	p := new(int)
	f.IntVar(p, name, value, usage)
	return p
}

func (f *Flags) Bool(name string, value bool, usage string) *bool {
	p := new(bool)
	f.BoolVar(p, name, value, usage)
	return p
}

// Parse reads the flags; a wrong one, or an argument that is none, is an error
// of usage.
func Parse(flags *Flags, about string, args []string) error {
	_, err := ParseArgs(flags, about, args)
	return err
}

// ParseArgs is Parse for commands that need arguments besides flags; it returns
// them. The names, such as FILE, are for the usage; a last one that ends in "..."
// stands for one argument or more.
func ParseArgs(flags *Flags, text string, args []string, names ...string) ([]string, error) {
	version := flags.FlagSet.Bool("version", false, "")
	err := flags.FlagSet.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.help(os.Stdout, text, names)
		return nil, err
	case err != nil:
		return nil, flags.explain(err)
	case *version:
		fmt.Println(about(flags.Name()))
		return nil, flag.ErrHelp
	}
	n := len(names)
	more := n > 0 && strings.HasSuffix(names[n-1], "...")
	if flags.NArg() > n && !more {
		return nil, Usagef("unexpected argument %q", flags.Arg(n))
	} else if flags.NArg() < n {
		return nil, Usagef("%s is missing", names[flags.NArg()])
	}
	return flags.Args(), nil
}

// How package flag puts what is wrong.
var (
	undefined = regexp.MustCompile(`^flag provided but not defined: -(.*)$`)
	valueless = regexp.MustCompile(`^flag needs an argument: -(.*)$`)
	invalid   = regexp.MustCompile(`(?s)^invalid (?:boolean )?value (".*") for (?:flag )?-([^ ]+): (.*)$`)
)

// explain puts an error of package flag so that it says what to do.
func (f *Flags) explain(err error) error {
	text := err.Error()
	if m := undefined.FindStringSubmatch(text); m != nil {
		var names []string
		for _, g := range f.groups {
			for _, name := range g.names {
				names = append(names, "-"+name)
			}
		}
		return Usagef("there is no flag -%s%s", m[1], DidYouMean("-"+m[1], names))
	}
	if m := valueless.FindStringSubmatch(text); m != nil {
		return Usagef("-%s needs a value", m[1])
	}
	if m := invalid.FindStringSubmatch(text); m != nil {
		kind := ""
		if x := f.Lookup(m[2]); x != nil {
			kind, _ = flag.UnquoteUsage(x)
		}
		switch is := map[string]string{"int": "a whole number", "uint": "a whole number that is not negative", "float": "a number", "": "true or false"}[kind]; {
		case m[3] == "value out of range":
			return Usagef("-%s cannot be as large as %s", m[2], m[1])
		case m[3] == "parse error" && is != "":
			return Usagef("-%s is %s, not %s", m[2], is, m[1])
		}
		return Usagef("-%s: %s", m[2], m[3])
	}
	return usageError{err}
}

// Follow gives flags that were not given the values of a recipe. Given -iterations
// take the place of -epochs that were not.
func Follow(f *Flags, recipe map[string]string) error {
	if err := Either(f, "epochs", "iterations"); err != nil {
		return err
	}
	given := f.Given()
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
func Either(f *Flags, a, b string) error {
	if given := f.Given(); given[a] && given[b] {
		return Usagef("-%s and -%s cannot both be given; leave one out", a, b)
	}
	return nil
}
