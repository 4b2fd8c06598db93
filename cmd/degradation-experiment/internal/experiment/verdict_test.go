package experiment

import (
	"math"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/report"
)

// ended makes networks with the final training errors of two seeds.
func ended(kind Kind, depth int, steps int, errors ...float64) (out []*Trained) {
	for i, e := range errors {
		out = append(out, &Trained{
			Network:    Network{Experiment: "degradation", Kind: kind, Depth: depth, Seed: uint64(i + 1), Iterations: steps, Subset: 2000, Train: 50000},
			Result:     &training.Result{TestError: e + 0.01},
			TrainError: []Point{{Iteration: 1, Value: 0.9}, {Iteration: 2, Value: e}},
		})
	}
	return out
}

func TestVerdict(t *testing.T) {
	for _, test := range []struct {
		name            string
		steps           int
		plain, residual [2][]float64 // shallow and deep
		want            string
	}{
		{"as in the paper", 64000, [2][]float64{{.05, .05}, {.12, .13}}, [2][]float64{{.04, .04}, {.01, .01}}, "shows degradation and its cure"},
		{"early", 800, [2][]float64{{.40, .41}, {.62, .60}}, [2][]float64{{.36, .35}, {.36, .36}}, "are those of an unfinished training"},
		{"both worse", 800, [2][]float64{{.40, .41}, {.72, .70}}, [2][]float64{{.36, .35}, {.45, .44}}, "a part of its cure"},
		{"a slow start", 100, [2][]float64{{.60, .60}, {.80, .80}}, [2][]float64{{.50, .50}, {.70, .70}}, "cannot tell degradation from a slow start"},
		{"too small", 100, [2][]float64{{.60, .62}, {.61, .63}}, [2][]float64{{.60, .60}, {.60, .60}}, "too small to show degradation"},
		{"spread over the seeds", 100, [2][]float64{{.50, .60}, {.50, .90}}, [2][]float64{{.60, .60}, {.60, .60}}, "too small to show degradation"},
		{"depth helps", 64000, [2][]float64{{.20, .20}, {.10, .10}}, [2][]float64{{.20, .20}, {.10, .10}}, "shows no degradation"},
		{"depth helps, in words", 64000, [2][]float64{{.20, .20}, {.10, .10}}, [2][]float64{{.20, .20}, {.10, .10}}, "plain network is better, by 10.00 ± "},
		{"a gap of chance has its sign", 100, [2][]float64{{.62}, {.61}}, [2][]float64{{.60}, {.61}}, "the same within chance, −1.00 ± "},
		{"plain alone", 800, [2][]float64{{.40}, {.60}}, [2][]float64{}, "no residual networks to compare with. Of the plain ones, the deeper is worse, by 20.00"},
		{"not yet", 800, [2][]float64{{.40}, {}}, [2][]float64{{.40}, {}}, "One depth alone"},
		{"other seeds", 800, [2][]float64{{math.NaN(), .40}, {.60}}, [2][]float64{}, "nothing to compare yet"},
	} {
		r := &Results{}
		for i, depth := range []int{20, 56} {
			r.Networks = append(r.Networks, ended(Plain, depth, test.steps, test.plain[i]...)...)
			r.Networks = append(r.Networks, ended(Residual, depth, test.steps, test.residual[i]...)...)
		}
		if test.name == "other seeds" {
			r.Networks[0].Result = nil // seed 1 has not ended
		}
		v := r.depths()
		if !strings.Contains(v.Finding, test.want) || !strings.HasSuffix(v.String(), v.Finding) {
			t.Errorf("%s: want %q in\n%v", test.name, test.want, v)
		}
		if test.name != "as in the paper" {
			continue
		}
		g := v.Gaps[0]
		noise := math.Sqrt(g.Train.Deviation*g.Train.Deviation/2 + (.05*.95+.125*.875)/2000)
		if math.Abs(g.Train.Mean-.075) > 1e-12 || math.Abs(g.Train.Deviation-.01/math.Sqrt2) > 1e-12 || math.Abs(g.Noise-noise) > 1e-12 || len(g.Train.Each) != 2 {
			t.Errorf("gap %+v, want 0.075 ± %v, noise %v", g, .01/math.Sqrt2, noise)
		}
	}
}

// TestReport makes the page of an experiment that has ended, and of one that has
// hardly begun.
func TestReport(t *testing.T) {
	path := t.TempDir()
	c := small()
	c.Depths = []int{8, 14}
	c.Kinds = []Kind{Residual}
	c.Iterations = 4
	if err := newExperiment(t, path, c).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	said, err := WriteReport(path)
	if err != nil {
		t.Fatal(err)
	}
	v := said.(Depths)
	if len(v.Gaps) != 1 || len(v.Gaps[0].Seeds) != 1 {
		t.Errorf("verdict %+v", v)
	}
	all := contents(t, path)
	page, _ := all["report.html"].(string)
	for _, want := range []string{"Verdict", "figure 6", "Gradients at the start", "figure 7", "through the shortcuts", "Unravelling", "all equal to the bit", v.Finding[:40]} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, name := range []string{"verdict.json", "errors-residual.svg", "errors-residual.png", "responses.svg", "unravelling.svg"} {
		if all[name] == nil {
			t.Errorf("no %s", name)
		}
	}
	first := newExperiment(t, t.TempDir(), c)
	if _, err := training.CreateDirectory(first.path+"/"+first.networks[0].directory(), first.networks[0]); err != nil {
		t.Fatal(err)
	}
	if said, err = WriteReport(first.path); err != nil || !strings.Contains(said.String(), "One depth alone") {
		t.Errorf("an experiment that has hardly begun: %v, %v", said, err)
	}
	if _, err := WriteReport(t.TempDir()); err == nil || !strings.Contains(err.Error(), "holds no network of a degradation experiment") {
		t.Errorf("an empty directory: %v", err)
	}
}

// TestVerdictTable says of each kind how much worse the deep network is, over which
// seeds, and where and when that was.
func TestVerdictTable(t *testing.T) {
	r := &Results{Networks: append(append(ended(Plain, 20, 800, .40, .41), ended(Plain, 56, 800, .35, .35)...),
		append(ended(Residual, 20, 800, .40), ended(Residual, 56, 800, .45)...)...)}
	r.origin = report.Here("v1.2.3")
	var b strings.Builder
	if err := r.Page().HTML(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<th scope="row">plain, training</th><td class="number">40.50 ±` + "\u00a00.71</td><td class=\"number\">35.00 ±\u00a00.00</td><td class=\"number\">−5.50 ±\u00a00.71</td>",
		`<th scope="row">residual, training</th><td class="number">40.00</td><td class="number">45.00</td><td class="number">&#43;5.00</td>`,
		"over the seeds 1, 2 (residual: 1).", "Where and when", "v1.2.3",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in %s", want, b.String())
		}
	}
}
