package jpeg

import "encoding/binary"

// padding is zeros after coded data: more than a block can take, 64 codes of 17
// bits and 15 for each number.
const padding = 264

var zeros [padding]byte

// reader takes bits from the coded data up to a marker. After them come zeros, as
// many as are asked for.
type reader struct {
	data  []byte // without stuffing, with padding
	end   int    // of what is no padding
	next  int    // the byte to read next
	word  uint64 // bits that were read, from the top
	count uint   // how many
	empty bool   // more was taken than there was
	bad   bool   // there was a code that means nothing
	cut   bool   // the file ends where the data does
}

// restart makes the reader read other data.
func (r *reader) restart(data []byte, end int, cut bool) {
	*r = reader{data: data, end: end, bad: r.bad, cut: cut}
}

// left is how many bits are left, negative if more were taken than there were.
func (r *reader) left() int { return 8*(r.end-r.next) + int(r.count) }

// settle is called after each block, so that padding is enough.
func (r *reader) settle() {
	if r.left() < 0 {
		*r = reader{data: zeros[:], empty: true, bad: r.bad, cut: r.cut}
	}
}

func (r *reader) fill() {
	if r.count < 32 { // a code and its number may take 32 bits
		r.word |= uint64(binary.BigEndian.Uint32(r.data[r.next:])) << (32 - r.count)
		r.next, r.count = r.next+4, r.count+32
	}
}

func (r *reader) drop(n uint) {
	r.word <<= n & 63
	r.count -= n
}

// bit reads one bit.
func (r *reader) bit() bool {
	if r.count == 0 {
		r.fill()
	}
	one := int64(r.word) < 0
	r.word <<= 1
	r.count--
	return one
}

// bits reads n bits, at most 16.
func (r *reader) bits(n uint) uint32 {
	r.fill()
	v := uint32(r.word >> ((64 - n) & 63))
	r.drop(n)
	return v
}

// symbol reads a code of a table without numbers.
func (r *reader) symbol(t *table) (run int, bits uint) {
	r.fill()
	e := t.quick[r.word>>(64-quick)]
	if e.length() == 0 {
		if e = t.find(r.word); e.length() == 0 {
			r.bad = true
			e = 17 // as libjpeg, which looks for a bit more
		}
	}
	r.drop(e.length())
	return e.zeros(), e.bits()
}

// zigzag is where in a block each coefficient belongs.
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// block reads the coefficients of a block of a sequential scan, multiplied by its
// factors but for the first, which is a difference, and says where in zigzag order
// the last is, and what their squares add up to. This is where most of the time goes: what the loop needs is in
// variables of its own, and the masks keep Go from checking what cannot be.
func (r *reader) block(dc, ac *table, quant *[64]int32, b *[64]int32) (last, sum int) {
	*b = [64]int32{}
	data, next, word, count := r.data, r.next, r.word, r.count
	t := dc
	for k := 0; k < 64; k++ {
		if count < 32 { // a code and its number may take 31 bits
			word |= uint64(binary.BigEndian.Uint32(data[next:])) << (32 - count)
			next, count = next+4, count+32
		}
		e := t.quick[word>>(64-quick)]
		if e.length() == 0 {
			if e = t.find(word); e.length() == 0 {
				r.bad = true
				e = 17 // as libjpeg: a bit more, and the symbol 0
				if k > 0 {
					e |= end << 8
				}
			}
		}
		word <<= e.length() & 63
		count -= e.length()
		number := e.number()
		if bits := e.bits(); bits > 0 {
			number = signed(uint32(word>>((64-bits)&63)), bits)
			word <<= bits
			count -= bits
		}
		if k == 0 {
			b[0], t = number, ac
			continue
		}
		if k += e.zeros(); k > 63 {
			if e.zeros() == end {
				break
			}
			r.bad = true
			if number == 0 {
				break
			}
			k = 63 // as libjpeg
		}
		number *= quant[k&63]
		b[zigzag[k&63]&63] = number
		sum += square(number)
		last = k
	}
	r.next, r.word, r.count = next, word, count
	r.settle()
	return last, sum
}
