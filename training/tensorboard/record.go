package tensorboard

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/pkg/errors"
)

// A TFRecord is the length of its data as a little-endian uint64, that length's
// checksum, the data, and their checksum.
const headerSize, footerSize = 8 + 4, 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is CRC-32C, masked as TensorFlow does because a checksum over bytes
// that hold their own checksum is of little use (tensorflow/core/lib/hash/crc32c.h).
func checksum(data []byte) uint32 {
	crc := crc32.Checksum(data, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}

func appendRecord(b, data []byte) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(data)))
	b = binary.LittleEndian.AppendUint32(b, checksum(b[start:]))
	b = append(b, data...)
	return binary.LittleEndian.AppendUint32(b, checksum(data))
}

// ErrDamaged is the cause of the error where a file stops being whole records,
// such as where a crash cut it short.
var ErrDamaged = errors.New("damaged")

// readRecord returns the data of the next record, io.EOF after the last.
func readRecord(r io.Reader) ([]byte, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err == io.EOF {
		return nil, io.EOF
	} else if err == io.ErrUnexpectedEOF {
		return nil, errors.Wrap(ErrDamaged, "a record is cut short")
	} else if err != nil {
		return nil, err
	}
	if checksum(header[:8]) != binary.LittleEndian.Uint32(header[8:]) {
		return nil, errors.Wrap(ErrDamaged, "the length of a record does not fit its checksum")
	}
	length := binary.LittleEndian.Uint64(header[:8])
	if length > 1<<40 {
		return nil, errors.Wrapf(ErrDamaged, "a record says that it has %d bytes", length)
	}
	// The buffer grows as bytes come: the length of a damaged record cannot ask
	// for memory that the file does not fill.
	var data bytes.Buffer
	if _, err := io.CopyN(&data, r, int64(length)+footerSize); err == io.EOF {
		return nil, errors.Wrap(ErrDamaged, "a record is cut short")
	} else if err != nil {
		return nil, err
	}
	body, footer := data.Bytes()[:length], data.Bytes()[length:]
	if checksum(body) != binary.LittleEndian.Uint32(footer) {
		return nil, errors.Wrap(ErrDamaged, "the data of a record do not fit their checksum")
	}
	return body, nil
}
