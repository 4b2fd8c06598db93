package imagenet

import (
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// plainText reads a text of any origin: UTF-8 or UTF-16 as its first character, a byte
// order mark, says, with lines that end in LF, CR LF or CR.
func plainText(r io.Reader) io.Reader {
	return &newlines{r: transform.NewReader(r, unicode.BOMOverride(transform.Nop))}
}

// newlines makes every end of a line an LF.
type newlines struct {
	r         io.Reader
	afterHome bool // the last byte was a CR
}

// Read implements io.Reader.
func (l *newlines) Read(p []byte) (int, error) {
	for {
		n, err := l.r.Read(p)
		kept := 0
		for _, b := range p[:n] {
			if b == '\n' && l.afterHome {
				l.afterHome = false
				continue
			}
			if l.afterHome = b == '\r'; l.afterHome {
				b = '\n'
			}
			p[kept] = b
			kept++
		}
		if kept > 0 || err != nil || len(p) == 0 {
			return kept, err
		}
	}
}
