package cifar

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pkg/errors"
)

// tiny is CIFAR-10's layout with two training files of 2 and 3 records.
var tiny = layout{
	name:       "tiny",
	folder:     "tiny-bin",
	train:      []part{{"a.bin", 2}, {"b.bin", 3}},
	test:       []part{{"t.bin", 2}},
	meta:       "names.txt",
	labelBytes: 1,
	classes:    []string{"zero", "one", "two"},
	python:     python{"tiny-py", "names", "labels", "label_names"},
	archives:   []string{"tiny.tar.gz", "tiny-python.tar"},
}

// tinyFine is the same with CIFAR-100's two labels.
var tinyFine = func() layout {
	l := tiny
	l.labelBytes = 2
	return l
}()

// file is a file of a fixture.
type file struct {
	name string
	data []byte
}

// fixture returns a layout's files. Record number k, counted over all files,
// has label k%3; its byte j of plane c is value(k, c, j).
func fixture(l layout) []file {
	files := []file{{"readme.html", []byte("<html>")}, {l.meta, []byte("cat\ndog\nfox\n\n")}}
	k := 0
	for _, p := range l.parts() {
		var data []byte
		for range p.records {
			if l.labelBytes == 2 {
				data = append(data, 77)
			}
			data = append(data, byte(k%3))
			for c := range Channels {
				for j := range Side * Side {
					data = append(data, value(k, c, j))
				}
			}
			k++
		}
		files = append(files, file{p.file, data})
	}
	return files
}

func value(k, c, j int) byte { return byte(31*k + 85*c + j + j/256) }

func edit(files []file, name string, change func([]byte) []byte) []file {
	var edited []file
	for _, f := range files {
		if f.name == name {
			f.data = change(slices.Clone(f.data))
		}
		if f.data != nil {
			edited = append(edited, f)
		}
	}
	return edited
}

func writeFolder(t testing.TB, folder string, files []file) string {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		writeFile(t, filepath.Join(folder, f.name), f.data)
	}
	return folder
}

func writeFile(t testing.TB, path string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func tarGzip(t testing.TB, folder string, files []file) []byte {
	t.Helper()
	return gzipped(t, tarred(t, folder, files))
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var buffer bytes.Buffer
	zipper := gzip.NewWriter(&buffer)
	if _, err := zipper.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := zipper.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func tarred(t testing.TB, folder string, files []file) []byte {
	t.Helper()
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	check(archive.WriteHeader(&tar.Header{Name: folder + "/", Typeflag: tar.TypeDir, Mode: 0o755}))
	for _, f := range files {
		check(archive.WriteHeader(&tar.Header{Name: folder + "/" + f.name, Size: int64(len(f.data)), Mode: 0o644}))
		_, err := archive.Write(f.data)
		check(err)
	}
	check(archive.Close())
	return buffer.Bytes()
}

// pickles are tiny's files in the Python version, as that protocol has them; 0 is Python
// 2's, which the official files have. testdata/pickles.py makes them.
func pickles(t testing.TB, protocol int) (files []file) {
	t.Helper()
	z, err := zip.OpenReader("testdata/pickles.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		folder, name, _ := strings.Cut(f.Name, "/")
		if folder != strconv.Itoa(protocol) {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file{name, data})
	}
	return append(files, file{"readme.html", []byte("<html>")})
}

// checkError wants one line that starts with the package, holds every text,
// and is the target if there is one.
func checkError(t *testing.T, name string, err error, texts []string, target error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want %q", name, texts)
		return
	}
	message := err.Error()
	if !strings.HasPrefix(message, "cifar: ") || strings.Count(message, "cifar: ") != 1 || strings.Contains(message, "\n") {
		t.Errorf("%s: want one line that starts with the package, got %q", name, message)
	}
	for _, text := range texts {
		if !strings.Contains(message, text) {
			t.Errorf("%s: want %q, got %q", name, text, message)
		}
	}
	if target != nil && !errors.Is(err, target) {
		t.Errorf("%s: want %v, got %q", name, target, message)
	}
}
