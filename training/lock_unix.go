//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package training

import (
	"os"
	"syscall"
)

// tryLock locks the file, without waiting, for as long as it is open.
func tryLock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		return errLocked
	}
	return err
}
