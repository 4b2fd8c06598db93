package cli

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const inTerminal = "GORGONET_TEST_TERMINAL"

func TestMain(m *testing.M) {
	if os.Getenv(inTerminal) != "" {
		p := NewProgress(0, 100, false)
		p.Set(30, "first words", "last words")
		time.Sleep(2 * redraw)
		p.Set(30, "first words", "last words")
		io.ReadFull(os.Stdin, make([]byte, 1))
		Row("row 1", "part 2", strings.Repeat("x", 60))
		Warnf("of %s", strings.Repeat("words ", 10))
		p.Close()
		fmt.Println("end")
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// terminal is a pseudo-terminal of a width, and the process that runs in it.
func terminal(t *testing.T, width uint16) (*os.File, *exec.Cmd) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	defer slave.Close()
	resize(t, master, width)
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), inTerminal+"=1", "TERM=xterm")
	c.Stdin, c.Stdout, c.Stderr = slave, slave, slave
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	return master, c
}

func resize(t *testing.T, master *os.File, width uint16) {
	t.Helper()
	if err := unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: width}); err != nil {
		t.Fatal(err)
	}
}

// TestTerminal shows a progress on a terminal of 80 columns that then gets 40: what is
// drawn always fits, begins and ends at the line's beginning, and is drawn anew without
// anything having happened but the change.
func TestTerminal(t *testing.T) {
	master, _ := terminal(t, 80)
	var out strings.Builder
	pieces := make(chan string)
	go func() {
		buffer := make([]byte, 1024)
		for n, err := 0, error(nil); err == nil; pieces <- string(buffer[:n]) {
			n, err = master.Read(buffer)
		}
	}()
	until := func(what string) string {
		t.Helper()
		from := out.Len()
		for !strings.Contains(out.String()[from:], what) {
			select {
			case piece := <-pieces:
				out.WriteString(piece)
			case <-time.After(20 * time.Second):
				t.Fatalf("no %q in %q", what, out.String())
			}
		}
		return out.String()[from:]
	}
	until("last words  30/100\x1b[J\r")
	resize(t, master, 40)
	narrow := until("first words\x1b[J\r")
	if strings.Contains(narrow, "last words") {
		t.Errorf("40 columns: %q", narrow)
	}
	if _, err := master.WriteString("\n"); err != nil {
		t.Fatal(err)
	}
	rest := until("end")
	if !strings.Contains(rest, "\r\x1b[Jrow 1  part 2\r\n") || !strings.Contains(rest, "\r\x1b[Jwarning: of words words words words\r\nwords") {
		t.Errorf("row and warning: %q", rest)
	}
	for _, line := range strings.FieldsFunc(strings.ReplaceAll(narrow+rest, "\x1b[J", ""), func(r rune) bool { return r == '\r' || r == '\n' }) {
		if n := len([]rune(line)); n > 40 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	if !strings.HasSuffix(strings.TrimRight(rest[:strings.Index(rest, "end")], " "), "\r\x1b[J") {
		t.Errorf("the line is still there at the end: %q", rest)
	}
}
