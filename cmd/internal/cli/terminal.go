package cli

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/gorgonet/gorgonet/internal/printable"
	"golang.org/x/term"
)

// screen is what a command writes to. Lines go above the progress line, which is
// the last one of a terminal and is drawn again below them.
var screen struct {
	sync.Mutex
	progress *Progress // nil where none is shown
}

// Printf prints to standard output, as fmt.Printf does. What would steer a terminal
// is printed as the characters that Go writes for it.
func Printf(format string, args ...any) { print(os.Stdout, fmt.Sprintf(format, args...)) }

// Warnf prints a line that begins with "warning:" to standard error.
func Warnf(format string, args ...any) {
	print(os.Stderr, wrapped("warning: "+fmt.Sprintf(format, args...)+"\n", os.Stderr))
}

// Textf is Printf for what is read and not copied: on a terminal, lines end between
// words.
func Textf(format string, args ...any) {
	print(os.Stdout, wrapped(fmt.Sprintf(format, args...), os.Stdout))
}

// wrapped is the text with its lines as long as a terminal's, where that is one.
func wrapped(text string, to *os.File) string {
	if !term.IsTerminal(int(to.Fd())) {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = wrap(line, columns(to), 0)
	}
	return strings.Join(lines, "\n")
}

// Row prints a line of several parts to standard output. On a terminal the last ones
// are left out where the line would not fit.
func Row(parts ...string) {
	width := 0
	if term.IsTerminal(int(os.Stdout.Fd())) {
		width = columns(os.Stdout)
	}
	print(os.Stdout, packages.ReplaceAllString(fit(parts, width), "$1")+"\n")
}

func print(to *os.File, text string) {
	screen.Lock()
	defer screen.Unlock()
	if screen.progress != nil {
		screen.progress.clear()
	}
	_, _ = to.WriteString(printable.Text(text)) // nobody to tell
	if screen.progress != nil && strings.HasSuffix(text, "\n") {
		screen.progress.draw()
	}
}

// columns is the width of a terminal, 80 where it cannot be told.
func columns(f *os.File) int {
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		return width
	}
	return 80
}

// fit joins as many of the parts as a line of the width has room for, at least the
// first; 0 is room for all.
func fit(parts []string, width int) string {
	line := parts[0]
	for _, part := range parts[1:] {
		if width > 0 && utf8.RuneCountInString(line)+2+utf8.RuneCountInString(part) > width {
			break
		}
		line += "  " + part
	}
	return line
}
