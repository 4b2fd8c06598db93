package experiment

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"
)

// tiny is an experiment of a second or two for each design but the first, which others
// test.
func tiny(d *Design) Config {
	c := Config{Experiment: d.Name, Kinds: d.Kinds, Depths: map[string][]int{"transformer": {1, 2}, "cardinality": {11}}[d.Name], Seeds: []uint64{1, 2}, Classes: 4,
		Train: blobs{96, 0}, Test: blobs{40, 1000}, Batch: 16, Iterations: 5, Every: 3, Subset: 32, Rate: 0.01}
	switch {
	case d.Name == "cardinality":
		c.Kinds = []Kind{"1x32d", "4x12d"}
	case c.Depths == nil:
		c.Depths = []int{8}
	}
	return c
}

// TestDesigns takes every experiment from end to end: alone and interrupted, to the same
// files, and to a verdict on a page with figures.
func TestDesigns(t *testing.T) {
	for _, test := range []struct {
		name     string
		networks int
		files    int // of each, but for those that some have besides
		besides  int
		figures  []string
		words    []string // of the page
	}{
		{"shortcuts", 8, 11, 0, []string{"ends", "errors-8", "gradients-start-8", "gradients-end-8", "shares"}, []string{"resnet8-none", "multiply-adds (million)", "Depth 8, at step 0, the first", "through the shortcuts"}},
		{"preactivation", 4, 11, 0, []string{"ends", "errors-8"}, []string{"preact_resnet8"}},
		{"transformer", 16, 11, 0, []string{"ends", "errors-1", "errors-2"}, []string{"vit2-post-LN-warmup", "AdamW", "warmup:1:0.01", "Depth 2, at step 3, the first at which all layers have one"}},
		{"paths", 4, 12, 2, []string{"errors-8", "paths-gradient", "paths-share", "unravelling"}, []string{"of 3 units", "Unravelling"}},
		{"cardinality", 4, 11, 0, []string{"ends", "errors-11"}, []string{"resnext11_4x12d"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := Lookup(test.name)
			if err != nil {
				t.Fatal(err)
			}
			c := tiny(d)
			alone := t.TempDir()
			e := newExperiment(t, alone, c)
			if left, err := e.Estimate(t.Context()); err != nil || left <= 0 {
				t.Errorf("an estimate of %v, %v", left, err)
			}
			if err := e.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(e.networks) != test.networks || e.progress.Done != e.progress.Total {
				t.Errorf("%d networks, want %d; %v of %v done", len(e.networks), test.networks, e.progress.Done, e.progress.Total)
			}
			want := contents(t, alone)
			if n := test.networks*test.files + test.besides; len(want) != n {
				t.Errorf("%d files, want %d", len(want), n)
			}

			v, err := WriteReport(alone)
			if err != nil {
				t.Fatal(err)
			}
			all := contents(t, alone)
			page, _ := all["report.html"].(string)
			for _, word := range append(test.words, "Verdict", "Settings") {
				if !strings.Contains(page, word) {
					t.Errorf("the page lacks %q", word)
				}
			}
			for _, name := range test.figures {
				if svg, _ := all[name+".svg"].(string); !strings.Contains(svg, "<path") {
					t.Errorf("no figure %s, or an empty one", name)
				}
			}
			if text := v.String(); !strings.Contains(text, "5 steps") || strings.Contains(text, "NaN") || strings.Contains(text, "%!") {
				t.Errorf("verdict: %s", text)
			}
			if testing.Short() {
				return
			}

			broken := t.TempDir()
			for again := true; again; {
				ctx, cancel := context.WithCancel(t.Context())
				c, steps := tiny(d), 0
				c.OnProgress = func(Progress) {
					if steps++; steps == 7 {
						cancel()
					}
				}
				err := newExperiment(t, broken, c).Run(ctx)
				if again = err != nil; again && !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				cancel()
			}
			compareContents(t, "interrupted", contents(t, broken), want)
		})
	}
}

// TestEveryDesign builds the networks that an experiment has unless others are asked for.
func TestEveryDesign(t *testing.T) {
	if names := Names(); len(names) != 6 || names[0] != "degradation" {
		t.Errorf("experiments %v, want six, degradation first", names)
	}
	for _, d := range Designs() {
		for flag := range d.Usual {
			if !slices.Contains([]string{"depths", "kinds", "seeds", "lr", "batch", "limit-test", "subset"}, flag) {
				t.Errorf("%s sets -%s", d.Name, flag)
			}
		}
		for _, kind := range d.Kinds {
			if d.Name != "degradation" && !slices.Contains(strings.Split(d.Usual["kinds"], ","), string(kind)) && d.Name != "cardinality" {
				t.Errorf("%s leaves %s out", d.Name, kind)
			}
		}
		if strings.Contains(d.About, "\n") || d.About == "" || d.Year < 2015 {
			t.Errorf("%s: %d, %q", d.Name, d.Year, d.About)
		}
	}
	for _, depth := range []int{8, 110, 164, 1001} { // a plain unit in place of a pre-activated one, the same widths
		for _, kind := range []Kind{original, preactivated} {
			n := Network{Experiment: "preactivation", Kind: kind, Depth: depth, Classes: 10, Picture: [3]int{32, 32, 3}}
			units := 0
			for _, s := range n.config().Stages {
				units += s.Units
			}
			layers := 2
			if depth == 164 || depth == 1001 {
				layers = 3
			}
			if n.config().PreAct != (kind == preactivated) || layers*units+2 != depth {
				t.Errorf("%s: %d units, pre-activated %v", n.Name(), units, n.config().PreAct)
			}
		}
	}
}

// TestCosts compares what a network of the cardinality experiment costs with what it is
// compared with.
func TestCosts(t *testing.T) {
	cost := map[Kind]int64{}
	for _, b := range breadths {
		n := Network{Experiment: "cardinality", Kind: b.kind, Depth: 29, Classes: 10, Picture: [3]int{32, 32, 3}}
		cost[b.kind] = multiplyAdds(n)
	}
	for _, p := range []pair{{"2x20d", "1x32d"}, {"4x12d", "1x32d"}, {"8x7d", "1x32d"}, {"32x2d", "1x32d"}, {"16x7d", "1x50d"}} {
		if ratio := float64(cost[p.of]) / float64(cost[p.against]); cost[p.against] == 0 || ratio < 0.95 || ratio > 1.05 {
			t.Errorf("%s costs %.3f of %s", p.of, ratio, p.against)
		}
	}
	if ratio := float64(cost["1x50d"]) / float64(cost["1x32d"]); ratio < 1.8 || ratio > 2.1 {
		t.Errorf("1x50d costs %.3f of 1x32d, want about two", ratio)
	}
}

func TestDesignsRefuse(t *testing.T) {
	for _, test := range []struct {
		experiment string
		kind       Kind
		depth      int
		want       string
	}{
		{"", Plain, 8, `there is no experiment ""; there are degradation, shortcuts, `},
		{"shortcut", "A", 8, `there is no experiment "shortcut"`},
		{"shortcuts", "D", 8, `unknown kind "D"; there are A, B, C and none`},
		{"shortcuts", "A", 9, "6n+2 layers"},
		{"preactivation", original, 111, "6n+2 layers (110), or are of 164 or 1001, not of 111"},
		{"transformer", preLN, 0, "1 to 1000 blocks, not 0"},
		{"cardinality", "1x32d", 14, "9n+2 layers (11, 20, 29, ...), not 14"},
		{"paths", "A", 8, `unknown kind "A"; there are plain and residual`},
	} {
		c := tiny(&Design{Name: test.experiment})
		c.Kinds, c.Depths = []Kind{test.kind}, []int{test.depth}
		if _, err := New(t.TempDir(), c); err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

// TestDiverged goes on with the other networks where one diverges, and says so.
func TestDiverged(t *testing.T) {
	d, _ := Lookup("shortcuts") // there is one
	c := tiny(d)
	c.Kinds, c.Seeds, c.Rate = []Kind{"A", "B"}, []uint64{1}, 1e30
	path := t.TempDir()
	for range 2 { // the second time there is nothing to do
		if err := newExperiment(t, path, c).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := newExperiment(t, path, c).Estimate(t.Context()); err != nil || left != 0 {
		t.Errorf("%v left, %v", left, err)
	}
	r, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	v := r.Verdict().(Comparisons)
	if len(v.Diverged) != 2 || !strings.HasPrefix(v.Diverged[0], "resnet8-A seed 1 at step ") || len(v.Networks) != 0 || !strings.Contains(v.Finding, "What has diverged is left out: resnet8-A") {
		t.Errorf("%+v", v)
	}
	if _, err := WriteReport(path); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(path, "resnet8-A-seed1", divergedFile), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), divergedFile) || strings.Contains(err.Error(), "\n") {
		t.Errorf("a damaged file: %v", err)
	}
	c.Experiment, c.Kinds = "degradation", []Kind{Plain} // which ends with an error
	if err := newExperiment(t, t.TempDir(), c).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "diverged") {
		t.Errorf("degradation: %v", err)
	}
}

// TestTwoExperiments refuses a directory with networks of two.
func TestTwoExperiments(t *testing.T) {
	path := t.TempDir()
	for _, name := range []string{"shortcuts", "preactivation"} {
		d, _ := Lookup(name) // there is one
		c := tiny(d)
		c.Kinds, c.Seeds, c.Iterations = d.Kinds[:1], []uint64{1}, 1
		if err := newExperiment(t, path, c).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "holds networks of two experiments") {
		t.Errorf("%v", err)
	}
}

// TestFit makes as many steps as a budget has time for.
func TestFit(t *testing.T) {
	for n, want := range map[int]int{1: 1, 99: 99, 100: 100, 101: 100, 1234: 1200, 98765: 98000} {
		if got := rounded(n); got != want {
			t.Errorf("%d rounded is %d, want %d", n, got, want)
		}
	}
	for _, want := range []int{0, 1, 2, 3, 64, 1000, maxSteps - 1, maxSteps} {
		largest := 0
		got := most(func(steps int) bool {
			largest = max(largest, steps)
			return steps <= want
		})
		if got != want || largest > 2*want+1 {
			t.Errorf("%d steps fit, want %d; up to %d were tried", got, want, largest)
		}
	}
	slow := tiny(designs[0])
	slow.Train, slow.Test = blobs{50000, 0}, blobs{2000, 0}
	if err := slow.settle(); err != nil {
		t.Fatal(err)
	}
	costs := map[string]cost{}
	for _, n := range slow.networks() {
		costs[n.Name()] = cost{step: 100 * time.Second}
	}
	if got := most(func(steps int) bool { return slow.takes(costs, steps) <= time.Hour }); got < 1 || got > 40 {
		t.Errorf("%d steps of 100 seconds in an hour", got)
	}
	d, _ := Lookup("paths") // there is one
	c := tiny(d)
	if err := c.Fit(t.Context(), 100*longest); err == nil || !strings.Contains(err.Error(), "at most 8760h0m0s") {
		t.Errorf("a budget of a century: %v", err)
	}
	c.Iterations, c.Every = 0, 0
	var steps []int
	for _, budget := range []time.Duration{time.Minute, 10 * time.Minute} {
		c := c
		lines := 0
		c.OnLine = func(...string) { lines++ }
		if err := c.Fit(t.Context(), budget); err != nil {
			t.Fatal(err)
		}
		takes, more := c.takes(c.costs, c.Iterations), c.takes(c.costs, c.Iterations*12/10)
		if takes > budget || more < budget*8/10 || lines != 2 {
			t.Errorf("%v: %d steps take %v, a fifth more %v; %d networks timed", budget, c.Iterations, takes, more, lines)
		}
		steps = append(steps, c.Iterations)
		e := newExperiment(t, t.TempDir(), c)
		if left, err := e.Estimate(t.Context()); err != nil || left != takes || lines != 2 {
			t.Errorf("the estimate is %v, want %v without measuring again; %d, %v", left, takes, lines, err)
		}
	}
	if steps[1] < 3*steps[0] {
		t.Errorf("steps %v for a minute and for ten", steps)
	}
	if err := c.Fit(t.Context(), time.Microsecond); err == nil || !strings.Contains(err.Error(), "a budget of 1µs has no time for one step") {
		t.Errorf("a budget of nothing: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Fit(ctx, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// TestDesignsHostile makes pages of records that say what cannot be.
func TestDesignsHostile(t *testing.T) {
	const attack = `"><script>alert('1')</script>`
	for _, d := range Designs() {
		for _, n := range []Network{
			{Depth: -1, Picture: [3]int{0, -1}, Iterations: -5}, {Depth: 1 << 40, Classes: 1 << 40, Picture: [3]int{1 << 40, 1, 1}}, {Depth: 8, Kind: attack, Schedule: attack},
			{Depth: 8, Kind: d.Kinds[0], Classes: -1, Picture: [3]int{-3, 2, 1}},
		} {
			n.Experiment = d.Name
			if d.Name == "paths" || d.Name == "degradation" {
				n.Depth = min(n.Depth, 1000) // whose units are counted
			}
			r := &Results{}
			for seed := range uint64(2) {
				n.Seed = seed
				e := ended(n.Kind, n.Depth, 4, 0.5)[0]
				e.Network = n
				for i, of := range []string{"0", "1", attack, "-7", "99999999999"} {
					e.Paths = append(e.Paths, Point{Iteration: 4, Of: of, Value: float64(i) - 1})
				}
				r.Networks = append(r.Networks, e)
			}
			var page strings.Builder
			if err := r.Page().HTML(&page); err != nil {
				t.Errorf("%s: %v", d.Name, err)
			}
			if text := page.String() + fmt.Sprint(r.Verdict()); strings.Contains(page.String(), "<script") || len(text) < 1000 {
				t.Errorf("%s: %d characters, or markup got into the page", d.Name, len(text))
			}
		}
	}
}
