package cli

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// help prints what the command does and its flags, group by group.
func (f *Flags) help(w io.Writer, about string, arguments []string) {
	width := 100
	if term.IsTerminal(int(os.Stdout.Fd())) {
		width = min(max(columns(os.Stdout), 40), width)
	}
	fmt.Fprintf(w, "%s\n\nusage: %s\n", wrap(strings.Join(strings.Fields(about), " "), width, 0), strings.Join(append([]string{f.Name(), "[flags]"}, arguments...), " "))
	for _, g := range f.groups {
		if len(g.names)+len(g.words) == 0 {
			continue
		}
		title := g.title
		if title == "" {
			title = "flags"
		}
		fmt.Fprintf(w, "\n%s:\n", strings.ToUpper(title[:1])+title[1:])
		for _, name := range g.names {
			f.describe(w, name, width)
		}
		for _, word := range g.words {
			entry(w, "  "+word[0], word[1], width)
		}
	}
	fmt.Fprint(w, "\nHelp:\n")
	entry(w, "  -h", "show this", width)
	entry(w, "  -version", "show what the command was built from", width)
}

// indent is where the words on a flag begin.
const indent = 24

func (f *Flags) describe(w io.Writer, name string, width int) {
	x := f.Lookup(name)
	kind, usage := flag.UnquoteUsage(x)
	head := "  -" + name
	if is, ok := map[string]string{"int": "N", "uint": "N", "float": "X", "string": "TEXT", "value": "TEXT"}[kind]; ok {
		kind = is
	}
	if kind != "" {
		head += " " + kind
	}
	if d := x.DefValue; d != "" && d != "false" && d != "0" && !strings.Contains(usage, "(default") && !strings.Contains(usage, "by default") {
		usage += " (default " + d + ")"
	}
	entry(w, head, usage, width)
}

// entry is a flag and the words on it.
func entry(w io.Writer, head, usage string, width int) {
	if utf8.RuneCountInString(head)+2 > indent {
		fmt.Fprintln(w, head)
		head = ""
	}
	fmt.Fprintf(w, "%-*s%s\n", indent, head, wrap(strings.Join(strings.Fields(usage), " "), width, indent))
}

// wrap breaks a text into lines; those after the first are indented.
func wrap(text string, width, indent int) string {
	var b strings.Builder
	column := indent
	for i, word := range strings.Split(strings.ReplaceAll(text, " %", "\u00a0%"), " ") {
		word = strings.ReplaceAll(word, "\u00a0%", " %")
		n := utf8.RuneCountInString(word)
		switch {
		case i > 0 && column+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		case i > 0:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
