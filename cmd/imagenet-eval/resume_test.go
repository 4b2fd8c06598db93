package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/training"
)

// tree makes a folder data set of small pictures, of which one is damaged.
func tree(t *testing.T, root string, pictures int) string {
	t.Helper()
	for i := range pictures {
		m := image.NewRGBA(image.Rect(0, 0, 40+i%3*8, 44))
		for p := range 44 * 60 {
			m.Set(p%60, p/60, color.RGBA{uint8(p*(i+3)) | 1, uint8(p * p), uint8(i * 40), 255})
		}
		var data bytes.Buffer
		if err := png.Encode(&data, m); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(root, string(rune('a'+i%5)), fmt.Sprintf("%02d.png", i)), data.Bytes())
	}
	write(t, filepath.Join(root, "b", "broken.png"), []byte("no picture"))
	return root
}

// stopped begins an evaluation in a directory of its own, stops it by Ctrl-C, goes on
// and kills it. It is false if the command had ended before.
func stopped(t *testing.T, out string, args []string) bool {
	t.Helper()
	if err := os.RemoveAll(out); err != nil {
		t.Fatal(err)
	}
	next := append(args, "-out", out)
	for i, signal := range []os.Signal{os.Interrupt, os.Kill} {
		c := clitest.Command(next...)
		var stdout bytes.Buffer
		c.Stdout = &stdout
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		table := filepath.Join(out, "predictions.csv")
		var text []byte
		for start := time.Now(); time.Since(start) < time.Minute && bytes.Count(text, []byte("\n")) <= 7*(i+1); time.Sleep(time.Millisecond) {
			text, _ = os.ReadFile(table)
		}
		_ = c.Process.Signal(signal) // it may have ended
		_ = c.Wait()
		code := c.ProcessState.ExitCode()
		if code == 0 {
			return false
		}
		if signal == os.Interrupt && (code != 130 || !strings.Contains(stdout.String(), "go on with: "+os.Args[0]+" -resume -out ")) {
			t.Fatalf("interrupted: want exit 130 and how to go on, got %d and %q", code, stdout.String())
		}
		text, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		write(t, table, text[:len(text)-3]) // what a crash leaves of the last row
		next = []string{"-resume", "-out", out}
	}
	return true
}

// TestInterruptAndResume stops an evaluation by Ctrl-C, kills it, cuts its last row
// short, and compares what comes of it with one that was left alone.
func TestInterruptAndResume(t *testing.T) {
	dir := t.TempDir()
	data := tree(t, filepath.Join(dir, "data"), 34)
	args := []string{"-data", data, "-weights", weightsFile(t, dir, "resnet8", 5, 1), "-weights", weightsFile(t, dir, "resnet14", 5, 2)}
	for _, protocol := range [][]string{{"-protocol", "multi-scale", "-sides", "40,56"}, {"-protocol", "10-crop", "-batch", "30"}} {
		alone, broken := filepath.Join(dir, "alone"+protocol[1]), filepath.Join(dir, "broken"+protocol[1])
		args := append(append([]string{}, args...), protocol...)
		c := clitest.Command(append(args, "-out", alone)...)
		c.Env = append(c.Env, "GOMAXPROCS=1")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for attempt := 0; !stopped(t, broken, args); attempt++ {
			if attempt == 10 {
				t.Fatal("the command always ends before it can be stopped")
			}
		}
		_, r := succeed(t, broken, "-resume")
		if r.Pictures != 34 || r.Unreadable != 1 {
			t.Errorf("%+v", r)
		}
		if r.Machine != training.ThisMachine() || r.Go != runtime.Version() || r.Version == "" || time.Since(r.Finished) > time.Hour {
			t.Errorf("where and when: %+v", r)
		}
		for _, name := range []string{"predictions.csv", "classes.csv", "confusion.csv", "result.json", "report.html", "mistakes.png"} {
			a, err := os.ReadFile(filepath.Join(alone, name))
			if err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(filepath.Join(broken, name))
			if err != nil {
				t.Fatal(err)
			}
			// These end with the time and the machine.
			for file, end := range map[string]string{"report.html": "Where and when", "result.json": `"finished"`} {
				if name == file {
					a, _, _ = bytes.Cut(a, []byte(end))
					b, _, _ = bytes.Cut(b, []byte(end))
				}
			}
			if !bytes.Equal(a, b) {
				t.Errorf("%s: %s of the resumed evaluation differs from that of the one left alone:\n%s\n%s", protocol[1], name, a, b)
			}
		}
	}
}

// TestOldSettings resumes an evaluation by one crop whose settings have sizes, which were
// once passed over.
func TestOldSettings(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	want, _ := succeed(t, out, small(t, dir, "-weights", weightsFile(t, dir, "resnet8", 5, 1))...)
	config, err := os.ReadFile(filepath.Join(out, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(out, "config.json"), bytes.Replace(config, []byte(usualSides), []byte("64"), 1))
	if rows, _ := succeed(t, out, "-resume"); !reflect.DeepEqual(rows, want) {
		t.Errorf("%v, want %v", rows, want)
	}
}
