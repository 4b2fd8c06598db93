package jpeg

// quick is how many bits the table of all short codes is for.
const quick = 10

// table decodes a Huffman code and the bits of the number that follows it.
type table struct {
	quick   [1 << quick]entry
	last    [17]int32 // the largest code of each length, or -1
	offset  [17]int32 // from a code of that length to its place in symbols
	symbols [256]entry
}

// entry is what a code means: the zeros before a coefficient, and how many bits
// its number has; or the number too, where code and number together are short.
// Bits 0 to 7 are the length, 8 to 14 the zeros, 16 to 19 the bits to come, 20 to
// 31 the number. No length means that the code is longer.
type entry int32

// end is a run of zeros that leaves nothing of a block.
const end = 64

func (e entry) length() uint  { return uint(e & 0xff) }
func (e entry) zeros() int    { return int(e >> 8 & 0x7f) }
func (e entry) bits() uint    { return uint(e >> 16 & 15) }
func (e entry) number() int32 { return int32(e) >> 20 }

// newTable makes the table of a code from how many of its codes have 1 to 16
// bits and what they mean, or nil if there is no such code.
func newTable(ac bool, counts, meanings []byte) *table {
	t := new(table)
	code, k := int32(0), 0
	for length := 1; length <= 16; length++ {
		t.offset[length], t.last[length] = int32(k)-code, -1
		for range counts[length-1] {
			symbol := meanings[k]
			e := entry(symbol>>4)<<8 | entry(symbol&15)<<16
			switch {
			case !ac && symbol > 15 || code >= 1<<length:
				return nil
			case ac && symbol&15 == 0 && symbol != 0xf0:
				e = end << 8
			}
			t.symbols[k] = e | entry(length)
			if length <= quick {
				t.fill(t.symbols[k], code)
			}
			t.last[length] = code
			code, k = code+1, k+1
		}
		code <<= 1
	}
	return t
}

// fill enters a code, with every number that may follow it.
func (t *table) fill(e entry, code int32) {
	rest := quick - e.length()
	for following := range int32(1) << rest {
		full := e
		if bits := e.bits(); bits > 0 && bits <= rest {
			n := signed(uint32(following)>>(rest-bits), bits)
			full = e&0x7f00 | entry(e.length()+bits) | entry(n)<<20
		}
		t.quick[code<<rest|following] = full
	}
}

// signed is the number of these bits: those that begin with 0 are negative.
func signed(x uint32, bits uint) int32 {
	if x < 1<<(bits-1) {
		return int32(x) - 1<<bits + 1
	}
	return int32(x)
}

// find is the entry of a longer code at the top of word; without a length there
// is none.
func (t *table) find(word uint64) entry {
	for length := quick + 1; length <= 16; length++ {
		if code := int32(word >> (64 - length)); code <= t.last[length] {
			return t.symbols[t.offset[length]+code]
		}
	}
	return 0
}
