package weights

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"
	"sync"

	"github.com/gorgonet/gorgonet/internal/pickle"
	"github.com/pkg/errors"
)

var (
	zipMagic = []byte("PK\x03\x04")
	// legacyMagic is the first pickle of the older format, less the protocol.
	legacyMagic = []byte("\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.")
	// textMagic is the same in protocols 0 and 1.
	textMagic = []byte("L119547037146038801333356L\n.")
)

// legacyVersion is the second pickle.
const legacyVersion = 1001

// isTorch tells PyTorch's files from others.
func isTorch(file []byte) bool {
	return bytes.HasPrefix(file, zipMagic) || bytes.HasPrefix(file, textMagic) || bytes.Contains(file[:min(len(file), 32)], legacyMagic)
}

// openTorch returns the object that torch.save was given.
func openTorch(file []byte) (any, error) {
	if bytes.HasPrefix(file, zipMagic) {
		return openZip(file)
	}
	return openLegacy(file)
}

// openZip reads the format of PyTorch 1.6 and later: a zip file with the object as
// DIR/data.pkl and each storage as DIR/data/KEY. PyTorch compresses nothing; who
// packs such a file again does.
func openZip(file []byte) (any, error) {
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, errors.Errorf("zip file cut short or damaged: %v", err)
	}
	dir := ""
	records := map[string]*zip.File{}
	arrays := 0
	for _, f := range archive.File {
		records[f.Name] = f
		if before, ok := strings.CutSuffix(f.Name, "/data.pkl"); ok && !strings.Contains(before, "/") {
			dir = before + "/"
		}
		if strings.HasSuffix(f.Name, ".npy") {
			arrays++
		}
	}
	switch {
	case dir == "" && arrays > 0:
		return nil, errors.Errorf("NumPy's arrays (.npz), not weights of PyTorch: %d arrays without a model's names", arrays)
	case dir == "":
		return nil, errors.New("a zip file, but not one of PyTorch: it has no data.pkl")
	case records[dir+"constants.pkl"] != nil:
		return nil, errors.New("a TorchScript program, which is not read; save model.state_dict() instead")
	}
	z := &zipContent{file: file, left: inflation*uint64(len(file)) + 1<<18}
	if f := records[dir+"byteorder"]; f != nil {
		order, err := z.read(f)
		switch {
		case err != nil:
			return nil, err
		case string(order) != "little":
			return nil, errors.Errorf("written on a big-endian machine (byte order %.10q), which is not read", order)
		}
	}
	program, err := z.read(records[dir+"data.pkl"])
	if err != nil {
		return nil, err
	}
	left := uint64(len(file))
	r := newTorchReader(func(s *storage) error {
		f := records[dir+"data/"+s.key]
		if f == nil {
			return errors.Errorf("storage %s is not in the zip file", s.key)
		}
		if f.Method != zip.Store {
			return s.fill(f.UncompressedSize64, sync.OnceValues(func() ([]byte, error) { return z.read(f) }))
		}
		data, err := z.read(f)
		if err != nil {
			return err
		}
		if uint64(len(data)) > left {
			return errors.Errorf("damaged: %s overlaps others", f.Name)
		}
		left -= uint64(len(data))
		return s.fill(uint64(len(data)), func() ([]byte, error) { return data, nil })
	})
	root, _, err := r.Read(program)
	return root, err
}

// inflation bounds how much larger than the file all that is unpacked may be.
const inflation = 16

// zipContent reads entries of a zip file.
type zipContent struct {
	file []byte
	left uint64 // that may yet be unpacked
}

// read is the content of an entry. What is not compressed is a part of the file.
func (z *zipContent) read(f *zip.File) ([]byte, error) {
	at, err := f.DataOffset()
	if err != nil {
		return nil, errors.Errorf("%s: %v", f.Name, err)
	}
	length, packed := f.UncompressedSize64, f.CompressedSize64
	if f.Method == zip.Store {
		packed = length
	}
	if packed != f.CompressedSize64 || at < 0 || at > int64(len(z.file)) || packed > uint64(int64(len(z.file))-at) {
		return nil, errors.Errorf("%s claims %d bytes at byte %d of a file of %d", f.Name, f.CompressedSize64, at, len(z.file))
	}
	content := z.file[at:][:packed:packed]
	if f.Method != zip.Store {
		if content, err = z.inflate(f, content); err != nil {
			return nil, err
		}
	}
	if crc32.ChecksumIEEE(content) != f.CRC32 {
		return nil, errors.Errorf("%s is damaged: the content does not fit its checksum", f.Name)
	}
	return content, nil
}

// inflate unpacks what is of the length that the entry says.
func (z *zipContent) inflate(f *zip.File, packed []byte) ([]byte, error) {
	length := f.UncompressedSize64
	switch {
	case f.Method != zip.Deflate:
		return nil, errors.Errorf("%s is compressed by method %d, of which only 8 (deflate) is read; unpack the zip file and pack it with zip -0", f.Name, f.Method)
	case length > z.left:
		return nil, errors.Errorf("%s claims to be %d bytes, unpacked from %d, more than weights can be", f.Name, length, len(packed))
	}
	z.left -= length
	content := make([]byte, length)
	r := flate.NewReader(bytes.NewReader(packed))
	_, err := io.ReadFull(r, content)
	if n, end := r.Read(make([]byte, 1)); err != nil || n > 0 || end != io.EOF {
		return nil, errors.Errorf("%s is damaged: it cannot be unpacked to %d bytes", f.Name, length)
	}
	return content, nil
}

// openLegacy reads the format before: pickles of a magic number, a version, the
// machine, the object and the keys of its storages, then the storages.
func openLegacy(file []byte) (any, error) {
	r := newTorchReader(nil)
	var parts [5]any
	rest := file
	for i := range parts {
		v, n, err := r.Read(rest)
		if err != nil {
			return nil, err
		}
		parts[i], rest = v, rest[n:]
		if version, _ := v.(int); i == 1 && version != legacyVersion {
			return nil, errors.Errorf("version %d of PyTorch's format, want %d", version, legacyVersion)
		}
	}
	if machine, _ := parts[2].(*pickle.Dict); machine != nil {
		for _, p := range machine.Pairs {
			if p.Key == "little_endian" && p.Value != true {
				return nil, errors.New("written on a big-endian machine, which is not read")
			}
		}
	}
	keys, ok := parts[4].(*pickle.List)
	if !ok {
		return nil, errors.New("damaged: no list of storages")
	}
	for _, key := range keys.Items {
		name, _ := key.Value.(string)
		s := r.storages[name]
		if s == nil {
			return nil, errors.Errorf("damaged: storage %q is of no tensor", name)
		}
		if len(rest) < 8 {
			return nil, errors.Errorf("cut short: storage %s is missing", name)
		}
		n := binary.LittleEndian.Uint64(rest)
		rest = rest[8:]
		if n > uint64(len(rest)/s.width) {
			return nil, errors.Errorf("cut short: storage %s needs %d values of %s, the file has %d bytes more", name, n, s.dtype.name, len(rest))
		}
		data := rest[:int(n)*s.width]
		if err := s.fill(uint64(len(data)), func() ([]byte, error) { return data, nil }); err != nil {
			return nil, err
		}
		rest = rest[len(data):]
	}
	return parts[3], nil
}
