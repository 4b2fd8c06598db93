package cli

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/gorgonet/gorgonet/internal/printable"
	"golang.org/x/term"
)

// Progress shows how far a piece of work has come: on a terminal one line that is
// drawn again in its place, a bar with the time left and as many words as the width
// has room for; elsewhere a plain line now and then. It writes to standard error.
// One is shown at a time.
type Progress struct {
	done, total int64
	first       int64
	bytes       bool
	words       []string
	begun, last time.Time
	resized     chan os.Signal // nil where there is no terminal
}

// How often a progress is drawn on a terminal, and printed elsewhere.
const (
	redraw = 100 * time.Millisecond
	repeat = 15 * time.Second
)

// NewProgress starts at done of total; bytes says that they are bytes.
func NewProgress(done, total int64, bytes bool) *Progress {
	p := &Progress{done: done, total: total, first: done, bytes: bytes, begun: time.Now(), last: time.Now()}
	if !term.IsTerminal(int(os.Stderr.Fd())) || os.Getenv("TERM") == "dumb" || !obeysEscapes(os.Stderr) {
		return p
	}
	p.resized = make(chan os.Signal, 1)
	notifyResize(p.resized)
	go func() {
		for range p.resized {
			screen.Lock()
			if screen.progress == p {
				p.draw()
			}
			screen.Unlock()
		}
	}()
	screen.Lock()
	screen.progress = p
	p.draw()
	screen.Unlock()
	return p
}

// Set shows that done of the total is reached, and a few words on it, the most
// important first.
func (p *Progress) Set(done int64, words ...string) {
	screen.Lock()
	defer screen.Unlock()
	p.done, p.words = done, words
	switch {
	case p.resized == nil && time.Since(p.last) >= repeat:
		fmt.Fprintln(os.Stderr, p.plain())
	case p.resized != nil && screen.progress == p && time.Since(p.last) >= redraw:
		p.draw()
		return
	default:
		return
	}
	p.last = time.Now()
}

// Close takes the line away.
func (p *Progress) Close() {
	screen.Lock()
	defer screen.Unlock()
	if screen.progress == p {
		p.clear()
		screen.progress = nil
		signal.Stop(p.resized)
		close(p.resized)
	}
}

// draw puts the line in the place of the one before. It leaves the cursor at its
// beginning: a terminal that breaks a line anew when it gets narrower takes the cursor
// with it, so that the next drawing begins where this one did and removes all of it.
func (p *Progress) draw() {
	p.last = time.Now()
	fmt.Fprintf(os.Stderr, "\r%s\x1b[J\r", p.line(columns(os.Stderr)-1))
}

func (p *Progress) clear() { fmt.Fprint(os.Stderr, "\r\x1b[J") }

// line is the progress as one line of at most so many columns.
func (p *Progress) line(width int) string {
	bar := min(max(width/5, 4), 30)
	full := min(int(float64(bar)*p.share()), bar)
	parts := append([]string{
		" " + strings.Repeat("━", full) + strings.Repeat("─", bar-full) + fmt.Sprintf(" %3.0f %%", 100*p.share()), p.left()}, p.words...)
	for i := range parts {
		parts[i] = printable.Text(parts[i])
	}
	line := fit(append(parts, p.count()), width)
	if runes := []rune(line); len(runes) > width {
		line = string(runes[:max(width, 0)])
	}
	return line
}

// plain is the progress as a line of any length.
func (p *Progress) plain() string {
	parts := append([]string{fmt.Sprintf("%s (%.1f %%)", p.count(), 100*p.share())}, p.words...)
	return printable.Text(fit(append(parts, p.left()), 0))
}

func (p *Progress) share() float64 {
	if p.total <= 0 {
		return 0
	}
	return min(float64(p.done)/float64(p.total), 1)
}

func (p *Progress) count() string {
	if p.bytes {
		return fmt.Sprintf("%.1f of %.1f MB", float64(p.done)/1e6, float64(p.total)/1e6)
	}
	return fmt.Sprintf("%d/%d", p.done, p.total)
}

// left is the time that the rest takes at the speed since the beginning.
func (p *Progress) left() string {
	if p.done <= p.first {
		return "? left"
	}
	seconds := time.Since(p.begun).Seconds() / float64(p.done-p.first) * float64(max(p.total-p.done, 0))
	return brief(seconds) + " left"
}

// brief is a length of time in its two largest units.
func brief(seconds float64) string {
	s := int64(min(seconds, 1e12) + 0.5)
	switch {
	case s >= 24*3600:
		return fmt.Sprintf("%dd%02dh", s/(24*3600), s/3600%24)
	case s >= 3600:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	case s >= 60:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	}
	return fmt.Sprintf("%ds", s)
}
