// Package settings is what the commands share whose work lies in a directory: their
// settings go from flags to config.json and back when the work goes on.
package settings

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// Command is how a command with settings S deals with them.
type Command[S any] struct {
	About string
	Noun  string // for what lies in a directory, such as run

	// Bind binds settings to flags, and puts in the defaults.
	Bind func(s *S, f *cli.Flags)

	// Recipes are other defaults, by the name that Recipe finds in the settings; the
	// first is that of the defaults themselves.
	Recipes []Recipe
	Recipe  func(s *S) string

	// Suited, unless nil, is the recipe where -recipe is not given.
	Suited func(s *S) string

	// Usual, unless nil, are values that flags which are not given have because of
	// others, whatever the recipe says.
	Usual func(s *S) map[string]string

	// Check finds what is wrong whatever the data, before anything is fetched or
	// written. fresh says that the work is new, and needs what it begins with.
	Check func(s *S, fresh bool) error

	// Name is what a new directory in runs is called, before the date.
	Name func(s *S) string

	// Resume, unless nil, readies the settings of work to go on with for the flags.
	Resume func(s *S, flags *cli.Flags) error

	// Free are the flags that may differ when the work goes on.
	Free []string

	// Renamed are keys that config.json had earlier, and what they are called today.
	Renamed map[string]string

	// Reading, unless nil, tells whether this time a directory is only read.
	Reading func() bool
}

// Recipe are values of flags, by name.
type Recipe struct {
	Name  string
	About string
	Flags map[string]string
}

// String is the flags as they are given.
func (r Recipe) String() string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(r.Flags)) {
		switch value := r.Flags[name]; value {
		case "true":
			words = append(words, "-"+name)
		case "false":
			words = append(words, "-"+name+"=false")
		default:
			words = append(words, "-"+name+" "+value)
		}
	}
	return strings.Join(words, " ")
}

// Place is where the work lies.
type Place[S any] struct {
	Settings *S
	Path     string // empty for a new one of which nobody has said where
	Note     string // what is to be said before new work begins, if anything

	// Directory is that of work to go on with or to read, nil for new work.
	Directory *training.Directory

	command Command[S]
	flags   *cli.Flags
}

// Open reads the flags and, where work goes on, the settings that it has. Flags that
// the command has bound before are read too.
func (c Command[S]) Open(flags *cli.Flags, args []string) (*Place[S], error) {
	p := &Place[S]{Settings: new(S), command: c, flags: flags}
	c.Bind(p.Settings, flags)
	flags.Group("records")
	flags.StringVar(&p.Path, "out", "", fmt.Sprintf("`DIR` of the %s (default one in runs, named after it and the date)", c.Noun))
	resume := flags.Bool("resume", false, fmt.Sprintf("go on with the %s in -out; its settings hold", c.Noun))
	if err := cli.Parse(flags, c.About, args); err != nil {
		return nil, err
	}
	open := training.ResumeDirectory
	if c.Reading != nil && c.Reading() {
		open = training.OpenDirectory // which needs no lock
	} else if !*resume {
		return p, p.begin()
	}
	if p.Path == "" {
		or := ""
		if !*resume && flags.Lookup("weights") != nil {
			or = ", or with -weights which file"
		}
		return nil, cli.Usagef("say with -out which %s%s", c.Noun, or)
	}
	return p, p.goOn(open)
}

// begin settles the settings of new work.
func (p *Place[S]) begin() error {
	c := p.command
	values := map[string]string{}
	if len(c.Recipes) > 0 {
		var names []string
		for _, r := range c.Recipes {
			names = append(names, r.Name)
		}
		name, err := p.recipe()
		if err != nil {
			return err
		}
		if err := cli.OneOf("recipe", name, names...); err != nil {
			return err
		}
		maps.Copy(values, c.Recipes[slices.Index(names, name)].Flags)
	}
	if c.Usual != nil {
		maps.Copy(values, c.Usual(p.Settings))
	}
	if err := cli.Follow(p.flags, values); err != nil {
		return err
	}
	if err := c.Check(p.Settings, true); err != nil {
		return err
	}
	return vacant(p.Path)
}

// recipe is the name of the one that new work follows.
func (p *Place[S]) recipe() (name string, err error) {
	usual := p.command.Recipe(p.Settings)
	if p.command.Suited == nil || p.flags.Given()["recipe"] {
		return usual, nil
	}
	if name = p.command.Suited(p.Settings); name == usual {
		return usual, nil
	}
	p.Note = fmt.Sprintf("-recipe %s is what this network is for, and holds as none is given; -h lists what it sets", name)
	return name, p.flags.Set("recipe", name)
}

// vacant refuses a path where no directory of new work can be.
func vacant(path string) error {
	if path == "" {
		return nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return errors.Wrapf(err, "cannot make the output directory %s", path)
	case !info.IsDir():
		return errors.Errorf("cannot make the output directory %s: it is a file", path)
	}
	if _, err := os.Stat(filepath.Join(path, configFile)); err == nil {
		return errors.Errorf("%s holds a run already; resume it, or choose another directory", path)
	}
	return nil
}

// goOn reads the settings of work that has begun.
func (p *Place[S]) goOn(open func(path string, config any) (*training.Directory, error)) (err error) {
	c, stored := p.command, new(S)
	c.Bind(stored, cli.NewFlags("")) // the defaults, for what an old config.json lacks
	config := &file{name: p.flags.Name(), noun: c.Noun, renamed: c.Renamed, settings: stored}
	if p.Directory, err = open(p.Path, config); err != nil {
		return err
	}
	err = config.err
	if err == nil && c.Resume != nil {
		err = c.Resume(stored, p.flags)
	}
	if err == nil {
		err = c.agree(stored, p.flags)
	}
	if err != nil {
		p.Directory.Close()
		return fmt.Errorf("cannot use %s: %w", p.Path, err)
	}
	p.Settings = stored
	return c.Check(stored, false)
}

// agree checks that flags given on resuming are those of the work. Free ones may
// differ: the settings take their values.
func (c Command[S]) agree(s *S, given *cli.Flags) (err error) {
	stored, values := cli.NewFlags(""), *s
	c.Bind(s, stored) // which puts in the defaults
	*s = values
	for name := range given.Given() {
		of, value := stored.Lookup(name), given.Lookup(name).Value.String()
		switch {
		case of == nil || of.Value.String() == value:
		case !slices.Contains(c.Free, name):
			with := "with -" + name + " " + of.Value.String()
			if of.Value.String() == "" {
				with = "without -" + name
			}
			return fmt.Errorf("the %s was started %s, not %s; leave the flag out, or start a new %[1]s in another -out", c.Noun, with, value)
		default:
			if err := of.Value.Set(value); err != nil {
				return err
			}
		}
	}
	return nil
}

// Create makes the directory of new work, and says in Path where it is.
func (p *Place[S]) Create() (*training.Directory, error) {
	if p.Path == "" {
		p.Path = filepath.Join("runs", p.command.Name(p.Settings)+"-"+time.Now().Format("20060102-150405"))
	}
	return training.CreateDirectory(p.Path, file{name: p.flags.Name(), settings: p.Settings})
}

// Extend writes the settings of work to go on with anew, which is longer now.
func (p *Place[S]) Extend() error {
	return p.Directory.Extend(file{name: p.flags.Name(), settings: p.Settings})
}

// Interrupted says how to go on with what has been done so far, such as "after step 3
// and saved".
func (p *Place[S]) Interrupted(done string) error {
	words := []string{"-resume", "-out", p.Path}
	for name := range p.flags.Given() {
		if slices.Contains(p.command.Free, name) && p.Directory != nil { // else config.json has it
			words = append(words, "-"+name+"="+p.flags.Lookup(name).Value.String())
		}
	}
	slices.Sort(words[3:])
	cli.Printf("interrupted %s; go on with: %s\n", strings.TrimSpace(done), cli.CommandLine(words...))
	return cli.ErrInterrupted
}
