package cifar

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gorgonet/gorgonet/testdata/corrupt"
)

// least is a layout of two records, small enough to be damaged often.
var least = layout{name: "least", folder: "least-bin", train: []part{{"a.bin", 1}}, test: []part{{"t.bin", 1}}, meta: "names.txt", labelBytes: 1,
	classes: []string{"zero", "one", "two"}}

// TestCorruptArchive damages an archive everywhere: gzip's checksum covers all that
// is read, so that it is an error or the whole data set.
func TestCorruptArchive(t *testing.T) {
	file := tarGzip(t, "least-bin", fixture(least))
	want := newAssembly(least)
	if err := want.addTarGzip(bytes.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	corrupt.Every(t, file, 1<<20, func(damaged []byte) error {
		a := newAssembly(least)
		err := advise(a.addTarGzip(bytes.NewReader(damaged)))
		switch {
		case err != nil:
		case len(damaged) < len(file):
			t.Error("it passes for a whole archive")
		case !slices.Equal(a.dataset.Train.Images, want.dataset.Train.Images) || !slices.Equal(a.dataset.Test.Labels, want.dataset.Test.Labels) ||
			!slices.Equal(a.dataset.Train.Classes, want.dataset.Train.Classes):
			t.Error("other pictures")
		}
		return err
	})
}

// TestCorruptFiles damages an unpacked file of records, which has no checksum: the
// labels are in range and the length is right, or it is an error.
func TestCorruptFiles(t *testing.T) {
	files := fixture(least)
	for i, check := range []func(d *Dataset, file []byte) bool{
		func(d *Dataset, file []byte) bool { return len(d.Train.Classes) == 3 },
		func(d *Dataset, file []byte) bool {
			return len(file) == least.recordSize() && int(d.Train.Labels[0]) == int(file[0]) && d.Train.Images[0] == file[1]
		},
	} {
		f := files[1+i]
		corrupt.Every(t, f.data, 1<<20, func(damaged []byte) error {
			a := newAssembly(least)
			err := a.add(f.name, int64(len(damaged)), bytes.NewReader(damaged))
			if err == nil && !check(a.dataset, damaged) {
				t.Errorf("%s: read as %d of %q", f.name, a.dataset.Train.Labels, a.dataset.Train.Classes)
			}
			return err
		})
	}
}

// TestHostileArchives holds members that want to be written elsewhere, links, and
// more than fits. Archives are read in memory, so nothing is written at all.
func TestHostileArchives(t *testing.T) {
	parent := t.TempDir()
	work := filepath.Join(parent, "work")
	writeFolder(t, work, nil)
	t.Chdir(work)
	outside := filepath.Join(parent, "outside")
	pack := func(headers ...tar.Header) []byte {
		var b bytes.Buffer
		zipper := gzip.NewWriter(&b)
		archive := tar.NewWriter(zipper)
		for _, f := range fixture(least) {
			headers = append(headers, tar.Header{Name: "../../" + outside + "/" + f.name, Size: int64(len(f.data)), Mode: 0o644})
		}
		for _, h := range headers {
			if err := archive.WriteHeader(&h); err != nil {
				t.Fatal(err)
			}
			var content []byte
			if h.Typeflag == tar.TypeReg || h.Typeflag == 0 {
				content = make([]byte, h.Size)
			}
			for _, f := range fixture(least) {
				if filepath.Base(h.Name) == f.name && h.Size == int64(len(f.data)) {
					content = f.data
				}
			}
			if _, err := archive.Write(content); err != nil {
				t.Fatal(err)
			}
		}
		if err := archive.Close(); err != nil {
			t.Fatal(err)
		}
		if err := zipper.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for _, test := range []struct {
		name    string
		headers []tar.Header
		want    string // of the error, "" for none
	}{
		{"folders above", []tar.Header{{Name: "../evil", Size: 4}, {Name: "../../evil", Size: 4}, {Name: "a/../../evil", Size: 4}}, ""},
		{"absolute paths", []tar.Header{{Name: outside, Size: 4}, {Name: `C:\evil`, Size: 4}}, ""},
		{"links", []tar.Header{
			{Name: "least-bin", Typeflag: tar.TypeSymlink, Linkname: parent}, {Name: "least-bin/evil", Size: 4},
			{Name: "a.bin", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, {Name: "t.bin", Typeflag: tar.TypeLink, Linkname: "../evil"},
			{Name: "pipe", Typeflag: tar.TypeFifo}, {Name: "null", Typeflag: tar.TypeChar}, {Name: "evil", Typeflag: tar.TypeDir},
		}, ""},
		{"zeros without end", []tar.Header{{Name: "zeros", Size: 1 << 22}}, "unzips to 1055234 bytes or more"},
		{"many names", slices.Repeat([]tar.Header{{Name: "names", Typeflag: tar.TypeDir}}, 1<<12), "unzips to"},
		{"a huge file of names", []tar.Header{{Name: "names.txt", Size: 1 << 20}}, "names.txt: want at most 65536 bytes"},
		{"a huge file of records", []tar.Header{{Name: "a.bin", Size: 1 << 21}}, "want 3073 bytes (1 records of 3073), got 2097152"},
	} {
		path := filepath.Join(work, "x.tar.gz")
		writeFile(t, path, pack(test.headers...))
		_, err := least.open(path)
		if test.want != "" {
			checkError(t, test.name, err, []string{test.want}, nil)
		} else if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		for _, dir := range []string{parent, work} {
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
				t.Errorf("%s: something was written to %s: %v, %v", test.name, dir, entries, err)
			}
		}
	}
}

// FuzzTar reads what is in an archive, past gzip's checksum.
func FuzzTar(f *testing.F) {
	unzipped := func(l layout) []byte {
		r, err := gzip.NewReader(bytes.NewReader(tarGzip(f, "x", fixture(l))))
		if err != nil {
			f.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			f.Fatal(err)
		}
		return b.Bytes()
	}
	whole := unzipped(least)
	f.Add(whole)
	f.Add(whole[:1024])
	f.Fuzz(func(t *testing.T, data []byte) {
		a := newAssembly(least)
		if err := advise(a.addTar(bytes.NewReader(data))); err != nil {
			return
		}
		for _, s := range []*Set{a.dataset.Train, a.dataset.Test} {
			if label := int(s.Labels[0]); label < 0 || label > 2 || len(s.Classes) != 3 {
				t.Fatalf("label %d of %q", label, s.Classes)
			}
		}
	})
}

func FuzzClasses(f *testing.F) {
	f.Add([]byte("cat\ndog\r\n\nfox"))
	f.Fuzz(func(t *testing.T, text []byte) {
		names, err := tiny.readClasses(bytes.NewReader(text))
		if err == nil && (len(names) != 3 || slices.Contains(names, "")) {
			t.Fatalf("%q", names)
		}
	})
}
