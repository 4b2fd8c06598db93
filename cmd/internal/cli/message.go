package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// packages are the names that errors of this module's packages begin with.
var packages = regexp.MustCompile(`(^|: )(?:graph|weights|kernel|blocks|resnet|training|report|tensorboard|scoring|coco|voc|evaluation|detection|segmentation|diffusion|experiment|cifar|imagenet|annotations|jpeg|raster|durable): `)

// Message is an error as one line for people: without the names of packages, and
// with each path once and none of temporary files.
func Message(err error) string {
	text, path, rest := err.Error(), "", ""
	var e *fs.PathError
	if errors.As(err, &e) && strings.Contains(text, e.Error()) {
		text, rest, _ = strings.Cut(text, e.Error())
		if !mentions(text, e.Path) && !mentions(rest, e.Path) && !strings.Contains(filepath.Base(e.Path), ".tmp-") {
			path = e.Path + ": "
		}
		rest = e.Err.Error() + rest
	}
	lines := strings.FieldsFunc(unpackaged(text)+path+unpackaged(rest), func(r rune) bool { return r == '\n' || r == '\r' })
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "; ")
}

// unpackaged is a text without the names of packages.
func unpackaged(text string) string {
	for {
		shorter := packages.ReplaceAllString(text, "$1")
		if shorter == text {
			return text
		}
		text = shorter
	}
}

// mentions tells whether a text has a path as a word of its own. A path of letters alone
// could be any word of the text, so that it does not count.
func mentions(text, path string) bool {
	part := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/\\_-.", r)
	}
	if !strings.ContainsFunc(path, func(r rune) bool { return !unicode.IsLetter(r) }) {
		return false
	}
	for from := 0; ; {
		i := strings.Index(text[from:], path)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(path):])
		if !part(before) && !part(after) {
			return true
		}
		from = i + len(path)
	}
}

// warnings prints what the library logs as the commands' own warnings are printed.
type warnings struct{ more string }

// Enabled implements slog.Handler.
func (warnings) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle implements slog.Handler.
func (w warnings) Handle(_ context.Context, r slog.Record) error {
	if r.Level < slog.LevelWarn {
		Textf("%s\n", w.text(r))
	} else {
		Warnf("%s", w.text(r))
	}
	return nil
}

// text is a record as a line.
func (w warnings) text(r slog.Record) string {
	text, path := packages.ReplaceAllString(r.Message, "$1")+w.more, ""
	r.Attrs(func(a slog.Attr) bool {
		more := attribute(a)
		if a.Key == "error" && path != "" {
			more = strings.Replace(more, path, "", 1) // which errors begin with
		} else {
			path = more
		}
		text += more
		return true
	})
	return text
}

// attribute is how a warning goes on.
func attribute(a slog.Attr) string {
	value := packages.ReplaceAllString(fmt.Sprint(a.Value.Any()), "$1")
	switch a.Key {
	case "path", "folder", "file", "error":
		return ": " + value
	}
	return fmt.Sprintf(", %s %s", a.Key, value)
}

// WithAttrs implements slog.Handler.
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		w.more += attribute(a)
	}
	return w
}

// WithGroup implements slog.Handler.
func (w warnings) WithGroup(string) slog.Handler { return w }
