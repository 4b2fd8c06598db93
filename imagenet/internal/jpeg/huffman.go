package jpeg

// code is a Huffman code as a file defines it: how many of its codes have 1 to 16
// bits, and what they mean.
type code struct {
	counts   [16]byte
	meanings [256]byte
}

func newCode(counts, meanings []byte) *code {
	c := new(code)
	copy(c.counts[:], counts)
	copy(c.meanings[:], meanings)
	return c
}

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

// table makes the table of a code of DC or AC coefficients, or nil if there is no
// such code. Of a sequential scan, numbers are in it and an end is that of one block.
func (c *code) table(ac, sequential bool) *table {
	t := new(table)
	code, k := int32(0), 0
	for length := 1; length <= 16; length++ {
		t.offset[length], t.last[length] = int32(k)-code, -1
		for range c.counts[length-1] {
			if k > 255 {
				return nil
			}
			symbol := c.meanings[k]
			e := entry(symbol>>4)<<8 | entry(symbol&15)<<16
			switch {
			case !ac && symbol > 15 || code+1 >= 1<<length:
				return nil // no code is all ones
			case ac && sequential && symbol&15 == 0 && symbol != 0xf0:
				e = end << 8
			}
			t.symbols[k] = e | entry(length)
			if length <= quick {
				t.fill(t.symbols[k], code, sequential)
			}
			t.last[length] = code
			code, k = code+1, k+1
		}
		code <<= 1
	}
	return t
}

// fill enters a code, with every number that may follow it.
func (t *table) fill(e entry, code int32, numbers bool) {
	rest := quick - e.length()
	for following := range int32(1) << rest {
		full := e
		if bits := e.bits(); numbers && bits > 0 && bits <= rest {
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

// standard are the codes of T.81, tables K.3 to K.6, of brightness and colours,
// which the frames of Motion JPEG leave out.
var standard = [2][2]*code{
	{
		newCode([]byte{0, 1, 5, 1, 1, 1, 1, 1, 1}, []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}),
		newCode([]byte{0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1}, []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}),
	},
	{
		newCode([]byte{0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d}, []byte(""+
			"\x01\x02\x03\x00\x04\x11\x05\x12\x21\x31\x41\x06\x13\x51\x61\x07\x22\x71\x14\x32\x81\x91\xa1\x08\x23\x42\xb1\xc1\x15\x52\xd1\xf0"+
			"\x24\x33\x62\x72\x82\x09\x0a\x16\x17\x18\x19\x1a\x25\x26\x27\x28\x29\x2a\x34\x35\x36\x37\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49"+
			"\x4a\x53\x54\x55\x56\x57\x58\x59\x5a\x63\x64\x65\x66\x67\x68\x69\x6a\x73\x74\x75\x76\x77\x78\x79\x7a\x83\x84\x85\x86\x87\x88\x89"+
			"\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5"+
			"\xc6\xc7\xc8\xc9\xca\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8"+
			"\xf9\xfa")),
		newCode([]byte{0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77}, []byte(""+
			"\x00\x01\x02\x03\x11\x04\x05\x21\x31\x06\x12\x41\x51\x07\x61\x71\x13\x22\x32\x81\x08\x14\x42\x91\xa1\xb1\xc1\x09\x23\x33\x52\xf0"+
			"\x15\x62\x72\xd1\x0a\x16\x24\x34\xe1\x25\xf1\x17\x18\x19\x1a\x26\x27\x28\x29\x2a\x35\x36\x37\x38\x39\x3a\x43\x44\x45\x46\x47\x48"+
			"\x49\x4a\x53\x54\x55\x56\x57\x58\x59\x5a\x63\x64\x65\x66\x67\x68\x69\x6a\x73\x74\x75\x76\x77\x78\x79\x7a\x82\x83\x84\x85\x86\x87"+
			"\x88\x89\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xba\xc2\xc3"+
			"\xc4\xc5\xc6\xc7\xc8\xc9\xca\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xf2\xf3\xf4\xf5\xf6\xf7\xf8"+
			"\xf9\xfa")),
	},
}
