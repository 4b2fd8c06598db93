package cli

import (
	"os"

	"golang.org/x/sys/windows"
)

// notifyResize does nothing: the width is asked for at every drawing.
func notifyResize(chan<- os.Signal) {}

// obeysEscapes switches a console to escape sequences.
func obeysEscapes(f *os.File) bool {
	var mode uint32
	h := windows.Handle(f.Fd())
	return windows.GetConsoleMode(h, &mode) == nil && windows.SetConsoleMode(h, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
