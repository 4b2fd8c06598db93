package annotations

import "github.com/pkg/errors"

// String is the runs in the characters of COCO's files ("counts"): five bits of a number in each,
// the lowest first, from the fourth run on of the difference to the run two before.
func (r *RLE) String() string {
	if r == nil {
		return ""
	}
	text := make([]byte, 0, 2*len(r.Runs))
	for i, n := range r.Runs {
		v := int64(n)
		if i > 2 {
			v -= int64(r.Runs[i-2])
		}
		for more := true; more; {
			c := byte(v & 0x1f)
			v >>= 5
			if c&0x10 != 0 {
				more = v != -1
			} else {
				more = v != 0
			}
			if more {
				c |= 0x20
			}
			text = append(text, c+48)
		}
	}
	return string(text)
}

// ParseRLE reads what String writes, of a picture of that size.
func ParseRLE(text string, s Size) (*RLE, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	var runs []uint32
	for at := 0; at < len(text); {
		v, shift := int64(0), 0
		for more := true; more; shift += 5 {
			if at == len(text) {
				return nil, errors.New("annotations: the code of a mask ends within a number")
			}
			c := text[at] - 48
			if c > 0x3f || shift > 35 {
				return nil, errors.Errorf("annotations: the code of a mask has %q at %d, which is none", text[at], at)
			}
			v |= int64(c&0x1f) << shift
			more = c&0x20 != 0
			if !more && c&0x10 != 0 {
				v |= -1 << (shift + 5)
			}
			at++
		}
		if len(runs) > 2 {
			v += int64(runs[len(runs)-2])
		}
		if v < 0 || v > int64(s.Height)*int64(s.Width) {
			return nil, errors.Errorf("annotations: the code of a mask has a run of %d pixels in a picture of %dx%d", v, s.Width, s.Height)
		}
		runs = append(runs, uint32(v))
	}
	return NewRLE(s, runs)
}
