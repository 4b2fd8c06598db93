package weights

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strings"

	"github.com/nlpodyssey/gopickle/types"
	"github.com/pkg/errors"
)

var (
	zipMagic = []byte("PK\x03\x04")
	// legacyMagic is the first pickle of the older format, less the protocol.
	legacyMagic = []byte("\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.")
)

// legacyVersion is the second pickle.
const legacyVersion = 1001

// isTorch tells PyTorch's files from others.
func isTorch(file []byte) bool {
	return bytes.HasPrefix(file, zipMagic) || bytes.Contains(file[:min(len(file), 32)], legacyMagic)
}

// openTorch returns the object that torch.save was given.
func openTorch(file []byte) (any, error) {
	switch {
	case bytes.HasPrefix(file, zipMagic):
		return openZip(file)
	case isTorch(file):
		return openLegacy(file)
	}
	return nil, errors.Errorf("not a PyTorch file: %d bytes that begin with %q", len(file), file[:min(len(file), 16)])
}

// openZip reads the format of PyTorch 1.6 and later: a zip file with the object as
// DIR/data.pkl and each storage as DIR/data/KEY, all uncompressed.
func openZip(file []byte) (any, error) {
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, errors.Errorf("zip file cut short or damaged: %v", err)
	}
	dir := ""
	records := map[string]*zip.File{}
	for _, f := range archive.File {
		records[f.Name] = f
		if before, ok := strings.CutSuffix(f.Name, "/data.pkl"); ok && !strings.Contains(before, "/") {
			dir = before + "/"
		}
	}
	switch {
	case dir == "":
		return nil, errors.New("a zip file, but not one of PyTorch: it has no data.pkl")
	case records[dir+"constants.pkl"] != nil:
		return nil, errors.New("a TorchScript program, which is not read; save model.state_dict() instead")
	}
	if f := records[dir+"byteorder"]; f != nil {
		if order, err := stored(file, f); err != nil || string(order) != "little" {
			return nil, errors.Errorf("byte order %.10q, only little is read: %v", order, err)
		}
	}
	program, err := stored(file, records[dir+"data.pkl"])
	if err != nil {
		return nil, err
	}
	left := len(file)
	u := unpickler{storages: map[string]*storage{}}
	u.find = func(s *storage) error {
		f := records[dir+"data/"+s.key]
		if f == nil {
			return errors.Errorf("storage %s is not in the zip file", s.key)
		}
		data, err := stored(file, f)
		if err != nil {
			return err
		}
		if left -= len(data); left < 0 {
			return errors.Errorf("damaged: %s overlaps others", f.Name)
		}
		return s.fill(data)
	}
	root, _, err := u.load(program)
	return root, err
}

// stored is the content of an entry of a zip file. PyTorch compresses nothing, so
// what is compressed is none of its files, and no entry is larger than the file.
func stored(file []byte, f *zip.File) ([]byte, error) {
	if f.Method != zip.Store {
		return nil, errors.Errorf("%s is compressed, which PyTorch never does; unpack the zip file and pack it with zip -0", f.Name)
	}
	at, err := f.DataOffset()
	if err != nil {
		return nil, errors.Errorf("%s: %v", f.Name, err)
	}
	if n := f.UncompressedSize64; f.CompressedSize64 != n || at < 0 || at > int64(len(file)) || n > uint64(int64(len(file))-at) {
		return nil, errors.Errorf("%s claims %d bytes at byte %d of a file of %d", f.Name, n, at, len(file))
	}
	content := file[at:][:f.UncompressedSize64:f.UncompressedSize64]
	if crc32.ChecksumIEEE(content) != f.CRC32 {
		return nil, errors.Errorf("%s is damaged: the content does not fit its checksum", f.Name)
	}
	return content, nil
}

// openLegacy reads the format before: pickles of a magic number, a version, the
// machine, the object and the keys of its storages, then the storages.
func openLegacy(file []byte) (any, error) {
	u := unpickler{storages: map[string]*storage{}}
	var parts [5]any
	rest := file
	for i := range parts {
		v, n, err := u.load(rest)
		if err != nil {
			return nil, err
		}
		parts[i], rest = v, rest[n:]
		if version, _ := v.(int); i == 1 && version != legacyVersion {
			return nil, errors.Errorf("version %d of PyTorch's format, want %d", version, legacyVersion)
		}
	}
	machine, _ := entries(parts[2])
	for _, e := range machine {
		if e.Key == "little_endian" && e.Value != true {
			return nil, errors.New("written on a big-endian machine, which is not read")
		}
	}
	keys, ok := parts[4].(*types.List)
	if !ok {
		return nil, errors.New("damaged: no list of storages")
	}
	for _, key := range *keys {
		name, _ := key.(string)
		s := u.storages[name]
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
		if err := s.fill(rest[:int(n)*s.width]); err != nil {
			return nil, err
		}
		rest = rest[int(n)*s.width:]
	}
	return parts[3], nil
}
