package experiment

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/training/report"
)

// Paths is what an experiment says about the paths through residual networks and about
// dropping their units. Errors are fractions.
type Paths struct {
	Iterations int        `json:"iterations"`
	Train      int        `json:"train"`    // pictures trained on
	Pictures   int        `json:"pictures"` // test pictures that units were dropped on
	Lengths    []Lengths  `json:"lengths"`
	Deletions  []Deletion `json:"deletions"`
	Finding    string     `json:"finding"`
}

// Lengths tells through how long paths the gradient of residual networks of a depth comes.
type Lengths struct {
	Name     string   `json:"name"`
	Units    int      `json:"units"`
	Seeds    []uint64 `json:"seeds"`
	Expected Spread   `json:"expected"` // length, weighted by the gradient
	Noise    float64  `json:"noise"`    // standard error of its mean: over the seeds, and from following so few paths
	From     int      `json:"from"`     // of the first seed: the lengths of the middle 90 % of the gradient
	To       int      `json:"to"`
	Paths    float64  `json:"paths"` // the fraction of all paths that have such lengths
	Says     string   `json:"says"`  // short, long or not decided, against half of the units
}

// Deletion tells how much the test error rises when a unit is dropped, in the mean over
// the units that can be.
type Deletion struct {
	Name  string   `json:"name"`
	Kind  Kind     `json:"kind"`
	Depth int      `json:"depth"`
	Seeds []uint64 `json:"seeds"`
	Whole Spread   `json:"whole"` // error
	Rise  Spread   `json:"rise"`
	Worst Spread   `json:"worst"` // error without the unit that is missed most
}

// pathsVerdict says what the paths and deletions of the networks that have ended show.
func (r *Results) pathsVerdict() Paths {
	first := r.Networks[0]
	v := Paths{Iterations: first.Iterations, Train: first.Train, Pictures: min(unravelled, first.Test)}
	for _, g := range r.trained() {
		l := Lengths{Name: g.name(), Says: string(undecided)}
		d := Deletion{Name: g.name(), Kind: g.kind(), Depth: g.networks[0].Depth}
		var expected, whole, rise, worst []float64
		noise := 0.0
		for _, t := range g.networks {
			if of := t.lengths(); t.Result != nil && len(of.share) > 1 {
				l.Seeds, l.Units = append(l.Seeds, t.Seed), len(of.share)-1
				expected = append(expected, of.expected)
				noise += of.noise * of.noise
				if len(l.Seeds) == 1 {
					l.From, l.To, l.Paths = of.middle()
				}
			}
			if points := dropped(t); t.Result != nil && len(points) > 0 {
				var without []float64
				for _, p := range points {
					without = append(without, p.Value)
				}
				d.Seeds = append(d.Seeds, t.Seed)
				whole, worst = append(whole, t.Unravelling[0].Value), append(worst, slices.Max(without))
				rise = append(rise, spread(without).Mean-t.Unravelling[0].Value)
			}
		}
		if n := float64(len(expected)); n > 0 {
			l.Expected = spread(expected)
			l.Noise = math.Sqrt(l.Expected.Deviation*l.Expected.Deviation/n + noise/(n*n))
			if gap := l.Expected.Mean - float64(l.Units)/2; n > 1 && math.Abs(gap) > clearly*l.Noise+1e-9 { // sums are rounded
				l.Says = "long"
				if gap < 0 {
					l.Says = "short"
				}
			}
			v.Lengths = append(v.Lengths, l)
		}
		if len(whole) > 0 {
			d.Whole, d.Rise, d.Worst = spread(whole), spread(rise), spread(worst)
			v.Deletions = append(v.Deletions, d)
		}
	}
	v.Finding = v.finding()
	return v
}

func (v Paths) finding() string {
	var parts []string
	for _, l := range v.Lengths {
		half := float64(l.Units) / 2
		text := fmt.Sprintf("%s: weighted by its gradient a path goes through %.1f ± %.1f of %d units (a path drawn at random: %.1f)", l.Name, l.Expected.Mean, l.Noise, l.Units, half)
		switch l.Says {
		case "short":
			text += fmt.Sprintf(": the gradient comes through short paths. Those of %d to %d units carry nine tenths of it, and are %.2g %% of all paths.", l.From, l.To, 100*l.Paths)
		case "long":
			text += ": here the gradient comes through long paths, against what the paper finds in networks trained to the end."
		default:
			text += ": whether short or long paths carry the gradient is not decided."
		}
		parts = append(parts, text)
	}
	for _, d := range v.Deletions {
		for _, p := range v.Deletions {
			if d.Kind != Residual || p.Kind != Plain || d.Depth != p.Depth {
				continue
			}
			gap, noise, seeds := v.compare(p, d)
			text := fmt.Sprintf("Without one unit the test error of %s rises by %s points in the mean, that of %s by %s", d.Name, percent(d.Rise.Mean), p.Name, percent(p.Rise.Mean))
			switch {
			case seeds < 2 || math.Abs(gap) <= clearly*noise:
				text += ": whether the plain network misses its units more is not decided."
			case gap > 0:
				text += ": the plain network misses its units more, as the paper finds."
			default:
				text += ": the residual network misses its units more, against what the paper finds."
			}
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return "There is nothing to tell yet: no network has ended."
	}
	if v.Iterations < paperSteps {
		parts = append(parts, fmt.Sprintf("All after %s steps, a short training.", printable.Thousands(v.Iterations)))
	}
	return strings.Join(parts, " ")
}

// compare is how much more a plain network misses a unit than its residual twin, over the
// seeds that both have ended with.
func (v Paths) compare(plain, residual Deletion) (gap, noise float64, seeds int) {
	var a, b []float64
	for i, seed := range plain.Seeds {
		if j := slices.Index(residual.Seeds, seed); j >= 0 {
			a, b = append(a, plain.Rise.Each[i]), append(b, residual.Rise.Each[j])
		}
	}
	if len(a) == 0 {
		return 0, math.Inf(1), 0
	}
	d := spread(minus(a, b))
	p, q := plain.Whole.Mean, residual.Whole.Mean
	return d.Mean, math.Sqrt(d.Deviation*d.Deviation/float64(len(a)) + (p*(1-p)+q*(1-q))/float64(max(v.Pictures, 1))), len(a)
}

// String is the verdict as lines.
func (v Paths) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "test error in %% after %d steps  %16s  %16s  %16s   seeds\n", v.Iterations, "whole", "rise without one", "worst without one")
	for _, d := range v.Deletions {
		fmt.Fprintf(&b, "%-*s  %16s  %16s  %16s   %s\n", len(fmt.Sprintf("test error in %% after %d steps", v.Iterations)), d.Name, plain(d.Whole), plain(d.Rise), plain(d.Worst), strings.Trim(fmt.Sprint(d.Seeds), "[]"))
	}
	b.WriteString(v.Finding)
	return b.String()
}

// pathsPage explains it.
func (r *Results) pathsPage(v Paths) report.Page {
	p := report.Page{
		Title: "Paths: a residual network as a collection of shallower ones",
		Lead: "With n units there are 2ⁿ ways from the input to the output, for every unit can be gone through or around. Most of them go through about half of the units. " +
			"Veit et al. 2016 find that nearly all of the gradient comes through much shorter ones, and that a unit can be dropped from a trained network without much harm.",
		Sections: []report.Section{{Title: "Verdict", Parts: []report.Part{report.Paragraph(v.Finding), report.Paragraph(
			"After ± stands the standard error of the mean: from the spread over the seeds and, of lengths, from following so few paths. A length or a gap counts where it is more than " +
				"two of them away from what it is compared with; with one seed nothing is decided.")}}},
	}
	if len(v.Lengths) > 0 {
		p.Sections = append(p.Sections, r.lengthSection())
	}
	if s, ok := r.unravellingSection(); ok {
		p.Sections = append(p.Sections, s)
	}
	p.Sections = append(p.Sections, r.curvesSection("Both networks as they are trained, with the recipe of He et al. 2015 but for the number of steps."), r.recipeSection(paperRecipe))
	p.Sections = append(p.Sections, r.originSections()...)
	return p
}

// lengthSection draws the gradient by the length of its path.
func (r *Results) lengthSection() report.Section {
	s := report.Section{Title: "The gradient by the length of its path", Parts: []report.Part{report.Paragraph(fmt.Sprintf(
		"%d paths of each length are chosen at random in the trained network. On the way back the gradient passes through the branch alone in the units of the path, and through the shortcut "+
			"alone in the others; what arrives at the first unit's input, of %d training pictures, is the path's. The share of a length is the mean gradient of its paths times their number "+
			"(section 4.3).", pathSamples, pathPictures))}}
	each := report.Figure{Name: "paths-gradient", Title: "Gradient through a path", X: "length: units gone through", Y: "gradient norm", LogY: true,
		Caption: "Mean L2 norm over the paths followed. Veit et al. 2016, figure 6b: it falls with every unit."}
	share := report.Figure{Name: "paths-share", Title: "Share of the gradient", X: "length: units gone through", Y: "share (%)",
		Caption: "Bold: share of the gradient by length; dashed: share of the paths. Veit et al. 2016, figure 6c and 6a."}
	for _, g := range r.trained() {
		if g.kind() != Residual {
			continue
		}
		by := func(of func(lengths) []float64, scale float64) func(*Trained) series {
			return func(t *Trained) (s series) {
				for k, v := range of(t.lengths()) {
					s.x, s.y = append(s.x, float64(k)), append(s.y, scale*v)
				}
				return s
			}
		}
		each.Curves = append(each.Curves, g.curve(report.Bold, by(func(l lengths) []float64 { return l.mean }, 1)))
		bold := g.curve(report.Bold, by(func(l lengths) []float64 { return l.share }, 100))
		dashed := g.curve(report.Dashed, by(func(l lengths) []float64 { return l.number }, 100))
		bold.Name, dashed.Name, dashed.Deviation = g.name()+", gradient", g.name()+", paths", nil
		share.Curves = append(share.Curves, bold, dashed)
	}
	s.Parts = append(s.Parts, share, each)
	return s
}
