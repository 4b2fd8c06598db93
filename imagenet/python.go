package imagenet

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"
)

// pythonJSON turns what Python prints of dicts, lists and tuples of numbers and strings
// into JSON: {0: 'tench', 1: "cock's comb",} becomes {"0":"tench","1":"cock's comb"}.
func pythonJSON(text string) ([]byte, error) {
	var out []byte
	var depth []byte // the closing brackets to come
	key := func() bool {
		return len(depth) > 0 && depth[len(depth)-1] == '}' && len(out) > 0 && out[len(out)-1] != ':'
	}
	trim := func() {
		if len(out) > 0 && out[len(out)-1] == ',' {
			out = out[:len(out)-1]
		}
	}
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case strings.IndexByte(" \t\n", c) >= 0:
			i++
		case c == '#':
			for i < len(text) && text[i] != '\n' {
				i++
			}
		case strings.IndexByte("{[(", c) >= 0:
			closing := map[byte]byte{'{': '}', '[': ']', '(': ')'}[c]
			if depth = append(depth, closing); c == '(' {
				c = '['
			}
			out = append(out, c)
			i++
		case strings.IndexByte("}])", c) >= 0:
			if len(depth) == 0 || depth[len(depth)-1] != c {
				return nil, errors.Errorf("byte %d: %q closes nothing", i, c)
			}
			trim()
			if depth = depth[:len(depth)-1]; c == ')' {
				c = ']'
			}
			out = append(out, c)
			i++
		case c == ':' || c == ',':
			out = append(out, c)
			i++
		case c == '\'' || c == '"':
			value, length, err := pythonString(text[i:])
			if err != nil {
				return nil, errors.WithMessagef(err, "byte %d", i)
			}
			quoted, err := json.Marshal(value)
			if err != nil {
				return nil, err
			}
			out = append(out, quoted...)
			i += length
		case c == '-' || c >= '0' && c <= '9':
			end := i + 1
			for end < len(text) && strings.IndexByte("0123456789.", text[end]) >= 0 {
				end++
			}
			if key() {
				out = strconv.AppendQuote(out, text[i:end])
			} else {
				out = append(out, text[i:end]...)
			}
			i = end
		default:
			return nil, errors.Errorf("byte %d: %q is neither JSON nor what Python prints", i, c)
		}
	}
	if len(depth) > 0 {
		return nil, errors.New("cut short")
	}
	return out, nil
}

// pythonString reads a string in either kind of quotes and returns its length in the
// text.
func pythonString(text string) (value string, length int, err error) {
	quote := text[0]
	var out []byte
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == quote:
			return string(out), i + 1, nil
		case c == '\n':
			return "", 0, errors.New("a string is not closed")
		case c != '\\' || i+1 == len(text):
			out = append(out, c)
		default:
			i++
			digits, known := map[byte]int{'x': 2, 'u': 4, 'U': 8}[text[i]]
			if !known {
				if at := strings.IndexByte("ntr", text[i]); at >= 0 {
					out = append(out, "\n\t\r"[at])
				} else {
					out = append(out, text[i])
				}
				continue
			}
			if i+digits >= len(text) {
				return "", 0, errors.New("a string is not closed")
			}
			r, err := strconv.ParseUint(text[i+1:i+1+digits], 16, 32)
			if err != nil {
				return "", 0, errors.Errorf("%q is no character", text[i-1:i+1+digits])
			}
			out = utf8.AppendRune(out, rune(r))
			i += digits
		}
	}
	return "", 0, errors.New("a string is not closed")
}
