//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// notifyResize has the channel told of a terminal's new size, and of coming back to
// the foreground.
func notifyResize(c chan<- os.Signal) { signal.Notify(c, syscall.SIGWINCH, syscall.SIGCONT) }

// obeysEscapes tells whether escape sequences steer the terminal.
func obeysEscapes(*os.File) bool { return true }
