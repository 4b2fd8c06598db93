package cifar

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/testdata/corrupt"
)

func TestOpen(t *testing.T) {
	for _, l := range []layout{tiny, tinyFine} {
		files := fixture(l)
		noNames := edit(files, l.meta, func([]byte) []byte { return nil })
		dir := t.TempDir()
		sub := filepath.Join(dir, "parent")
		writeFolder(t, filepath.Join(sub, l.folder), files)
		reversed := slices.Clone(files)
		slices.Reverse(reversed)

		names := []string{"cat", "dog", "fox"}
		for _, c := range []struct {
			name, path string
			classes    []string
		}{
			{"folder", writeFolder(t, filepath.Join(dir, "direct"), files), names},
			{"subfolder", sub, names},
			{"folder without names", writeFolder(t, filepath.Join(dir, "bare"), noNames), l.classes},
			{"archive", writeFile(t, filepath.Join(dir, "1.tar.gz"), tarGzip(t, l.folder, files)), names},
			{"archive in another order", writeFile(t, filepath.Join(dir, "2.tar.gz"), tarGzip(t, "x", reversed)), names},
			{"archive without names", writeFile(t, filepath.Join(dir, "3.tar.gz"), tarGzip(t, "x", noNames)), l.classes},
		} {
			d, err := l.open(c.path)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if d.Train.Len() != 5 || d.Test.Len() != 2 || d.Name != l.name {
				t.Errorf("%s: %d training and %d test images of %s", c.name, d.Train.Len(), d.Test.Len(), d.Name)
			}
			if !slices.Equal(d.Train.Classes, c.classes) || !slices.Equal(d.Test.Classes, c.classes) {
				t.Errorf("%s: classes %v", c.name, d.Train.Classes)
			}
			checkFixture(t, c.name, d.Train, 0)
			checkFixture(t, c.name, d.Test, 5)
		}
	}
}

// TestOpenForms has every form in which the data set is met.
func TestOpenForms(t *testing.T) {
	dir := t.TempDir()
	binary := fixture(tiny)
	whole := tarred(t, "tiny-bin", binary)
	half := len(whole) / 2
	path := func(name string) string { return filepath.Join(dir, name) }
	forms := map[string]string{
		"bytes after the gzip stream":      writeFile(t, path("1"), append(gzipped(t, whole), "and more"...)),
		"zeros after the gzip stream":      writeFile(t, path("2"), append(gzipped(t, whole), make([]byte, 1000)...)),
		"two gzip streams":                 writeFile(t, path("3"), append(gzipped(t, whole[:half]), gzipped(t, whole[half:])...)),
		"a plain tar":                      writeFile(t, path("4"), whole),
		"a folder with the archive":        filepath.Dir(writeFile(t, filepath.Join(writeFolder(t, path("5"), nil), "tiny.tar.gz"), gzipped(t, whole))),
		"a folder with Python's plain tar": filepath.Dir(writeFile(t, filepath.Join(writeFolder(t, path("6"), nil), "tiny-python.tar"), tarred(t, "tiny-py", pickles(t, 0)))),
	}
	for _, protocol := range []int{0, 2, 3, 4, 5} {
		files, name := pickles(t, protocol), "Python's version, protocol "+strconv.Itoa(protocol)
		forms[name+", folder"] = writeFolder(t, path("folder"+name), files)
		forms[name+", subfolder"] = filepath.Dir(writeFolder(t, filepath.Join(path("sub"+name), "tiny-py"), files))
		forms[name+", archive"] = writeFile(t, path(name+".tar.gz"), tarGzip(t, "tiny-py", files))
		forms[name+", plain tar"] = writeFile(t, path(name+".tar"), tarred(t, "tiny-py", files))
	}
	for name, path := range forms {
		d, err := tiny.open(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d.Train.Len() != 5 || d.Test.Len() != 2 || !slices.Equal(d.Train.Classes, []string{"cat", "dog", "fox"}) {
			t.Errorf("%s: %d training and %d test images of %q", name, d.Train.Len(), d.Test.Len(), d.Train.Classes)
		}
		checkFixture(t, name, d.Train, 0)
		checkFixture(t, name, d.Test, 5)
	}
}

// TestPickleErrors holds pickles that are not CIFAR's. Whatever they say to call is not
// called.
func TestPickleErrors(t *testing.T) {
	good := pickles(t, 0)
	for _, c := range []struct {
		name string
		b    string // the file
		want string
	}{
		{"nothing", "", "b: cut short within a pickle"},
		{"text", "hello", "b: cut short within a pickle"},
		{"more text", "0,1,2\n", "b: damaged, or no pickle"},
		{"a list", "\x80\x02].", "b: want a dict with data and labels"},
		{"no labels", "\x80\x02}.", "b: it has no list called labels"},
		{"few labels", "\x80\x02}U\x06labels]K\x01as.", "b: want 3 labels, got 1"},
		{"labels out of range", "\x80\x02}(U\x06labels](K\x00K\x03K\x01eU\x04datacos\nsystem\nU\x04true\x85Ru.", "data is no array of numpy"},
		{"no data", "\x80\x02}U\x06labels](K\x00K\x01K\x01es.", "b: it has no array called data"},
		{"an endless string", "\x80\x02T\xff\xff\xff\x7f", "b: cut short: the argument of"},
		{"a marked nothing", "\x80\x02(0.", "b: damaged pickle"},
		{"other data", string(bytes.Replace(good[1].data, []byte("U\x02u1"), []byte("U\x02i1"), 1)), "b: data is no array of unsigned bytes"},
		{"columns first", string(bytes.Replace(good[1].data, []byte("K\x00tb\x89"), []byte("K\x00tb\x88"), 1)), "b: data is no array of unsigned bytes, row by row"},
		{"another shape", string(bytes.Replace(good[1].data, []byte("M\x03\x00M\x00\x0c"), []byte("M\x04\x00M\x00\x09"), 1)), "b: want data of 3x3072 bytes, got 4x2304"},
		{"a label of 3", string(bytes.Replace(good[1].data, []byte("K\x02K\x00K\x01e"), []byte("K\x02K\x00K\x03e"), 1)), "b: record 2: want a label from 0 to 2, got 3"},
		{"much too long", string(good[1].data) + string(make([]byte, 1<<17)), "b: want at most"},
	} {
		files := edit(good, "b", func([]byte) []byte { return []byte(c.b) })
		_, err := tiny.open(writeFolder(t, filepath.Join(t.TempDir(), "x"), files))
		checkError(t, c.name, err, []string{c.want}, nil)
	}
	_, err := tiny.open(writeFolder(t, filepath.Join(t.TempDir(), "x"), edit(good, "b", func([]byte) []byte { return nil })))
	checkError(t, "missing", err, []string{"b: "}, fs.ErrNotExist)
	_, err = tiny.open(writeFile(t, filepath.Join(t.TempDir(), "x.tar"), tarred(t, "x", append(slices.Clone(good), fixture(tiny)[3]))))
	checkError(t, "both versions", err, []string{"b.bin: want it once, got it twice"}, nil)
	_, err = tiny.open(writeFolder(t, filepath.Join(t.TempDir(), "x"), edit(good, "names", func([]byte) []byte { return []byte("\x80\x02}U\x0blabel_names]s.") })))
	checkError(t, "no names", err, []string{"names: want 3 class names in label_names"}, nil)
}

// TestCorruptPickle damages a file of the Python version.
func TestCorruptPickle(t *testing.T) {
	for _, protocol := range []int{0, 5} {
		for _, f := range pickles(t, protocol) {
			if f.name != "t" {
				continue
			}
			corrupt.Every(t, f.data[:len(f.data):len(f.data)], 1<<20, func(damaged []byte) error {
				s := newSet(2, tiny.classes)
				err := tiny.readPickle(bytes.NewReader(damaged), int64(len(damaged)), s)
				if err == nil && slices.Max(s.Labels) > 2 {
					t.Errorf("labels %d", s.Labels)
				}
				return err
			})
		}
	}
}

func FuzzPickle(f *testing.F) {
	for _, protocol := range []int{0, 2, 3, 4, 5} {
		for _, file := range pickles(f, protocol) {
			f.Add(file.data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := newSet(2, tiny.classes)
		err := tiny.readPickle(bytes.NewReader(data), int64(len(data)), s)
		if err == nil && (slices.Min(s.Labels) < 0 || slices.Max(s.Labels) > 2) {
			t.Errorf("labels %d", s.Labels)
		}
		if names, err := tiny.readPickledClasses(bytes.NewReader(data)); err == nil && len(names) != 3 {
			t.Errorf("names %q", names)
		}
	})
}

// checkFixture compares with the fixture's records from number first on.
func checkFixture(t *testing.T, name string, s *Set, first int) {
	t.Helper()
	for i, label := range s.Labels {
		k := first + i
		if int(label) != k%3 {
			t.Errorf("%s: record %d: label %d, want %d", name, k, label, k%3)
		}
		for y := range Side {
			for x := range Side {
				for c := range Channels {
					if got, want := s.Images[((i*Side+y)*Side+x)*Channels+c], value(k, c, y*Side+x); got != want {
						t.Fatalf("%s: record %d, row %d, column %d, channel %d: got %d, want %d", name, k, y, x, c, got, want)
					}
				}
			}
		}
	}
}

func TestOpenErrors(t *testing.T) {
	files := fixture(tiny)
	cut := func(n int) func([]byte) []byte {
		return func(b []byte) []byte { return b[:len(b)-n] }
	}
	set := func(at int, to byte) func([]byte) []byte {
		return func(b []byte) []byte { b[at] = to; return b }
	}
	replace := func(text string) func([]byte) []byte {
		return func([]byte) []byte { return []byte(text) }
	}
	remove := func([]byte) []byte { return nil }

	// Each case is tried as a folder and as an archive.
	for _, c := range []struct {
		name   string
		files  []file
		want   []string
		target error
	}{
		{"a byte short", edit(files, "b.bin", cut(1)), []string{"b.bin", "want 9219 bytes (3 records of 3073), got 9218"}, nil},
		{"a record short", edit(files, "b.bin", cut(3073)), []string{"b.bin", "got 6146"}, nil},
		{"too long", edit(files, "t.bin", func(b []byte) []byte { return append(b, 0) }), []string{"t.bin", "want 6146 bytes", "got 6147"}, nil},
		{"empty", edit(files, "a.bin", replace("")), []string{"a.bin", "got 0"}, nil},
		{"label", edit(files, "b.bin", set(2*3073, 3)), []string{"b.bin", "record 2 at byte 6146", "from 0 to 2, got 3"}, nil},
		{"missing", edit(files, "b.bin", remove), []string{"b.bin"}, fs.ErrNotExist},
		{"too few names", edit(files, "names.txt", replace("cat\ndog\n")), []string{"names.txt", "want 3 class names, got 2"}, nil},
		{"too many names", edit(files, "names.txt", replace("a\nb\nc\nd")), []string{"names.txt", "got 4"}, nil},
		{"endless names", edit(files, "names.txt", replace(strings.Repeat("x", 1<<16+1))), []string{"names.txt", "at most 65536 bytes, got 65537"}, nil},
	} {
		dir := t.TempDir()
		for _, path := range []string{
			writeFolder(t, filepath.Join(dir, "folder"), c.files),
			writeFile(t, filepath.Join(dir, "x.tar.gz"), tarGzip(t, "tiny-bin", c.files)),
		} {
			_, err := tiny.open(path)
			checkError(t, c.name, err, append(c.want, path), c.target)
		}
	}
}

func TestOpenArchiveErrors(t *testing.T) {
	files := fixture(tiny)
	whole := tarGzip(t, "tiny-bin", files)
	flipped := slices.Clone(whole)
	flipped[len(flipped)-5] ^= 1 // in the checksum
	var notTar bytes.Buffer
	zipper := gzip.NewWriter(&notTar)
	zipper.Write(bytes.Repeat([]byte("no tar "), 1000))
	zipper.Close()

	type test struct {
		name   string
		data   []byte
		want   string
		target error
	}
	tests := []test{
		{"checksum", flipped, "damaged; delete it and fetch it again", gzip.ErrChecksum},
		{"not tar", notTar.Bytes(), "damaged", tar.ErrHeader},
		{"not gzip", bytes.Repeat([]byte("plain"), 99), "want a .tar.gz or .tar archive", gzip.ErrHeader},
		{"twice", tarGzip(t, "x", append(slices.Clone(files), files[2])), "a.bin: want it once, got it twice", nil},
		{"other data set", tarGzip(t, "x", files[:1]), "a.bin is not in the archive; want the binary or Python version of tiny", fs.ErrNotExist},
	}
	for n := 0; n < len(whole); n += 1 + n/9 {
		tests = append(tests, test{"cut short", whole[:n], "cut short; delete it and fetch it again", io.ErrUnexpectedEOF})
	}
	tests = append(tests, test{"cut by a byte", whole[:len(whole)-1], "cut short", io.ErrUnexpectedEOF})

	path := filepath.Join(t.TempDir(), "x.tar.gz")
	for _, c := range tests {
		writeFile(t, path, c.data)
		_, err := tiny.open(path)
		checkError(t, c.name, err, []string{path, c.want}, c.target)
	}
}

func TestOpenMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nowhere")
	_, err := Open(path, CIFAR10)
	checkError(t, "missing", err, []string{path, "want the cifar10 archive or its folder"}, fs.ErrNotExist)
	_, err = Open(t.TempDir(), CIFAR100)
	checkError(t, "empty folder", err, []string{"train.bin"}, fs.ErrNotExist)
	_, err = Open(t.TempDir(), Variant(7))
	checkError(t, "variant", err, []string{"want variant CIFAR10 or CIFAR100, got Variant(7)"}, nil)
}

func FuzzRecords(f *testing.F) {
	f.Add(fixture(tiny)[3].data, true)
	f.Add(fixture(tinyFine)[3].data, false)
	f.Add([]byte{9}, true)
	f.Fuzz(func(t *testing.T, data []byte, coarse bool) {
		l := tiny
		if coarse {
			l = tinyFine
		}
		n := min(len(data)/l.recordSize(), 3) + 1
		s := newSet(n, l.classes)
		err := l.readRecords(bytes.NewReader(data), s)
		if len(data) < n*l.recordSize() && err == nil {
			t.Fatalf("%d bytes gave %d records", len(data), n)
		}
		for _, label := range s.Labels {
			if label < 0 || int(label) >= len(l.classes) {
				t.Fatalf("label %d", label)
			}
		}
	})
}

func FuzzArchive(f *testing.F) {
	whole := tarGzip(f, "tiny-bin", fixture(tiny))
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(whole[:11])
	f.Fuzz(func(t *testing.T, data []byte) {
		a := newAssembly(tiny)
		if err := advise(a.addTarGzip(bytes.NewReader(data))); err != nil {
			return
		}
		if counts := counted(a.dataset.Train); len(counts) != 3 || counts[0]+counts[1]+counts[2] != 5 {
			t.Fatalf("accepted, with %v images of each class", counts)
		}
	})
}

// counted is how many images each class of a set has.
func counted(s *Set) []int {
	counts := make([]int, len(s.Classes))
	for _, label := range s.Labels {
		counts[label]++
	}
	return counts
}

// TestOfficial reads the real CIFAR-10.
func TestOfficial(t *testing.T) {
	data := os.Getenv("GORGONET_DATA")
	if data == "" {
		t.Skip("set GORGONET_DATA to a folder that holds cifar-10/cifar-10-binary.tar.gz")
	}
	d, err := Open(filepath.Join(data, "cifar-10", "cifar-10-binary.tar.gz"), CIFAR10)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		set      *Set
		perClass int
	}{{d.Train, 5000}, {d.Test, 1000}} {
		if c.set.Len() != 10*c.perClass || !slices.Equal(c.set.Classes, cifar10Classes) {
			t.Errorf("%d images of %v", c.set.Len(), c.set.Classes)
		}
		for label, n := range counted(c.set) {
			if n != c.perClass {
				t.Errorf("%d images of class %d, want %d", n, label, c.perClass)
			}
		}
	}
	// The figures that every CIFAR-10 recipe carries, to three places.
	mean, deviation := ChannelStatistics(d.Train)
	near(t, "mean", mean[:], []float32{0.4914, 0.4822, 0.4465}, 1e-4)
	near(t, "deviation", deviation[:], []float32{0.2470, 0.2435, 0.2616}, 1e-4)
}

// TestUnreadableFolder wants the folder that may not be looked into named as such, not as
// one without the files.
func TestUnreadableFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(folder, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadDir(folder); err == nil {
		t.Skip("this user may look into every folder")
	}
	_, err := Open(folder, CIFAR10)
	checkError(t, "a folder that may not be looked into", err, []string{folder, "cannot look into the folder"}, fs.ErrPermission)
}
