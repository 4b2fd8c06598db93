// Package printable shows numbers, and names that come from files, archives and folders: a control
// character in one must not reach the terminal that an error or a log is written to.
package printable

import (
	"errors"
	"io/fs"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// Name is a name as it is where all its characters can be printed, and quoted, with
// escapes, where one cannot.
func Name(s string) string {
	if !utf8.ValidString(s) {
		return strconv.Quote(s)
	}
	for _, r := range s {
		if r != ' ' && !unicode.IsGraphic(r) {
			return strconv.Quote(s)
		}
	}
	return s
}

// Error is an error of package os with its path as Name shows it.
func Error(err error) error {
	var p *fs.PathError
	if !errors.As(err, &p) || Name(p.Path) == p.Path {
		return err
	}
	shown := *p
	shown.Path = Name(p.Path)
	return &shown
}

// Text is a text of several words, such as an error, in which characters that cannot be
// printed are replaced by their escapes.
func Text(s string) string {
	clean := true
	for _, r := range s {
		clean = clean && r != utf8.RuneError && (r == '\n' || r == '\t' || unicode.IsGraphic(r))
	}
	if clean {
		return s
	}
	out := make([]byte, 0, len(s)+16)
	for i, r := range s {
		_, width := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\n' || r == '\t' || r != utf8.RuneError && unicode.IsGraphic(r):
			out = append(out, s[i:i+width]...)
		default:
			quoted := strconv.Quote(s[i : i+width])
			out = append(out, quoted[1:len(quoted)-1]...)
		}
	}
	return string(out)
}
