package training

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// errLocked tells that another process, or another part of this one, has the lock.
var errLocked = errors.New("locked")

// lock keeps others from writing to the directory until the file it returns is
// closed, or the process ends in whatever way: the lock is the operating system's.
// The file's content says who has it. Over a network it keeps other hosts out where
// the file system hands locks on to its server, as NFS does unless it is mounted
// with nolock or local_lock; a file system without any locks keeps nobody out.
func lock(directory string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(directory, lockFile), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("training: cannot lock the directory: %w", err)
	}
	err = tryLock(f)
	switch {
	case err == errLocked:
		err = fmt.Errorf("training: %s is in use by %s: wait for its end, or choose another directory", directory, owner(f))
	case err == nil || errors.Is(err, errors.ErrUnsupported):
		err = sign(f)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// sign writes the process id and the host to the file.
func sign(f *os.File) error {
	host, err := os.Hostname()
	if err != nil {
		host = "an unknown host"
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = fmt.Fprintf(f, "process %d on %s\n", os.Getpid(), host)
	}
	if err != nil {
		return fmt.Errorf("training: cannot lock the directory: %w", err)
	}
	return nil
}

// owner is who signed the file.
func owner(f *os.File) string {
	text, err := io.ReadAll(io.LimitReader(f, 1000))
	if name, _, whole := strings.Cut(string(text), "\n"); err == nil && whole {
		return name
	}
	return "another process"
}
