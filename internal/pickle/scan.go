package pickle

import (
	"bytes"
	"encoding/binary"

	"github.com/pkg/errors"
)

// MaxLength is the most bytes that a pickle may have where Reader.Longest does not say.
const MaxLength = 32 << 20

// Bounds on the objects of a pickle; the largest networks need a hundredth.
const (
	maxObjects = 1 << 20
	maxDense   = 1 << 12 // objects of less than four bytes each
)

// What follows an opcode of a pickle.
const (
	argNone    = iota // no such opcode, or one of memory outside the pickle
	argFixed          // so many bytes
	argCounted        // a count of so many bytes, and that many bytes more
	argLines          // so many lines
)

type argument struct{ kind, n int }

// arguments has an entry for each opcode of protocols 0 to 5 that is read.
var arguments = func() (table [256]argument) {
	for _, op := range []byte("()]}.012NQRabdelostu\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94") {
		table[op] = argument{argFixed, 0}
	}
	for op, n := range map[byte]int{'K': 1, 'M': 2, 'J': 4, 'G': 8, 'h': 1, 'j': 4, 'q': 1, 'r': 4, 0x80: 1, 0x82: 1, 0x83: 2, 0x84: 4, opFrame: 8} {
		table[op] = argument{argFixed, n}
	}
	for op, n := range map[byte]int{'U': 1, 'T': 4, 'X': 4, 'C': 1, 'B': 4, 0x8a: 1, 0x8b: 4, 0x8c: 1, 0x8d: 8, 0x8e: 8, 0x96: 8} {
		table[op] = argument{argCounted, n}
	}
	for op, n := range map[byte]int{'c': 2, 'i': 2, 'F': 1, 'I': 1, 'L': 1, 'P': 1, 'S': 1, 'V': 1, 'g': 1, 'p': 1} {
		table[op] = argument{argLines, n}
	}
	return table
}()

// Opcodes that are met while looking for the end.
const (
	opStop  = '.'
	opFrame = 0x95
)

// makers are the opcodes that take much more memory than their own length.
var makers = []byte("(]}R)dilopqrt\x81\x82\x83\x84\x85\x86\x87\x8f\x91\x92\x94")

// scan returns the length of the pickle at the start of data. It makes sure
// that all arguments are there and the objects within bounds before anything is
// made.
func scan(data []byte, longest int) (length int, err error) {
	objects := 0
	for at := 0; at < len(data); {
		op, rest := data[at], data[at+1:]
		n, ok := argumentLength(op, rest)
		switch {
		case arguments[op].kind == argNone:
			return 0, errors.Errorf("damaged, or no pickle: opcode %#x at byte %d", op, at)
		case !ok:
			return 0, errors.Errorf("cut short: the argument of pickle opcode %#x at byte %d is incomplete", op, at)
		case bytes.IndexByte(makers, op) >= 0:
			objects++
		}
		if at += 1 + n; at > longest || objects > maxObjects {
			return 0, errors.Errorf("a pickle of more than %d bytes or %d objects, which is not read", longest, maxObjects)
		}
		if op != opStop {
			continue
		}
		if objects > maxDense+at/4 {
			return 0, errors.Errorf("damaged, or no pickle: %d objects in %d bytes", objects, at)
		}
		return at, nil
	}
	return 0, errors.New("cut short within a pickle")
}

// argumentLength is the length of what follows an opcode; ok tells whether it is
// all there.
func argumentLength(op byte, rest []byte) (n int, ok bool) {
	a := arguments[op]
	switch a.kind {
	case argLines:
		for range a.n {
			length := bytes.IndexByte(rest[n:], '\n') + 1
			if length == 0 {
				return 0, false
			}
			n += length
		}
		return n, true
	case argCounted:
		if len(rest) < a.n {
			return 0, false
		}
		count := unsigned(rest[:a.n])
		return a.n + int(min(count, uint64(len(rest)))), count <= uint64(len(rest)-a.n)
	}
	if len(rest) < a.n {
		return 0, false
	}
	// A frame only announces what follows.
	return a.n, op != opFrame || unsigned(rest[:8]) <= uint64(len(rest)-8)
}

// unsigned is a little-endian number of at most eight bytes.
func unsigned(little []byte) uint64 {
	var b [8]byte
	copy(b[:], little)
	return binary.LittleEndian.Uint64(b[:])
}
