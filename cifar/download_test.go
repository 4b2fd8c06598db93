package cifar

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var archiveBytes = bytes.Repeat([]byte("0123456789abcdef"), 20_000)

// ranged serves archiveBytes as a file server does, ranges included.
func ranged(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(archiveBytes))
}

// whole serves all of it whatever is asked for.
func whole(w http.ResponseWriter, _ *http.Request) { w.Write(archiveBytes) }

func serve(t *testing.T, handler http.HandlerFunc) downloader {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	sum := sha256.Sum256(archiveBytes)
	return downloader{
		client:   server.Client(),
		patience: time.Minute,
		archive: archive{
			url:    server.URL + "/x.tar.gz",
			file:   "x.tar.gz",
			size:   int64(len(archiveBytes)),
			sha256: hex.EncodeToString(sum[:]),
		},
	}
}

func TestDownload(t *testing.T) {
	half := archiveBytes[:len(archiveBytes)/2]
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		part    []byte
		ranges  string // the Range header wanted
	}{
		{"afresh", ranged, nil, ""},
		{"resumed", ranged, half, "bytes=160000-"},
		{"no ranges offered", whole, half, "bytes=160000-"},
		{"part too long", ranged, append(archiveBytes[:len(archiveBytes):len(archiveBytes)], 1), ""},
		{"part complete", nil, archiveBytes, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			requests := 0
			d := serve(t, func(w http.ResponseWriter, r *http.Request) {
				requests++
				if got := r.Header.Get("Range"); got != c.ranges {
					t.Errorf("Range %q, want %q", got, c.ranges)
				}
				c.handler(w, r)
			})
			dir := filepath.Join(t.TempDir(), "made")
			if c.part != nil {
				writeFolder(t, dir, []file{{"x.tar.gz.part", c.part}})
			}
			var done, total int64
			path, err := d.download(context.Background(), dir, func(n, of int64) {
				if n < done {
					t.Errorf("progress went back from %d to %d", done, n)
				}
				done, total = n, of
			})
			if err != nil || path != filepath.Join(dir, "x.tar.gz") {
				t.Fatalf("path %q, error %v", path, err)
			}
			if got, _ := os.ReadFile(path); !bytes.Equal(got, archiveBytes) {
				t.Errorf("%d bytes that are not the archive", len(got))
			}
			if c.handler != nil && (done != d.size || total != d.size) {
				t.Errorf("progress ended at %d of %d", done, total)
			}
			if _, err := os.Stat(path + ".part"); err == nil {
				t.Error("the .part is still there")
			}

			before := requests
			if again, err := d.download(context.Background(), dir, nil); err != nil || again != path || requests != before {
				t.Errorf("second call: path %q, error %v, %d requests", again, err, requests-before)
			}
		})
	}
}

func TestDownloadErrors(t *testing.T) {
	n := len(archiveBytes)
	wrong := bytes.Repeat([]byte("x"), n)
	plain := httptest.NewServer(http.HandlerFunc(ranged))
	defer plain.Close()
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		before  []file
		want    []string
		target  error
		part    int // bytes left in the .part, -1 for no .part
	}{
		{"checksum", func(w http.ResponseWriter, _ *http.Request) { w.Write(wrong) }, nil,
			[]string{"want SHA-256", "is deleted, try again"}, nil, -1},
		{"checksum of a resumed part", ranged, []file{{"x.tar.gz.part", []byte("not its start")}},
			[]string{"want SHA-256", "is deleted, try again"}, nil, -1},
		{"redirect to http", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, plain.URL, http.StatusFound) }, nil,
			[]string{"want an https address, got http://"}, nil, 0},
		{"redirect without end", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/y", http.StatusFound) }, nil,
			[]string{"10 redirects"}, nil, 0},
		{"not found", http.NotFound, nil, []string{"want status 200 or 206, got 404"}, nil, 0},
		{"too long", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "320001")
			w.Write(append(bytes.Clone(archiveBytes), 1))
		}, []file{{"x.tar.gz.part", archiveBytes[:7]}}, []string{"want 320000 bytes, the server has 320001", "(7 of 320000 bytes"}, nil, 7},
		{"too long in chunks", func(w http.ResponseWriter, _ *http.Request) {
			for range 3 {
				w.Write(wrong)
				w.(http.Flusher).Flush()
			}
		}, nil, []string{"want SHA-256"}, nil, -1},
		{"broken off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "320000")
			w.Write(archiveBytes[:1000])
		}, nil, []string{"(1000 of 320000 bytes are in"}, io.ErrUnexpectedEOF, 1000},
		{"ended early in chunks", func(w http.ResponseWriter, _ *http.Request) {
			w.Write(archiveBytes[:1000])
			w.(http.Flusher).Flush()
		}, nil, []string{"call again to go on"}, io.ErrUnexpectedEOF, 1000},
		{"other range", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 3-319999/320000")
			w.WriteHeader(http.StatusPartialContent)
		}, []file{{"x.tar.gz.part", archiveBytes[:7]}}, []string{`want Content-Range "bytes 7-", got "bytes 3-319999/320000"`}, nil, 7},
		{"present, wrong length", ranged, []file{{"x.tar.gz", []byte("abc")}},
			[]string{"want 320000 bytes, got 3; delete it"}, nil, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := serve(t, c.handler)
			dir := writeFolder(t, t.TempDir(), c.before)
			_, err := d.download(context.Background(), dir, func(done, total int64) {
				if done > total {
					t.Errorf("%d bytes on disk, of %d", done, total)
				}
			})
			checkError(t, c.name, err, c.want, c.target)
			part, err := os.ReadFile(filepath.Join(dir, "x.tar.gz.part"))
			if c.part < 0 && err == nil || c.part >= 0 && len(part) != c.part {
				t.Errorf("%d bytes in the .part, want %d (%v)", len(part), c.part, err)
			}
			if _, err := os.Stat(filepath.Join(dir, "x.tar.gz")); err == nil && len(c.before) == 0 {
				t.Error("the archive's name was taken")
			}
		})
	}
}

func TestDownloadCancelledThenResumed(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var ranges []string
	d := serve(t, func(w http.ResponseWriter, r *http.Request) {
		ranges = append(ranges, r.Header.Get("Range"))
		if len(ranges) > 1 {
			ranged(w, r)
			return
		}
		w.Header().Set("Content-Length", "320000")
		w.Write(archiveBytes[:5000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	dir := t.TempDir()
	_, err := d.download(ctx, dir, func(done, _ int64) {
		if done == 5000 {
			cancel()
		}
	})
	checkError(t, "cancelled", err, []string{"5000 of 320000 bytes"}, context.Canceled)
	path, err := d.download(context.Background(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); !bytes.Equal(got, archiveBytes) || ranges[1] != "bytes=5000-" {
		t.Errorf("%d bytes after Range %q", len(got), ranges[1])
	}
}

// TestDownloadStalled gives up on servers that stop before or amid the bytes, and
// goes on later.
func TestDownloadStalled(t *testing.T) {
	for _, sent := range []int{0, 5000} {
		var recovered atomic.Bool
		d := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if recovered.Load() {
				ranged(w, r)
				return
			}
			if sent > 0 {
				w.Header().Set("Content-Length", "320000")
				w.Write(archiveBytes[:sent])
				w.(http.Flusher).Flush()
			}
			<-r.Context().Done()
		})
		d.patience = 200 * time.Millisecond
		dir := t.TempDir()
		_, err := d.download(context.Background(), dir, nil)
		checkError(t, "stalled", err, []string{"sends nothing any more", fmt.Sprint(sent, " of 320000 bytes")}, errStalled)
		recovered.Store(true)
		d.patience = time.Minute
		if _, err := d.download(context.Background(), dir, nil); err != nil {
			t.Error(err)
		}
	}
}

func TestDownloadRefusesHTTP(t *testing.T) {
	d := serve(t, ranged)
	d.url = strings.Replace(d.url, "https://", "http://", 1)
	_, err := d.download(context.Background(), t.TempDir(), nil)
	checkError(t, "http", err, []string{"want an https address"}, nil)
	for v := range variants {
		if !strings.HasPrefix(variants[v].archive.url, "https://") {
			t.Errorf("%s is fetched from %s", Variant(v), variants[v].archive.url)
		}
	}
}

func TestCacheDir(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/caches")
	t.Setenv("HOME", "/home/somebody")
	dir, err := CacheDir()
	if err != nil || filepath.Base(dir) != "gorgonet" {
		t.Errorf("folder %q, error %v", dir, err)
	}
	if _, err := Download(context.Background(), Variant(9), "", nil); err == nil {
		t.Error("want an error for an unknown variant")
	}
}
