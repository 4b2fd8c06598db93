package cli

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestLine wants one line of at most the width, the bar first and then what fits.
func TestLine(t *testing.T) {
	p := &Progress{done: 250, total: 1000, first: 150, begun: time.Now().Add(-100 * time.Second), words: []string{"loss 0.1234", "error 12.3 %", "a\x1b[2Jb"}}
	for width := range 300 {
		line := p.line(width)
		if n := utf8.RuneCountInString(line); n > width || strings.ContainsAny(line, "\n\x1b") {
			t.Errorf("width %d: %d columns: %q", width, n, line)
		}
		if width > 1 && !strings.HasPrefix(line, " ━") {
			t.Errorf("width %d does not begin with the bar: %q", width, line)
		}
	}
	for width, want := range map[int]string{
		39:  " ━──────  25 %  12m30s left",
		44:  " ━━──────  25 %  12m30s left  loss 0.1234",
		79:  ` ━━━────────────  25 %  12m30s left  loss 0.1234  error 12.3 %  a\x1b[2Jb`,
		119: ` ━━━━━──────────────────  25 %  12m30s left  loss 0.1234  error 12.3 %  a\x1b[2Jb  250/1000`,
	} {
		got := p.line(width)
		if got != want {
			t.Errorf("width %d: %q, want %q", width, got, want)
		}
	}
	for _, p := range []*Progress{{}, {done: 5, total: 3}, {total: -1}, {done: 5, first: 7, total: 10}} {
		if line := p.line(79); !strings.Contains(line, "left") {
			t.Errorf("%+v: %q", p, line)
		}
	}
}

func TestBrief(t *testing.T) {
	for seconds, want := range map[float64]string{0: "0s", 59.4: "59s", 59.6: "1m00s", 3599: "59m59s", 3600: "1h00m", 86399: "23h59m", 90000: "1d01h", 1e300: "11574074d01h"} {
		if got := brief(seconds); got != want {
			t.Errorf("%v: %s, want %s", seconds, got, want)
		}
	}
}

// TestWrap wants words whole, and a number and its percent sign together.
func TestWrap(t *testing.T) {
	for _, test := range []struct {
		text   string
		width  int
		indent int
		want   string
	}{
		{"one two three", 80, 0, "one two three"},
		{"one two three", 8, 0, "one two\nthree"},
		{"one two three", 9, 2, "one two\n  three"},
		{"a word_that_is_long", 5, 0, "a\nword_that_is_long"},
		{"error 86.72 % (best 85.94 %, top-5 44.53 %) after", 26, 0, "error 86.72 % (best\n85.94 %, top-5 44.53 %)\nafter"},
	} {
		if got := wrap(test.text, test.width, test.indent); got != test.want {
			t.Errorf("%q in %d columns is %q, want %q", test.text, test.width, got, test.want)
		}
	}
}
