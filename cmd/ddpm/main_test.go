package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/training"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

// small is a run of a few seconds, with dropout and attention.
func small(out string, more ...string) []string {
	return append([]string{"-data", "synthetic", "-limit-train", "40", "-limit-test", "8", "-batch", "8", "-channels", "8", "-multiples", "1,2", "-attention", "16",
		"-dropout", "0.2", "-schedule", "constant", "-iterations", "12", "-every", "4", "-samples", "4", "-steps", "3", "-out", out}, more...)
}

func TestUsage(t *testing.T) {
	clitest.Usage(t, "ddpm", -1, "dataset")
	dir := t.TempDir()
	run := filepath.Join(dir, "run")
	if code, _, stderr := clitest.Run(t, small(run, "-iterations", "1")...); code != 0 {
		t.Fatal(stderr)
	}
	latest := filepath.Join(run, "latest.safetensors")
	to := filepath.Join(dir, "x.png")
	clitest.OnDamaged(t, latest, func(path string) []string { return []string{"-sample", "-weights", path, "-png", to} })
	clitest.OnDamaged(t, latest, func(path string) []string { return small(filepath.Join(t.TempDir(), "x"), "-weights", path) })
	clitest.OnDamaged(t, latest, func(path string) []string { return small(filepath.Join(t.TempDir(), "x"), "-data", path) })
	clitest.OnDamaged(t, latest, func(path string) []string { return []string{"-resume", "-out", path} })
	if _, err := os.Stat(to); err == nil {
		t.Error("pictures of damaged weights")
	}
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	finished, latest := filepath.Join(dir, "finished"), filepath.Join(dir, "finished", "latest.safetensors")
	if code, _, stderr := clitest.Run(t, small(finished, "-iterations", "1")...); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	classes := filepath.Join(dir, "classes.safetensors")
	if err := weights.WriteSafetensors(classes, nil, map[string]string{"model": "resnet20"}); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"unknown flag", []string{"-modle", "x"}, 2, "did you mean -model?"},
		{"stray argument", []string{"x"}, 2, `unexpected argument "x"`},
		{"unknown network", small(dir+"/x", "-model", "ddpm_unet_cifr"), 2, "did you mean ddpm_unet_cifar?"},
		{"unknown data set", small(dir+"/x", "-dataset", "mnist"), 2, "-dataset is cifar10, cifar100 or folder"},
		{"unknown recipe", small(dir+"/x", "-recipe", "papr"), 2, "did you mean paper?"},
		{"nearly synthetic", small(dir+"/x", "-data", "synthetc"), 2, "did you mean synthetic?"},
		{"levels that are none", small(dir+"/x", "-multiples", "1,x"), 2, "-multiples: want whole numbers"},
		{"too many levels", small(dir+"/x", "-multiples", "1,1,1,1,1,1,1"), 2, "multiples of 64"},
		{"odd channels", small(dir+"/x", "-channels", "7"), 2, "even Channels of 4 to 1024"},
		{"groups that do not fit", small(dir+"/x", "-groups", "3"), 2, "8 channels do not fall into 3 equal groups"},
		{"dropout of all", small(dir+"/x", "-dropout", "1"), 2, "-dropout is 0 to below 1, not 1"},
		{"CIFAR of another size", small(dir+"/x", "-size", "64"), 2, "pictures of cifar10 are of 32"},
		{"pictures of nowhere", small(dir+"/x", "-data", "", "-dataset", "folder"), 2, "say with -data which folder"},
		{"pictures of a huge size", small(dir+"/x", "-data", empty, "-dataset", "folder", "-size", "4096"), 2, "-size is 4 to 512"},
		{"a folder without pictures", small(dir+"/x", "-data", empty, "-dataset", "folder"), 1, "there is no picture in " + empty},
		{"too many steps", small(dir+"/x", "-steps", "1001"), 2, "-steps is 0 to 1000"},
		{"noise beyond 1", small(dir+"/x", "-eta", "1.5"), 2, "-eta is 0 to 1, not 1.5"},
		{"negative samples", small(dir+"/x", "-samples", "-1"), 2, "-samples is 0 to 10000"},
		{"negative every", small(dir+"/x", "-every", "-1"), 2, "-every is 0 or more"},
		{"an average of nothing new", small(dir+"/x", "-ema", "1"), 2, "-ema is 0 for none, and below 1"},
		{"no steps", small(dir+"/x", "-iterations", "0"), 2, "-iterations must be positive"},
		{"two lengths", small(dir+"/x", "-epochs", "1"), 2, "cannot both be given"},
		{"a schedule that is none", small(dir+"/x", "-schedule", "cosin"), 2, "did you mean cosine?"},
		{"a run is there already", small(finished), 1, "holds a run already"},
		{"nothing to resume", []string{"-resume", "-out", dir + "/none"}, 1, "there is no run in"},
		{"resume with other channels", []string{"-resume", "-out", finished, "-channels", "16"}, 1, "started with -channels 8, not 16"},
		{"resume with weights", []string{"-resume", "-out", finished, "-weights", latest}, 2, "-weights is where a new run starts"},
		{"draw with nothing", []string{"-sample"}, 2, "say with -weights what to draw with"},
		{"draw nothing", []string{"-sample", "-weights", finished, "-samples", "0"}, 2, "-samples is 1 to"},
		{"draw into a run", []string{"-sample", "-weights", finished, "-out", finished}, 2, "-png says where -sample draws to"},
		{"draw and go on", []string{"-sample", "-resume", "-out", finished}, 2, "leave -resume out"},
		{"a file for no samples", small(dir+"/x", "-png", dir+"/x.png"), 2, "-png belongs to -sample"},
		{"draw into a folder", []string{"-sample", "-weights", finished, "-png", dir}, 1, "it is a folder"},
		{"draw into no folder", []string{"-sample", "-weights", finished, "-png", dir + "/none/x.png"}, 1, "there is no folder"},
		{"draw with other channels", []string{"-sample", "-weights", latest, "-channels", "16"}, 2, "which has other layers than -channels asks for"},
		{"draw another size", []string{"-sample", "-weights", latest, "-size", "64"}, 2, "-size 64"},
		{"draw with a classifier", []string{"-sample", "-weights", classes, "-png", dir + "/x.png"}, 1, "not of a denoising network"},
		{"divergence", small(dir+"/nan", "-lr", "1e30"), 1, "diverged"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, _, stderr := clitest.Run(t, test.args...)
			if code != test.code || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("want exit %d and one line with %q, got %d and %q", test.code, test.want, code, stderr)
			}
		})
	}
}

// outcome are the files of a run that two runs with the same settings must agree on.
func outcome(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		switch name := e.Name(); {
		case strings.HasSuffix(name, ".safetensors"):
			arrays, _, _, err := weights.ReadSafetensors(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			slices.SortFunc(arrays, func(a, b weights.Array) int { return strings.Compare(a.Name, b.Name) })
			if text, err = json.Marshal(arrays); err != nil {
				t.Fatal(err)
			}
		case name == "log.csv":
			lines := strings.Split(strings.TrimSpace(string(text)), "\n")
			for i, line := range lines {
				cells := strings.Split(line, ",")
				lines[i] = strings.Join(cells[:len(cells)-2], ",") // the rest is time
			}
			text = []byte(strings.Join(lines, "\n"))
		case !strings.HasPrefix(name, "samples"):
			text = nil
		}
		files[e.Name()] = string(text)
	}
	return files
}

// differences are the files in which two runs differ.
func differences(a, b map[string]string) (names []string) {
	for name, text := range a {
		if other, there := b[name]; !there || other != text {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, there := a[name]; !there {
			names = append(names, name)
		}
	}
	return names
}

// TestInterruptAndResume interrupts a run while it trains and another while it draws, as
// Ctrl-C does, resumes them, and compares them with one left alone on one processor.
func TestInterruptAndResume(t *testing.T) {
	dir := t.TempDir()
	alone := filepath.Join(dir, "alone")
	long := []string{"-iterations", "12", "-steps", "30"}
	c := clitest.Command(small(alone, long...)...)
	c.Env = append(c.Env, "GOMAXPROCS=1")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := outcome(t, alone)
	for _, when := range []string{"training", "drawing"} {
		broken := filepath.Join(dir, when)
		c := clitest.Command(small(broken, long...)...)
		stdout, err := c.StdoutPipe()
		if err == nil {
			err = c.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(stdout); lines.Scan() && !strings.HasPrefix(lines.Text(), "epoch"); {
		}
		for start := time.Now(); when == "training" && !exists(filepath.Join(broken, "samples-0000004.png")) && time.Since(start) < time.Minute; {
			time.Sleep(time.Millisecond)
		}
		if err := c.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		out, err := io.ReadAll(stdout)
		if err != nil {
			t.Fatal(err)
		}
		c.Wait()
		clitest.Interrupted(t, c, string(out))
		if code, _, stderr := clitest.Run(t, "-resume", "-out", broken); code != 0 {
			t.Fatalf("%s: exit %d: %s", when, code, stderr)
		}
		if d := differences(outcome(t, broken), want); len(d) > 0 {
			t.Errorf("interrupted while %s, the run differs from one left alone in %v", when, d)
		}
	}
	for _, name := range []string{"report.html", "curves.svg", "loss.png", "samples.png", "samples-0000004.png", "samples-0000012.png", "best.safetensors"} {
		if _, there := want[name]; !there {
			t.Errorf("there is no %s", name)
		}
	}
	page, err := os.ReadFile(filepath.Join(alone, "report.html"))
	if err != nil || !strings.Contains(string(page), `<img class="sheet" src="data:image/png`) {
		t.Errorf("the page has no samples: %v", err)
	}
	var r training.Result
	text, err := os.ReadFile(filepath.Join(alone, "result.json"))
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil || r.Task != "denoising" || r.Iterations != 12 || r.Model != "ddpm_unet_8_1-2" {
		t.Errorf("result %+v, %v", r, err)
	}
}

// TestKill kills runs at random moments and resumes them each time.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	alone := filepath.Join(t.TempDir(), "alone")
	begun := time.Now()
	if code, _, stderr := clitest.Run(t, small(alone)...); code != 0 {
		t.Fatal(stderr)
	}
	life, want := time.Since(begun), outcome(t, alone)
	clitest.Killer{
		Start:  func(dir string) []string { return small(dir) },
		Resume: func(dir string) []string { return []string{"-resume", "-out", dir} },
		Killed: func(string, string) {},
		Ended: func(dir string) {
			if d := differences(outcome(t, dir), want); len(d) > 0 {
				t.Errorf("a run that was killed differs from one left alone in %v", d)
			}
		},
	}.Run(t, clitest.Kills(t, 3), life)
}

// TestSample draws with the weights of a run alone: what the run drew at its end, by the
// average of the weights, whatever the number of processors; and others by another seed and
// by all steps.
func TestSample(t *testing.T) {
	dir := t.TempDir()
	run := filepath.Join(dir, "run")
	if code, _, stderr := clitest.Run(t, small(run, "-ema", "0.9", "-lr", "0.01")...); code != 0 {
		t.Fatal(stderr)
	}
	want, err := os.ReadFile(filepath.Join(run, "samples.png"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(want)); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, test := range []struct {
		name string
		same bool
		args []string
	}{
		{"a directory", true, []string{"-weights", run, "-samples", "4", "-steps", "3"}},
		{"a file", true, []string{"-weights", run + "/latest.safetensors", "-samples", "4", "-steps", "3"}},
		{"another seed", false, []string{"-weights", run, "-samples", "4", "-steps", "3", "-seed", "2"}},
		{"fewer", false, []string{"-weights", run, "-samples", "1", "-steps", "3"}},
		{"other steps", false, []string{"-weights", run, "-samples", "4", "-steps", "5"}},
		{"without noise", false, []string{"-weights", run, "-samples", "4", "-steps", "3", "-eta", "0"}},
		{"all steps", false, []string{"-weights", run, "-samples", "1", "-steps", "0"}},
	} {
		for _, processors := range []string{"1", "3"} {
			to := filepath.Join(dir, "to.png")
			c := clitest.Command(append(test.args, "-sample", "-png", to)...)
			c.Env = append(c.Env, "GOMAXPROCS="+processors)
			out, err := c.CombinedOutput()
			if err != nil || !strings.Contains(string(out), to+": ") || !strings.Contains(string(out), "ddpm_unet_8_1-2") {
				t.Fatalf("%s: %v: %s", test.name, err, out)
			}
			text, err := os.ReadFile(to)
			if err != nil {
				t.Fatal(err)
			}
			if test.same != bytes.Equal(text, want) {
				t.Errorf("%s: the same as the run's: %v", test.name, !test.same)
			}
			if before, again := seen[test.name]; again && before != string(text) {
				t.Errorf("%s: others on more processors", test.name)
			}
			seen[test.name] = string(text)
		}
	}
}

// TestFolder learns pictures of a folder of one's own, one of them damaged, and starts
// another run from its weights.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	photos := filepath.Join(dir, "photos")
	if err := os.MkdirAll(filepath.Join(photos, "more"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"a.png", "b.png", "c.png", "more/d.png", "more/e.png"} {
		m := image.NewNRGBA(image.Rect(0, 0, 20+i, 30))
		for j := range m.Pix {
			m.Pix[j] = byte(50*i + j%200)
		}
		m.SetNRGBA(0, 0, color.NRGBA{A: 255})
		var text bytes.Buffer
		if err := png.Encode(&text, m); err != nil {
			t.Fatal(err)
		}
		if name == "b.png" {
			text.Truncate(40)
		}
		if err := os.WriteFile(filepath.Join(photos, name), text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := filepath.Join(dir, "run")
	code, stdout, stderr := clitest.Run(t, small(run, "-data", photos, "-size", "16", "-attention", "none")...)
	if code != 0 || !strings.Contains(stdout, "4 training and 1 test images") || !strings.Contains(stderr, "b.png") {
		t.Fatalf("exit %d: %s %s", code, stdout, stderr)
	}
	if strings.Count(stdout, "  test root_mean_squared_error ") != 3 || strings.Contains(stdout, "%") || strings.Contains(stdout, "top-5") {
		t.Errorf("the lines speak of other metrics: %s", stdout)
	}
	text, err := os.ReadFile(filepath.Join(run, "config.json"))
	if err != nil || !strings.Contains(string(text), `"dataset": "folder"`) || !strings.Contains(string(text), `"attention": "none"`) {
		t.Errorf("%v: %s", err, text)
	}
	to := filepath.Join(dir, "to.png")
	if code, _, stderr := clitest.Run(t, "-sample", "-weights", run, "-samples", "2", "-steps", "2", "-png", to); code != 0 {
		t.Fatal(stderr)
	}
	f, err := os.Open(to)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if size, err := png.DecodeConfig(f); err != nil || size.Width != 2*18+2 || size.Height != 18+2 {
		t.Errorf("%+v, %v", size, err)
	}
	next := filepath.Join(dir, "next")
	args := []string{"-weights", run, "-data", photos, "-iterations", "1", "-batch", "4", "-samples", "1", "-steps", "1", "-out", next}
	if code, stdout, stderr := clitest.Run(t, args...); code != 0 || !strings.Contains(stdout, "starting from ") || !strings.Contains(stdout, "ddpm_unet_8_1-2") {
		t.Errorf("exit %d: %s %s", code, stdout, stderr)
	}
}
