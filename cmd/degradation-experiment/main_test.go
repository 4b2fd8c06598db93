package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorgonet/gorgonet/cmd/degradation-experiment/internal/experiment"
	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/training/tensorboard"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

// small is an experiment of a few seconds.
func small(out string, more ...string) []string {
	return append([]string{"-data", "synthetic", "-depths", "8,14", "-seeds", "1", "-limit-train", "48", "-limit-test", "20", "-subset", "16",
		"-batch", "16", "-iterations", "6", "-every", "2", "-out", out}, more...)
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("another/config.json", `{"model": "resnet20", "data": "synthetic"}`)
	write("nothing/config.json", `{"experiment": "degradation", "depths": "8", "kinds": "plain", "seeds": "1"}`)
	write("broken/config.json", `{"experiment": `)
	finished := filepath.Join(dir, "finished")
	if code, _, stderr := clitest.Run(t, small(finished, "-kinds", "plain", "-depths", "8", "-iterations", "1")...); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	before := read(t, finished)
	for _, test := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"unknown flag", []string{"-depth", "20"}, 2, "-depth"},
		{"stray argument", []string{"resnet20"}, 2, `unexpected argument "resnet20"`},
		{"seeds that are no numbers", small(dir+"/x", "-seeds", "1,two"), 2, `-seeds are numbers such as 1,2,3, not "1,two"`},
		{"no seeds", small(dir+"/x", "-seeds", ""), 2, "-seeds"},
		{"negative seed", small(dir+"/x", "-seeds", "-1"), 2, "-seeds"},
		{"depths that are no numbers", small(dir+"/x", "-depths", "deep"), 2, "-depths"},
		{"unknown shortcut", small(dir+"/x", "-shortcut", "none"), 2, "-shortcut is A, B or C"},
		{"unknown recipe", small(dir+"/x", "-recipe", "slow"), 2, "-recipe is quick or paper"},
		{"unknown data set", small(dir+"/x", "-dataset", "mnist"), 2, "mnist"},
		{"no steps", small(dir+"/x", "-iterations", "0"), 2, "-iterations"},
		{"rate that is none", small(dir+"/x", "-lr", "NaN"), 2, "-lr"},
		{"no network at a time", small(dir+"/x", "-parallel", "0"), 2, "-parallel must be positive, not 0"},
		{"negative limit", small(dir+"/x", "-limit-train", "-5"), 2, "-limit-train"},
		{"resume without -out", []string{"-resume"}, 2, "-out"},
		{"page without -out", []string{"-page"}, 2, "-out"},
		{"a seed twice", small(dir+"/x", "-seeds", "1,1"), 2, "every depth, kind and seed once"},
		{"unknown kind", small(dir+"/x", "-kinds", "plain,residul"), 2, `-kinds is plain or residual, not "residul"; did you mean residual?`},
		{"no network of this depth", small(dir+"/x", "-depths", "20,55"), 2, "6n+2 layers"},
		{"missing data", small(dir+"/x", "-data", dir+"/none"), 1, "none"},
		{"output directory in a file", small(dir + "/another/config.json/run"), 1, "cannot make the output directory"},
		{"a run is there already", small(finished), 1, "holds a run already"},
		{"another run is there", small(dir + "/another"), 1, "holds a run already"},
		{"nothing to resume", []string{"-resume", "-out", dir + "/none"}, 1, "none"},
		{"resume another run", []string{"-resume", "-out", dir + "/another"}, 1, "no experiment of degradation-experiment"},
		{"resume damaged settings", []string{"-resume", "-out", dir + "/broken"}, 1, "config.json is damaged"},
		{"resume with other settings", []string{"-resume", "-out", finished, "-seeds", "1,2"}, 1, "started with -seeds 1, not 1,2"},
		{"page of another run", []string{"-page", "-out", dir + "/another"}, 1, "no experiment of degradation-experiment"},
		{"page of nothing", []string{"-page", "-out", dir + "/nothing"}, 1, "holds no network"},
		{"page of no directory", []string{"-page", "-out", dir + "/none"}, 1, "none"},
		{"unknown experiment", small(dir+"/x", "-experiment", "shortcut"), 2, `-experiment is degradation, shortcuts, cardinality, paths, preactivation or transformer, not "shortcut"; did you mean shortcuts?`},
		{"a budget that is no time", []string{"-budget", "an hour"}, 2, `-budget is a time such as 10m or 1h30m, not "an hour"`},
		{"a budget of nothing", []string{"-data", "synthetic", "-budget", "0s"}, 2, "-budget is a time"},
		{"steps and a budget", small(dir+"/x", "-budget", "10m"), 2, "-budget stands in place of -iterations and -epochs"},
		{"epochs and a budget", []string{"-data", "synthetic", "-budget", "10m", "-epochs", "1"}, 2, "-budget stands in place of -iterations and -epochs"},
		{"a budget that is too small", []string{"-data", "synthetic", "-depths", "8", "-limit-train", "48", "-limit-test", "20", "-budget", "1ns", "-out", dir + "/x"}, 1, "has no time for one step"},
		{"shortcuts of one's own", small(dir+"/x", "-experiment", "shortcuts", "-shortcut", "B"), 2, "-shortcut is for the experiment degradation"},
		{"kinds of another experiment", small(dir+"/x", "-experiment", "shortcuts", "-kinds", "plain"), 2, `-kinds is A, B, C or none, not "plain"`},
		{"depths of another experiment", small(dir+"/x", "-experiment", "cardinality"), 2, "9n+2 layers"},
		{"the paper's recipe for another", []string{"-experiment", "transformer", "-recipe", "paper"}, 2, "-recipe paper is not for the experiment transformer"},
		{"resume another experiment", []string{"-resume", "-out", finished, "-experiment", "paths"}, 1, "started with -experiment degradation, not paths"},
		{"divergence", small(dir+"/nan", "-lr", "1e30", "-kinds", "plain"), 1, "diverged"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, _, stderr := clitest.Run(t, test.args...)
			if code != test.code || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("want exit %d and one line with %q, got %d and %q", test.code, test.want, code, stderr)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "x")); err == nil {
		t.Error("a refused experiment left a directory")
	}
	if !reflect.DeepEqual(read(t, finished), before) {
		t.Error("what was saved has changed")
	}
}

// read returns the tables, checkpoints, events and measurements of an experiment,
// but for what depends on time.
func read(t *testing.T, dir string) map[string]any {
	t.Helper()
	out := map[string]any{}
	for _, pattern := range []string{"*/*.csv", "*/latest.safetensors", "*/best.safetensors", "*/events.*", "*/construction.json", "verdict.json"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			name, _ := filepath.Rel(dir, file)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			switch filepath.Ext(file) {
			case ".safetensors":
				if out[name], _, _, err = weights.ReadSafetensors(file); err != nil {
					t.Fatal(err)
				}
			case ".csv":
				rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
				if err != nil {
					t.Fatal(err)
				}
				for i, row := range rows {
					if filepath.Base(file) == "log.csv" {
						rows[i] = row[:7] // the rest is time
					}
				}
				out[name] = rows
			case ".gorgonet":
				out[name] = events(t, file)
			default:
				out[name] = string(text)
			}
		}
	}
	return out
}

// events are a network's, but for times and speed.
func events(t *testing.T, file string) (lines []string) {
	t.Helper()
	all, err := tensorboard.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if len(e.Values) == 0 || e.Values[0].Tag != "images_per_second" {
			lines = append(lines, fmt.Sprint(e.Step, e.Values))
		}
	}
	return lines
}

// TestInterruptAndResume ends an experiment twice, by Ctrl-C and by kill -9,
// resumes it each time, and compares it with one left alone on one processor.
func TestInterruptAndResume(t *testing.T) {
	if testing.Short() {
		t.Skip("the tests of package degradation interrupt too")
	}
	dir := t.TempDir()
	alone, broken := filepath.Join(dir, "alone"), filepath.Join(dir, "broken")
	c := clitest.Command(small(alone)...)
	c.Env = append(c.Env, "GOMAXPROCS=1")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	args := small(broken)
	for _, stop := range []struct {
		signal syscall.Signal
		file   string // that is there by then
		rows   int
		code   int
	}{
		{syscall.SIGINT, "plain14-seed1/log.csv", 2, 130},
		{syscall.SIGKILL, "resnet8-seed1/log.csv", 3, -1},
		{syscall.SIGKILL, "resnet14-from8-seed1/scores.csv", 1, -1},
	} {
		c := clitest.Command(args...)
		var out bytes.Buffer
		c.Stdout = &out
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(5 * time.Millisecond) {
			text, _ := os.ReadFile(filepath.Join(broken, stop.file))
			if bytes.Count(text, []byte("\n")) >= stop.rows {
				break
			}
		}
		if err := c.Process.Signal(stop.signal); err != nil {
			t.Fatal(err)
		}
		c.Wait()
		if code := c.ProcessState.ExitCode(); code != stop.code {
			t.Fatalf("after %v: exit %d, want %d; %s", stop.signal, code, stop.code, out.String())
		}
		if stop.signal == syscall.SIGINT && !strings.Contains(out.String(), "go on with: "+os.Args[0]+" -resume -out ") {
			t.Errorf("interrupted: want how to go on, got %q", out.String())
		}
		args = []string{"-resume", "-out", broken, "-parallel", "2"}
	}
	code, stdout, stderr := clitest.Run(t, args...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if !strings.Contains(stdout, "to go, one network after another") || !strings.Contains(stdout, "plain, training") {
		t.Errorf("want an estimate and a verdict, got %q", stdout)
	}
	a, b := read(t, alone), read(t, broken)
	for name := range a {
		if !reflect.DeepEqual(a[name], b[name]) {
			t.Errorf("%s of the resumed experiment differs from that of one left alone:\n%v\n%v", name, a[name], b[name])
		}
	}
	if len(a) != len(b) {
		t.Errorf("%d files, want %d", len(b), len(a))
	}
	var v experiment.Depths
	text, err := os.ReadFile(filepath.Join(broken, "verdict.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil || len(v.Gaps) != 2 || v.Shallow != 8 || v.Deep != 14 {
		t.Errorf("verdict %+v, %v", v, err)
	}
	if err := os.Remove(filepath.Join(broken, "report.html")); err != nil {
		t.Fatal(err)
	}
	if code, again, stderr := clitest.Run(t, "-page", "-out", broken); code != 0 || !strings.Contains(again, v.Finding) {
		t.Errorf("-page: exit %d, %q, %q", code, again, stderr)
	}
	if _, err := os.Stat(filepath.Join(broken, "report.html")); err != nil {
		t.Error(err)
	}
}

// TestExperiment makes another experiment within a budget, goes on with it, and makes its
// page again.
func TestExperiment(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "paths")
	var code int
	var budget, stdout, stderr string
	for _, budget = range []string{"3s", "15s", "1m15s"} { // what a step takes depends on the machine, and the race detector
		code, stdout, stderr = clitest.Run(t, "-experiment", "paths", "-data", "synthetic", "-depths", "8", "-limit-train", "48", "-limit-test", "20", "-subset", "16", "-batch", "16", "-budget", budget, "-out", dir)
		if !strings.Contains(stderr, "a budget of "+budget+" has no time for one step of all networks") {
			break
		}
	}
	if code != 0 || !strings.Contains(stdout, "a budget of "+budget+" has time for") || !strings.Contains(stdout, "to go, one network after another") || !strings.Contains(stdout, "resnet8: weighted by its gradient") {
		t.Fatalf("exit %d: %s, %s", code, stdout, stderr)
	}
	var config struct {
		Experiment, Budget, Kinds, Seeds string
		Iterations                       int
	}
	text, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &config); err != nil || config.Experiment != "paths" || config.Budget != budget || config.Iterations < 1 || config.Kinds != "plain,residual" || config.Seeds != "1,2" {
		t.Errorf("%s, %v", text, err)
	}
	before := read(t, dir)
	if err := os.Remove(filepath.Join(dir, "plain8-seed2", "result.json")); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-resume", "-out", dir}, {"-page", "-out", dir}} {
		if code, stdout, stderr := clitest.Run(t, args...); code != 0 || !strings.Contains(stdout, "resnet8: weighted by its gradient") {
			t.Errorf("%v: exit %d: %s, %s", args, code, stdout, stderr)
		}
	}
	if !reflect.DeepEqual(read(t, dir), before) {
		t.Error("going on has changed what was there")
	}
}

// TestFiles holds the first experiment to the settings that it has always written, so
// that what was begun by any version can go on.
func TestFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "x")
	if code, _, stderr := clitest.Run(t, small(dir, "-kinds", "residual", "-depths", "8", "-iterations", "1")...); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for name, want := range map[string]string{
		"config.json": `"recipe": "quick", "depths": "8", "kinds": "residual", "seeds": "1", "shortcut": "A", "dataset": "cifar10", "data": "synthetic", "limit_train": 48, "limit_test": 20, ` +
			`"augment": "paper", "epochs": 0, "iterations": 1, "batch": 16, "lr": 0.02, "every": 2, "subset": 16, "parallel": 1 }`,
		"resnet8-seed1/config.json": `{ "experiment": "degradation", "kind": "residual", "depth": 8, "shortcut": "A", "classes": 10, "train": 48, "test": 20, "picture": [ 32, 32, 3 ], ` +
			`"subset": 16, "batch": 16, "iterations": 1, "every": 2, "schedule": "steps:0,0:0.1@0.02", "seed": 1 }`,
	} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(strings.Fields(string(text)), " "); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
