package clitest

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Kills is how often a test kills: a few times, or as often as GORGONET_KILLS says.
func Kills(t testing.TB, few int) int {
	text := os.Getenv("GORGONET_KILLS")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("GORGONET_KILLS is a number of kills, not %q", text)
	}
	return n
}

// Killer kills a command again and again, and lets it go on each time.
type Killer struct {
	Start  func(dir string) []string // arguments of a run to the directory
	Resume func(dir string) []string // and to go on with it

	Killed func(dir, output string) // checks the directory after a kill
	Ended  func(dir string)         // and when the run has come to its end at last

	rng *rand.Rand
}

// Run has runs killed until there were so many kills. life is how long a run takes
// that is left alone. Half of the kills come at any moment of it, the others within
// 3 ms of something that has happened in the directory: while a file is written, or
// between two.
func (k Killer) Run(t testing.TB, kills int, life time.Duration) {
	t.Helper()
	k.rng = rand.New(rand.NewPCG(1, 2))
	base, done, runs := t.TempDir(), 0, 0
	left := map[string]int{}
	for ; done < kills; runs++ {
		dir := filepath.Join(base, strconv.Itoa(runs))
		for k.once(t, dir, life) {
			done++
			left[stage(dir)]++
			if strings.Contains(listing(dir), ".tmp-") {
				left["with a temporary file"]++
			}
		}
		k.Ended(dir)
	}
	t.Logf("%d kills of %d runs: %v", done, runs, left)
}

// once lets the command start or go on, and kills it; false if it had ended before.
func (k Killer) once(t testing.TB, dir string, life time.Duration) bool {
	args := k.Resume(dir)
	if _, err := os.Stat(filepath.Join(dir, "config.json")); err != nil {
		args = k.Start(dir)
	}
	var out bytes.Buffer
	c := Command(args...)
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		c.Wait()
		close(gone)
	}()
	k.await(dir, life, gone)
	c.Process.Kill()
	<-gone
	switch code := c.ProcessState.ExitCode(); {
	case code > 0:
		t.Fatalf("%v: exit %d: %s", args, code, out.String())
	case code == 0:
		return false
	}
	k.Killed(dir, out.String())
	return true
}

// await waits for the moment of a kill, or until the command is gone.
func (k Killer) await(dir string, life time.Duration, gone <-chan struct{}) {
	if k.rng.IntN(2) == 0 {
		select {
		case <-time.After(time.Duration(k.rng.Int64N(int64(life)))):
		case <-gone:
		}
		return
	}
	before := listing(dir)
	for changes := 1 + k.rng.IntN(40); changes > 0; {
		select {
		case <-time.After(100 * time.Microsecond):
		case <-gone:
			return
		}
		if now := listing(dir); now != before {
			before = now
			changes--
		}
	}
	time.Sleep(time.Duration(k.rng.Int64N(int64(3 * time.Millisecond))))
}

// TwoAtOnce starts a command that works in a directory, and a second one beside it,
// which must be refused with the first one's process id and host; when the first has
// been killed it must not.
func TwoAtOnce(t testing.TB, start, resume []string, directory string) {
	t.Helper()
	first := Command(start...)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(filepath.Join(directory, "config.json")); err == nil {
			break
		}
	}
	code, _, stderr := Run(t, resume...)
	host, _ := os.Hostname()
	if want := fmt.Sprintf("%s is in use by process %d on %s", directory, first.Process.Pid, host); code != 1 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("want exit 1 and one line with %q, got %d and %q", want, code, stderr)
	}
	first.Process.Kill()
	first.Wait()
	if code, _, stderr := Run(t, resume...); code != 0 {
		t.Errorf("after the first was killed: exit %d: %s", code, stderr)
	}
}

// listing is what a directory holds: names and sizes.
func listing(dir string) string {
	var b strings.Builder
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil {
			if info, err := e.Info(); err == nil && !e.IsDir() {
				fmt.Fprintln(&b, path, info.Size())
			}
		}
		return nil // files come and go
	})
	return b.String()
}

// stage is how far the run in a directory has come.
func stage(dir string) string {
	files := listing(dir)
	for _, s := range []struct{ file, stage string }{
		{"report.html", "with the report"}, {"result.json", "with a result"}, {"predictions.csv", "with predictions"},
		{"latest.safetensors", "with a checkpoint"}, {"log.csv", "with a row"}, {"config.json", "with settings"}, {".lock", "with a lock"},
	} {
		if strings.Contains(files, "/"+s.file) {
			return s.stage
		}
	}
	return "with nothing"
}
