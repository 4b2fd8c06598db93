package weights

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorgonet/gorgonet/internal/pickle"
)

// zipped packs entries as torch.save does.
func zipped(t testing.TB, method uint16, entries map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range entries {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(content))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pickledTensor are the words for a tensor of the storage of that type and key.
func pickledTensor(class, key string, values, offset int, shape, stride []int) string {
	var b bytes.Buffer
	b.WriteString("ctorch._utils\n_rebuild_tensor_v2\n((")
	pickleString(&b, "storage")
	b.WriteString("ctorch\n" + class + "\n")
	pickleString(&b, key)
	pickleString(&b, "cpu")
	pickleInts(&b, values)
	b.WriteString("tQ")
	pickleInts(&b, offset)
	b.WriteString("(")
	pickleInts(&b, shape...)
	b.WriteString("t(")
	pickleInts(&b, stride...)
	b.WriteString("t\x89NtR")
	return b.String()
}

// pickledDict are the words for a dict of names and values.
func pickledDict(pairs ...string) string {
	var b bytes.Buffer
	b.WriteString("\x80\x02}(")
	for i, p := range pairs {
		if i%2 == 0 {
			pickleString(&b, p)
		} else {
			b.WriteString(p)
		}
	}
	b.WriteString("u.")
	return b.String()
}

// pickledShared are the words for a tensor whose shape and strides are what the memo
// has as 1.
const pickledShared = "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000NK\x02tQK\x00h\x01h\x01tR0"

// hostile are files that claim, refer to or contain what they must not.
func hostile(t testing.TB) map[string]struct {
	file []byte
	want string
} {
	type file = struct {
		file []byte
		want string
	}
	pack := func(program, storage string) []byte {
		return zipped(t, zip.Store, map[string]string{"x/data.pkl": program, "x/data/0": storage})
	}
	tensor := func(class string, values, offset int, shape, stride []int) []byte {
		return pack(pickledDict("a", pickledTensor(class, "0", values, offset, shape, stride)), "01234567")
	}
	one := pickledTensor("FloatStorage", "0", 2, 0, []int{2}, []int{1})
	legacy := func(rest string) []byte {
		return []byte("\x80\x02" + string(legacyMagic) + "\x80\x02M\xe9\x03.\x80\x02}." + rest)
	}
	global := func(words string) []byte { return pack("\x80\x02c"+words+"\n)R.", "") }
	files := map[string]file{
		"a class":                    {global("os\nsystem"), "it holds os.system with none"},
		"a class of the library":     {global("__builtin__\nobject"), "it holds __builtin__.object with none"},
		"a reconstructor":            {global("copy_reg\n_reconstructor"), "damaged"},
		"a class, protocol 4":        {pack("\x80\x04\x8c\x02os\x8c\x06system\x93)R.", ""), "it holds os.system with none"},
		"a class to instantiate":     {pack("\x80\x02cbuiltins\neval\n)\x81.", ""), "it holds builtins.eval with none"},
		"a class, protocol 0":        {pack("\x80\x02(ios\nsystem\n.", ""), "it holds os.system with none"},
		"a class and arguments":      {pack("\x80\x02(cos\nsystem\nX\x02\x00\x00\x00lso.", ""), "it holds os.system with none"},
		"a call":                     {pack("\x80\x02cposix\nsystem\nX\x02\x00\x00\x00ls\x85R.", ""), "it holds posix.system with none"},
		"a call, protocol 4":         {pack("\x80\x04\x8c\x0asubprocess\x8c\x05Popen\x93\x8c\x02ls\x85R.", ""), "it holds subprocess.Popen with none"},
		"a call with keywords":       {pack("\x80\x04\x8c\x08builtins\x8c\x04exec\x93)}\x92.", ""), "it holds builtins.exec with none"},
		"an attribute":               {pack("\x80\x02c__builtin__\ngetattr\n.", ""), "it holds __builtin__.getattr"},
		"an extension":               {pack("\x80\x02\x82\x01.", ""), "a registered extension"},
		"another reference":          {pack("\x80\x02Pos.system\n.", ""), "no storage"},
		"a loader of PyTorch":        {pack("\x80\x02ctorch\nload\n.", ""), "it holds torch.load"},
		"a class as a storage":       {pack(pickledDict("a", "cargparse\nNamespace\n"), ""), "none, but a (argparse.Namespace)"},
		"a single tensor":            {fixture(t, "tensor.pth"), "it holds a tensor"},
		"no tensors":                 {fixture(t, "nothing.pth"), "none, but epoch, config"},
		"a program":                  {fixture(t, "script.pt"), "TorchScript"},
		"another zip file":           {zipped(t, zip.Store, map[string]string{"a": "b"}), "no data.pkl"},
		"a bomb":                     {zipped(t, zip.Deflate, map[string]string{"x/data.pkl": strings.Repeat("\x00", 1<<24)}), "claims to be 16777216 bytes"},
		"compressed otherwise":       {[]byte(strings.ReplaceAll(string(zipped(t, zip.Deflate, map[string]string{"x/data.pkl": "\x80\x02}."})), "\x14\x00\x08\x00\x08\x00", "\x14\x00\x08\x00\x0c\x00")), "method 12"},
		"NumPy's arrays":             {zipped(t, zip.Store, map[string]string{"a.npy": "", "b.npy": ""}), "NumPy's arrays (.npz)"},
		"a tar archive":              {[]byte(strings.Repeat("a", 257) + "ustar" + strings.Repeat("\x00", 1000)), "tar archive"},
		"a gzip file":                {[]byte("\x1f\x8b\x08\x00 and so on"), "compressed file"},
		"a gzip file without a date": {[]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03 and so on"), "compressed file"},
		"a pointer":                  {[]byte("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "git lfs pull"},
		"a conjugate":                {pack(pickledDict("a", strings.Replace(one, "\x89NtR", "\x89N}X\x04\x00\x00\x00conj\x88stR", 1)), "01234567"), "a: it is the conjugate"},
		"dicts of dicts":             {pack("\x80\x02}q\x00"+strings.Repeat("}(U\x01ah\x00U\x01bh\x00uq\x00", 200)+".", ""), "names of more bytes than the file"},
		"big-endian":                 {zipped(t, zip.Store, map[string]string{"x/data.pkl": "\x80\x02}.", "x/byteorder": "big"}), "big-endian machine (byte order \"big\")"},
		"big-endian, legacy":         {[]byte("\x80\x02" + string(legacyMagic) + "\x80\x02M\xe9\x03.\x80\x02}X\x0d\x00\x00\x00little_endian\x89s.\x80\x02}.\x80\x02]."), "big-endian"},
		"another version":            {[]byte("\x80\x02" + string(legacyMagic) + "\x80\x02K\x01."), "version 1"},
		"a huge storage":             {tensor("FloatStorage", math.MaxInt>>3, 0, []int{math.MaxInt >> 3}, []int{1}), "storage 0"},
		"a storage that overflows":   {tensor("FloatStorage", math.MaxInt>>1, 0, []int{2}, []int{1}), "storage 0"},
		"a storage cut short":        {tensor("FloatStorage", 3, 0, []int{3}, []int{1}), "storage 0: want 3 values"},
		"a storage too long":         {tensor("FloatStorage", 1, 0, []int{1}, []int{1}), "storage 0: want 1 values"},
		"a storage of another type":  {pack(pickledDict("a", one, "b", pickledTensor("IntStorage", "0", 2, 0, []int{2}, []int{1})), "01234567"), "both"},
		"no such storage":            {pack(pickledDict("a", pickledTensor("FloatStorage", "7", 2, 0, []int{2}, []int{1})), ""), "storage 7 is not in"},
		"beyond the storage":         {tensor("FloatStorage", 2, 0, []int{3}, []int{1}), "a: shape [3]"},
		"offset beyond the storage":  {tensor("FloatStorage", 2, 2, []int{}, []int{}), "a: shape []"},
		"negative offset":            {tensor("FloatStorage", 2, -1, []int{1}, []int{1}), "cannot be"},
		"negative stride":            {tensor("FloatStorage", 2, 0, []int{2}, []int{-1}), "go beyond"},
		"negative dimension":         {tensor("FloatStorage", 2, 0, []int{-2}, []int{1}), "cannot be"},
		"fewer strides":              {tensor("FloatStorage", 2, 0, []int{1, 2}, []int{1}), "cannot be"},
		"stride that overflows":      {tensor("FloatStorage", 2, 0, []int{3, 3}, []int{math.MaxInt >> 1, math.MaxInt >> 1}), "go beyond"},
		"shape that overflows":       {tensor("FloatStorage", 2, 0, []int{math.MaxInt >> 8, math.MaxInt >> 8}, []int{0, 0}), "cannot be"},
		"one value many times":       {tensor("FloatStorage", 2, 0, []int{math.MaxInt >> 8}, []int{0}), "more values than the file"},
		"a string of gigabytes":      {pack("\x80\x02X\xff\xff\xff\xffab.", ""), "cut short"},
		"a string of exabytes":       {pack("\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7fab.", ""), "cut short"},
		"a frame of exabytes":        {pack("\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7fab.", ""), "cut short"},
		"a long number":              {pack("\x80\x02\x8b\x00\x00\x00\x01.", ""), "opcode 0x8b"},
		"no end":                     {pack("\x80\x02}", ""), "cut short"},
		"nothing":                    {pack("", ""), "cut short"},
		"an empty stack":             {pack("\x80\x02.", ""), "stack"},
		"many lists":                 {pack(strings.Repeat("]", maxValues+1)+".", ""), "objects"},
		"little but lists":           {pack(strings.Repeat("]", maxValues/2)+".", ""), "objects in"},
		"many marks":                 {pack(strings.Repeat("(", maxValues+1)+".", ""), "objects"},
		"shapes that all share":      {pack("\x80\x02("+strings.Repeat("K\x01", 5000)+"tq\x010"+strings.Repeat(pickledShared, 5000)+".", "01234567"), "not made of"},
		"dicts of one list":          {pack("\x80\x02ccollections\nOrderedDict\nq\x00]("+strings.Repeat("NN\x86", 5000)+"e\x85q\x01"+strings.Repeat("0h\x00h\x01R", 5000)+".", ""), "it holds a dict with none"},
		"attributes without end":     {pack("\x80\x04\x8c\x0bcollections\x8c\x0bOrderedDict\x93)R}("+strings.Repeat("\x8c\x01aN", 10_000)+"uq\x01b"+strings.Repeat("h\x01b", 10_000)+"\x8c\x01xNs.", ""), "none, but x"},
		"a long pickle":              {pack(strings.Repeat("N0", pickle.MaxLength/2)+".", ""), "which is not read"},
		"half a pair":                {pack("\x80\x02}(Nu.", ""), "damaged"},
		"a dict as a key":            {pack("\x80\x04\x8c\x0bcollections\x8c\x0bOrderedDict\x93)R(C\x01aNu.", ""), "it holds a dict with none"},
		"a list in itself":           {pack("\x80\x02]q\x00h\x00a.", ""), "none, but 0"},
		"a dict in itself":           {pack("\x80\x02}q\x00X\x0a\x00\x00\x00state_dicth\x00s.", ""), "none, but state_dict"},
		"a call of a list in itself": {pack("\x80\x02]q\x00h\x00a)R.", ""), "damaged"},
		"a call of a storage":        {pack("\x80\x02(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000NK\x02tQ)R.", "01234567"), "a call of a storage"},
		"a call of a tensor":         {pack("\x80\x02"+one+")R.", "01234567"), "a call of a tensor"},
		"a key that is no name":      {pack("\x80\x02}N"+one+"s.", "01234567"), "it holds a dict with none"},
		"a reference to nothing":     {pack("\x80\x02)Q.", ""), "no storage"},
		"a storage without size":     {pack("\x80\x02(X\x07\x00\x00\x00storageNNNNtQ.", ""), "without type"},
		"a view":                     {pack("\x80\x02(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000NK\x02)tQ.", "01234567"), "view"},
		"a tensor of nothing":        {pack("\x80\x02ctorch._utils\n_rebuild_tensor_v2\n)R.", ""), "not made of"},
		"no list of storages":        {legacy("\x80\x02}.\x80\x02}."), "no list"},
		"a storage of no tensor":     {legacy("\x80\x02}.\x80\x02](X\x01\x00\x00\x000e."), "of no tensor"},
		"a storage that is missing":  {legacy(pickledDict("a", one) + "\x80\x02]."), "a: its storage 0 is not in the file"},
		"a huge storage, legacy":     {legacy(pickledDict("a", one) + "\x80\x02](X\x01\x00\x00\x000e.\xff\xff\xff\xff\xff\xff\xff\xff"), "cut short"},
		"another storage, legacy":    {legacy(pickledDict("a", one) + "\x80\x02](X\x01\x00\x00\x000e.\x01\x00\x00\x00\x00\x00\x00\x000123"), "want 2 values"},
		"a web page":                 {[]byte("<!DOCTYPE html><html><body>Not Found"), "neither a safetensors nor a PyTorch file"},
		"an empty file":              {nil, "neither"},
		"a pickle":                   {[]byte("\x80\x04}."), "torch.save did not write"},
	}
	claim := zipped(t, zip.Store, map[string]string{"x/data.pkl": "\x80\x02}."})
	at := bytes.LastIndex(claim, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(claim[at+20:], 1<<31)
	binary.LittleEndian.PutUint32(claim[at+24:], 1<<31)
	files["an entry that claims gigabytes"] = file{claim, "claims"}
	return files
}

// TestTorchHostile wants a clear error, quickly and without memory, and never a
// panic.
func TestTorchHostile(t *testing.T) {
	for name, test := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := parse(test.file)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			wantError(t, name, err, test.want)
			if err != nil && (strings.Contains(err.Error(), "\n") || len(err.Error()) > 400) {
				t.Errorf("not one clear line: %v", err)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20+uint64(32*len(test.file)) {
				t.Errorf("%d bytes of memory for a file of %d", used, len(test.file))
			}
			if took > time.Minute { // it hangs
				t.Errorf("it took %v", took)
			}
		})
	}
}

// TestTorchOfPython2 reads what Python 2 wrote: an OrderedDict made of its
// items, and a long of no bytes.
func TestTorchOfPython2(t *testing.T) {
	one := strings.Replace(pickledTensor("FloatStorage", "0", 2, 0, []int{2}, []int{1}), "J\x00\x00\x00\x00", "\x8a\x00", 1)
	program := "\x80\x02ccollections\nOrderedDict\n(]](U\x01a" + one + "eatR."
	arrays, err := parse(zipped(t, zip.Store, map[string]string{"x/data.pkl": program, "x/data/0": "\x00\x00\x80\x3f\x00\x00\x00\xc0"}))
	if err != nil {
		t.Fatal(err)
	}
	sameTyped(t, arrays, []Array{{Name: "a", Shape: []int{2}, Data: []float32{1, -2}, DType: "F32"}})
}

// FuzzTorch wants no panic, and what parses to survive being written and read.
func FuzzTorch(f *testing.F) {
	for _, name := range []string{"zip.pth", "protocol4.pth", "legacy.pth", "checkpoint.pth", "checkpoint-legacy.th"} {
		f.Add(fixture(f, name))
	}
	files, index := kinds(f)
	for i := 0; i < len(index); i += 7 {
		f.Add(files[index[i].File])
	}
	for _, h := range hostile(f) {
		if len(h.file) < 1<<12 {
			f.Add(h.file)
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if f, err := open(slices.Clone(file)); err == nil {
			_, _, _ = f.Fit(tiny, FitOptions{AdaptInput: true, Fresh: []string{"fc."}})
		}
		arrays, err := parse(slices.Clone(file))
		if err != nil {
			return
		}
		types, err := checkArrays(arrays)
		if err != nil {
			return // such as a name twice
		}
		var b bytes.Buffer
		if err := writeTorch(&b, arrays, types); err != nil {
			t.Fatal(err)
		}
		again, err := parse(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		sameTyped(t, again, rounded(arrays))
	})
}

// FuzzTorchPickle does the same to the pickle alone, past the checksums.
func FuzzTorchPickle(f *testing.F) {
	f.Add([]byte(pickledDict("a", pickledTensor("FloatStorage", "0", 2, 0, []int{2}, []int{1}))))
	f.Add(pickled([]Array{{Name: "a", Shape: []int{2}, Data: []float32{1, 2}}}, dtypes[:1]))
	for _, name := range []string{"zip.pth", "protocol4.pth", "checkpoint.pth", "module.pth"} {
		archive, err := zip.NewReader(bytes.NewReader(fixture(f, name)), int64(len(fixture(f, name))))
		if err != nil {
			f.Fatal(err)
		}
		for _, e := range archive.File {
			if strings.HasSuffix(e.Name, ".pkl") {
				content, err := (&zipContent{file: fixture(f, name)}).read(e)
				if err != nil {
					f.Fatal(err)
				}
				f.Add(content)
			}
		}
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		file := zipped(t, zip.Store, map[string]string{"x/data.pkl": string(program), "x/data/0": "01234567"})
		_, _ = parse(file)
		if root, err := openTorch(file); err == nil {
			harmless(t, root, map[any]bool{})
		}
	})
}

// harmless fails the test if a pickle has made anything but numbers, texts,
// containers, tensors, and names.
func harmless(t testing.TB, v any, seen map[any]bool) {
	t.Helper()
	var inner []any
	pairs := func(d pickle.Dict) {
		for _, p := range d.Pairs {
			inner = append(inner, p.Key, p.Value)
		}
	}
	items := func(l pickle.List) {
		for _, x := range l.Items {
			inner = append(inner, x.Value)
		}
	}
	switch v := v.(type) {
	case nil, bool, int, float64, string, []byte, pickle.Global, *storage, *torchTensor:
		return
	case *pickle.Dict, *pickle.List, *pickle.Object:
		if seen[v] {
			return
		}
		seen[v] = true
	default:
		t.Fatalf("a pickle made a %T", v)
	}
	switch v := v.(type) {
	case *pickle.Dict:
		pairs(*v)
	case *pickle.List:
		items(*v)
	case *pickle.Object:
		pairs(v.Dict)
		items(v.List)
		inner = append(inner, v.State)
		inner = append(inner, v.Args...)
	}
	for _, x := range inner {
		harmless(t, x, seen)
	}
}

// TestTorchConstructs looks at all that is made of the files that are read.
func TestTorchConstructs(t *testing.T) {
	for _, name := range []string{"zip.pth", "protocol4.pth", "legacy.pth", "checkpoint.pth", "checkpoint-legacy.th", "tensor.pth", "nothing.pth", "module.pth"} {
		root, err := openTorch(fixture(t, name))
		if err != nil {
			t.Fatal(err)
		}
		harmless(t, root, map[any]bool{})
	}
}
