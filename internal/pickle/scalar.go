package pickle

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"
)

// number is None, a truth value or a number.
func number(op byte, argument []byte) any {
	switch op {
	case 'N':
		return nil
	case 0x88, 0x89:
		return op == 0x88
	case 'K', 'M':
		return int(unsigned(argument))
	case 'J':
		return int(int32(unsigned(argument)))
	case 'G':
		return math.Float64frombits(binary.BigEndian.Uint64(argument))
	case 0x8a, 0x8b:
		n := len(argument)
		if n == 0 {
			return 0
		} else if n > 8 {
			return &Object{Class: "a long number"}
		}
		unused := 64 - 8*n
		return int(int64(unsigned(argument)<<unused) >> unused)
	}
	s := line(argument)
	switch {
	case op == 'I' && s == "00":
		return false
	case op == 'I' && s == "01":
		return true
	case op == 'F':
		v, err := strconv.ParseFloat(s, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			damaged("the number %q", s)
		}
		return v
	}
	v, err := strconv.ParseInt(strings.TrimSuffix(s, "L"), 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		return &Object{Class: "a long number"}
	} else if err != nil {
		damaged("the number %q", s)
	}
	return int(v)
}

// text is a string: of Python 2 perhaps as bytes.
func text(op byte, argument []byte, bytes bool) any {
	if bytes && (op == 'U' || op == 'T') {
		return argument
	}
	s := string(argument)
	switch op {
	case 'S': // as repr writes it
		s = strings.TrimSuffix(s, "\n")
		if len(s) < 2 || s[0] != s[len(s)-1] {
			damaged("the text %.40q", s)
		}
		s = s[1 : len(s)-1]
		if v, err := strconv.Unquote(`"` + strings.NewReplacer(`\'`, `'`, `\"`, `\"`, `"`, `\"`).Replace(s) + `"`); err == nil {
			s = v
		}
		if bytes {
			return []byte(s)
		}
	case 'V':
		s = rawUnicode(strings.TrimSuffix(s, "\n"))
	}
	return s
}

// rawUnicode reads Python's raw-unicode-escape: Latin-1 and \uXXXX.
func rawUnicode(s string) string {
	if !strings.Contains(s, `\`) && utf8.ValidString(s) && len(s) == utf8.RuneCountInString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if rest := s[i:]; len(rest) >= 6 && (rest[:2] == `\u` || rest[:2] == `\U` && len(rest) >= 10) {
			n := 6
			if rest[1] == 'U' {
				n = 10
			}
			if v, err := strconv.ParseUint(rest[2:n], 16, 32); err == nil {
				b.WriteRune(rune(v))
				i += n - 1
				continue
			}
		}
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

func line(argument []byte) string {
	return string(bytes.TrimRight(argument, "\r\n"))
}

func globalOf(argument []byte) Global {
	module, name, _ := strings.Cut(string(argument), "\n")
	return Global{module, strings.TrimSuffix(name, "\n")}
}

// textReference reads the reference of protocol 0, which is what Python prints:
// ('storage', <class 'torch.FloatStorage'>, '0', 'cpu', 432).
func textReference(s string) []any {
	inner, ok := strings.CutPrefix(s, "(")
	inner, closed := strings.CutSuffix(inner, ")")
	if !ok || !closed {
		return nil
	}
	var id []any
	for _, part := range strings.Split(inner, ", ") {
		quoted := len(part) > 1 && part[0] == '\'' && part[len(part)-1] == '\''
		class, isClass := strings.CutPrefix(part, "<class '")
		switch {
		case quoted:
			id = append(id, part[1:len(part)-1])
		case isClass:
			class = strings.TrimSuffix(class, "'>")
			at := max(strings.LastIndexByte(class, '.'), 0)
			id = append(id, Global{class[:at], strings.TrimPrefix(class[at:], ".")})
		case part == "None":
			id = append(id, nil)
		default:
			id = append(id, number('I', []byte(part)))
		}
	}
	return id
}
