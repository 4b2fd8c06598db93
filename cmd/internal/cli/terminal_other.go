//go:build !unix && !windows

package cli

import "os"

// notifyResize does nothing: the width is asked for at every drawing.
func notifyResize(chan<- os.Signal) {}

// obeysEscapes tells whether escape sequences steer the terminal.
func obeysEscapes(*os.File) bool { return false }
