//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows)

package training

import (
	"errors"
	"os"
)

// tryLock is for systems without locks.
func tryLock(*os.File) error { return errors.ErrUnsupported }
