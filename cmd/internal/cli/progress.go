package cli

import (
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Progress shows how far a piece of work has come: a bar with the time left on a
// terminal, a plain line now and then elsewhere. It writes to standard error.
type Progress struct {
	total       int64
	first       int64
	bar         *progressbar.ProgressBar // nil where there is no terminal
	begun, last time.Time
	every       time.Duration
}

// NewProgress starts at done of total; bytes says that they are bytes.
func NewProgress(done, total int64, bytes bool) *Progress {
	p := &Progress{total: total, first: done, begun: time.Now(), last: time.Now(), every: 15 * time.Second}
	if term.IsTerminal(int(os.Stderr.Fd())) {
		options := []progressbar.Option{
			progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetPredictTime(true), progressbar.OptionShowCount(),
			progressbar.OptionThrottle(100 * time.Millisecond), progressbar.OptionClearOnFinish(),
			progressbar.OptionShowDescriptionAtLineEnd(), progressbar.OptionSetWidth(24),
			progressbar.OptionSetTheme(progressbar.Theme{Saucer: "━", SaucerHead: "━", SaucerPadding: "─", BarStart: " ", BarEnd: " "}),
		}
		if bytes {
			options = append(options, progressbar.OptionShowBytes(true))
		}
		p.bar = progressbar.NewOptions64(total, options...)
		_ = p.bar.Set64(done)
		p.bar.Reset() // what an earlier session did says nothing about this one's speed
		_ = p.bar.Set64(done)
	}
	return p
}

// Set shows that done of the total is reached, and a few words on it.
func (p *Progress) Set(done int64, words string) {
	if p.bar != nil {
		p.bar.Describe(words)
		_ = p.bar.Set64(done)
		return
	}
	if time.Since(p.last) < p.every {
		return
	}
	p.last = time.Now()
	left := "?"
	if done > p.first {
		per := time.Since(p.begun) / time.Duration(done-p.first)
		left = (per * time.Duration(p.total-done)).Round(time.Second).String()
	}
	fmt.Fprintf(os.Stderr, "%d/%d (%.1f %%)  %s  %s left\n", done, p.total, 100*float64(done)/float64(p.total), words, left)
}

// Println prints a line to standard output without harming the bar.
func (p *Progress) Println(line string) {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	fmt.Println(line)
}

// Warn prints a line to standard error without harming the bar.
func (p *Progress) Warn(line string) {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	fmt.Fprintln(os.Stderr, line)
}

// Close takes the bar away.
func (p *Progress) Close() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
