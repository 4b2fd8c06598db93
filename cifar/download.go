package cifar

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/errors"
)

// CacheDir returns the folder that Download uses when it is given none:
// gorgonet in the user's cache folder. It does not make it.
func CacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", errors.Wrap(err, "cifar: name a folder, the user's cache folder is unknown")
	}
	return filepath.Join(dir, "gorgonet"), nil
}

// Download fetches the official archive into dir, CacheDir if dir is empty,
// and returns its path for Open. An archive that is already there is returned
// at once if its length is right, and is an error if it is not.
//
// The bytes gather in a file NAME.part, which keeps what has come when the
// context ends or the connection breaks; the next call goes on from there. The
// .part takes the archive's name once its SHA-256 is right and is deleted if
// it is wrong. Only HTTPS is spoken, across redirects too, never more than the
// archive's length is taken, and a server that sends nothing for a minute is
// given up. One process at a time may download to a folder.
//
// If progress is not nil it is called after every write with the bytes on disk
// and their final number.
func Download(ctx context.Context, v Variant, dir string, progress func(done, total int64)) (path string, err error) {
	if err := v.check(); err != nil {
		return "", err
	}
	return downloader{http.DefaultClient, time.Minute, v.archive()}.download(ctx, dir, progress)
}

// downloader fetches one archive with one client.
type downloader struct {
	client   *http.Client
	patience time.Duration // without a byte
	archive
}

func (d downloader) download(ctx context.Context, dir string, progress func(done, total int64)) (string, error) {
	if dir == "" {
		var err error
		if dir, err = CacheDir(); err != nil {
			return "", err
		}
	}
	path := filepath.Join(dir, d.file)
	info, err := os.Stat(path)
	if err == nil && info.Size() == d.size {
		return path, nil
	}
	if err == nil {
		return "", errors.Errorf("cifar: %s: want %d bytes, got %d; delete it and fetch it again", path, d.size, info.Size())
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", errors.Wrap(err, "cifar")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", errors.Wrap(err, "cifar")
	}

	part := path + ".part"
	file, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return "", errors.Wrap(err, "cifar")
	}
	defer file.Close()
	sink := &sink{file: file, hash: sha256.New(), total: d.size, progress: progress}
	if err := sink.resume(); err != nil {
		return "", errors.Wrapf(err, "cifar: %s", part)
	}
	if sink.done < d.size {
		if err := d.fetch(ctx, sink); err != nil {
			return "", errors.Wrapf(err, "cifar: %s (%d of %d bytes are in %s)", d.url, sink.done, d.size, part)
		}
	}
	if got := hex.EncodeToString(sink.hash.Sum(nil)); got != d.sha256 {
		file.Close() // an open file cannot be deleted on Windows
		os.Remove(part)
		return "", errors.Errorf("cifar: %s: want SHA-256 %s, got %s; %s is deleted, try again", d.url, d.sha256, got, part)
	}
	if err := file.Sync(); err != nil {
		return "", errors.Wrap(err, "cifar")
	}
	if err := file.Close(); err != nil {
		return "", errors.Wrap(err, "cifar")
	}
	return path, errors.Wrap(os.Rename(part, path), "cifar")
}

// errStalled is why a download without progress ends.
var errStalled = errors.New("the server sends nothing any more; call again to go on")

// fetch appends the bytes that the sink lacks. It gives up when none come.
func (d downloader) fetch(ctx context.Context, sink *sink) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stall := time.AfterFunc(d.patience, func() { cancel(errStalled) })
	defer stall.Stop()
	sink.alive = func() { stall.Reset(d.patience) }
	err := d.request(ctx, sink)
	if err != nil && context.Cause(ctx) == errStalled {
		return errStalled
	}
	return err
}

func (d downloader) request(ctx context.Context, sink *sink) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url, nil)
	if err != nil {
		return err
	}
	if err := onlyHTTPS(request, nil); err != nil {
		return err
	}
	// The archive's own bytes are wanted, not another layer of gzip.
	request.Header.Set("Accept-Encoding", "identity")
	if sink.done > 0 {
		request.Header.Set("Range", "bytes="+strconv.FormatInt(sink.done, 10)+"-")
	}
	client := *d.client
	client.CheckRedirect = onlyHTTPS
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()

	start := sink.done
	switch response.StatusCode {
	case http.StatusOK: // all of it: no resumption was asked for, or none is offered
		start = 0
	case http.StatusPartialContent:
		got := response.Header.Get("Content-Range")
		if want := "bytes " + strconv.FormatInt(start, 10) + "-"; !strings.HasPrefix(got, want) {
			return errors.Errorf("want Content-Range %q, got %q", want, got)
		}
	default:
		return errors.Errorf("want status 200 or 206, got %s", response.Status)
	}
	missing := d.size - start
	if length := response.ContentLength; length >= 0 && length != missing {
		return errors.Errorf("want %d bytes, the server has %d", missing, length)
	}
	if start < sink.done {
		if err := sink.restart(); err != nil {
			return err
		}
	}
	got, err := io.Copy(sink, io.LimitReader(response.Body, missing))
	if err != nil {
		return err
	}
	if got < missing {
		return errors.Wrap(io.ErrUnexpectedEOF, "call again to go on")
	}
	return nil
}

// onlyHTTPS refuses to leave HTTPS and to follow more than ten redirects.
func onlyHTTPS(request *http.Request, via []*http.Request) error {
	if request.URL.Scheme != "https" {
		return errors.Errorf("want an https address, got %s", request.URL)
	}
	if len(via) >= 10 {
		return errors.New("stopped after 10 redirects")
	}
	return nil
}

// sink writes to a .part file and keeps the hash of all that is in it.
type sink struct {
	file        *os.File
	hash        hash.Hash
	done, total int64 // bytes
	progress    func(done, total int64)
	alive       func() // called after every write
}

// resume takes in what an earlier call left, or nothing if that is too long.
func (s *sink) resume() error {
	n, err := io.Copy(s.hash, s.file)
	if err != nil {
		return err
	}
	s.done = n
	if n > s.total {
		return s.restart()
	}
	return nil
}

func (s *sink) restart() error {
	s.done = 0
	s.hash.Reset()
	if err := s.file.Truncate(0); err != nil {
		return err
	}
	_, err := s.file.Seek(0, io.SeekStart)
	return err
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)
	s.hash.Write(p[:n])
	s.done += int64(n)
	s.alive()
	if s.progress != nil {
		s.progress(s.done, s.total)
	}
	return n, err
}
