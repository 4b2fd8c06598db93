package imagenet

import (
	"fmt"
	"strings"

	"github.com/gorgonet/gorgonet/internal/printable"
)

// junk counts files and folders that no data set means: hidden ones, and what systems
// leave behind in folders and archives.
type junk struct {
	n     int
	first string
}

// is says whether a name is of that kind, and counts it.
func (j *junk) is(name string) bool {
	switch strings.ToLower(name) {
	case "__macosx", "thumbs.db", "desktop.ini", "@eadir":
	default:
		if !strings.HasPrefix(name, ".") {
			return false
		}
	}
	if j.n++; j.n == 1 {
		j.first = name
	}
	return true
}

// warn says so once.
func (j junk) warn(s *Set) {
	if j.n > 0 {
		s.warn("passed over: %d files and folders that are hidden or of the system, the first %s", j.n, printable.Name(j.first))
	}
}

func (s *Set) warn(format string, args ...any) {
	s.Warnings = append(s.Warnings, fmt.Sprintf(format, args...))
}
