package experiment

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/resnet"
)

// Comparisons is what an experiment says that compares kinds of networks of one depth.
// Errors are fractions.
type Comparisons struct {
	Experiment  string       `json:"experiment"`
	Iterations  int          `json:"iterations"`
	Train       int          `json:"train"`  // pictures trained on
	Subset      int          `json:"subset"` // of them measured on
	Test        int          `json:"test"`
	Networks    []Standing   `json:"networks"`
	Comparisons []Comparison `json:"comparisons"`
	Diverged    []string     `json:"diverged,omitempty"` // networks, with seed and step
	Finding     string       `json:"finding"`
}

// Standing is where the networks of a kind and depth have ended.
type Standing struct {
	Name         string   `json:"name"`
	Kind         Kind     `json:"kind"`
	Depth        int      `json:"depth"`
	Seeds        []uint64 `json:"seeds"` // that have ended
	Parameters   int      `json:"parameters"`
	MultiplyAdds int64    `json:"multiply_adds"` // of a picture; 0 where that is not known
	Train        Spread   `json:"train_error"`   // in evaluation mode, on the subset
	Test         Spread   `json:"test_error"`
}

// Comparison is how much more networks err than others.
type Comparison struct {
	Of      string   `json:"of"`
	Against string   `json:"against"`
	Depth   int      `json:"depth"`
	Seeds   []uint64 `json:"seeds"` // of which both have ended
	Train   Spread   `json:"train"` // the one's training error minus the other's
	Test    Spread   `json:"test"`

	// The standard errors of the means: from the spread over the seeds, and from
	// measuring on so many pictures (binomial).
	TrainNoise float64 `json:"train_noise"`
	TestNoise  float64 `json:"test_noise"`

	Says Saying `json:"says"` // of the training error

	kind Kind // of the one
}

// Saying is what a comparison comes to.
type Saying string

const (
	better    Saying = "better"
	worse     Saying = "worse"
	undecided Saying = "not decided"
)

// pair are two kinds to compare.
type pair struct{ of, against Kind }

// comparisons compares kinds in pairs, at every depth that has both.
func (r *Results) comparisons(pairs ...pair) Comparisons {
	first := r.Networks[0]
	v := Comparisons{Experiment: first.Experiment, Iterations: first.Iterations, Train: first.Train, Subset: first.Subset, Test: first.Test}
	var depths []int
	for _, g := range r.trained() {
		s := g.standing()
		if len(s.Seeds) > 0 {
			v.Networks = append(v.Networks, s)
		}
		if !slices.Contains(depths, s.Depth) {
			depths = append(depths, s.Depth)
		}
		for _, t := range g.networks {
			if t.Diverged != nil {
				v.Diverged = append(v.Diverged, fmt.Sprintf("%s seed %d at step %d", t.Name(), t.Seed, t.Diverged.Iteration))
			}
		}
	}
	slices.Sort(depths)
	for _, depth := range depths {
		for _, p := range pairs {
			if c, ok := r.comparison(p, depth); ok {
				v.Comparisons = append(v.Comparisons, c)
			}
		}
	}
	return v
}

// standing is where the networks of a group have ended.
func (g group) standing() Standing {
	n := g.networks[0].Network
	s := Standing{Name: g.name(), Kind: n.Kind, Depth: n.Depth}
	var train, test []float64
	for _, t := range g.networks {
		if e, ok := t.Final(); ok {
			s.Seeds, s.Parameters = append(s.Seeds, t.Seed), t.Result.Parameters
			train, test = append(train, e), append(test, t.Result.TestError)
		}
	}
	s.Train, s.Test = spread(train), spread(test)
	if len(s.Seeds) > 0 {
		s.MultiplyAdds = multiplyAdds(n)
	}
	return s
}

// multiplyAdds are those of one picture, 0 where they are not known.
func multiplyAdds(n Network) int64 {
	if !n.plausible() {
		return 0
	}
	all, err := resnet.Summarize(n.model(), n.Picture[0])
	if err != nil {
		return 0
	}
	return all.Total().MultiplyAdds
}

// plausible tells whether a network that was read can be built to count its work: damaged
// settings may say anything.
func (n Network) plausible() bool {
	d := n.design()
	return slices.Contains(d.Kinds, n.Kind) && d.Check(n.Kind, n.Depth) == nil && n.Depth <= 2000 && n.Picture[0] <= 512 && n.Classes <= 1000
}

// comparison compares two kinds of one depth, seed by seed.
func (r *Results) comparison(p pair, depth int) (c Comparison, ok bool) {
	c = Comparison{Depth: depth, Says: undecided, kind: p.of}
	var train, test [2][]float64
	for _, a := range r.Networks {
		for _, b := range r.Networks {
			if a.Kind != p.of || b.Kind != p.against || a.Depth != depth || b.Depth != depth || a.Seed != b.Seed || a.From > 0 || b.From > 0 {
				continue
			}
			x, okA := a.Final()
			y, okB := b.Final()
			if okA && okB {
				c.Of, c.Against = a.Name(), b.Name()
				c.Seeds = append(c.Seeds, a.Seed)
				train[0], train[1] = append(train[0], x), append(train[1], y)
				test[0], test[1] = append(test[0], a.Result.TestError), append(test[1], b.Result.TestError)
			}
		}
	}
	if len(c.Seeds) == 0 {
		return c, false
	}
	first := r.Networks[0]
	c.Train, c.TrainNoise = gapOf(train[0], train[1], first.Subset)
	c.Test, c.TestNoise = gapOf(test[0], test[1], first.Test)
	switch {
	case len(c.Seeds) < 2: // nothing is known of the spread
	case c.Train.Mean > clearly*c.TrainNoise:
		c.Says = worse
	case c.Train.Mean < -clearly*c.TrainNoise:
		c.Says = better
	}
	return c, true
}

// gapOf is the difference of two errors that were measured on the same pictures, seed by
// seed, and the standard error of its mean.
func gapOf(a, b []float64, pictures int) (gap Spread, noise float64) {
	gap = spread(minus(a, b))
	p, q := spread(a).Mean, spread(b).Mean
	n := float64(len(a))
	return gap, math.Sqrt(gap.Deviation*gap.Deviation/n + (p*(1-p)+q*(1-q))/float64(max(pictures, 1)))
}

// points is a gap in points of percent, with its sign and its standard error.
func points(mean, noise float64) string {
	return strings.ReplaceAll(withError(mean, noise), "\u00a0", " ") + " points"
}

// withError is a gap in percent, with its sign and its standard error.
func withError(mean, noise float64) string {
	sign := "+"
	if mean < 0 {
		sign = "−"
	}
	return fmt.Sprintf("%s%.2f ±\u00a0%.2f", sign, 100*math.Abs(mean), 100*noise)
}

// String is such as "resnet20-none is worse than resnet20-A, by +6.75 ± 1.20 points".
func (c Comparison) String() string {
	gap := points(c.Train.Mean, c.TrainNoise)
	if c.Says != undecided {
		return fmt.Sprintf("%s is %s than %s, by %s", c.Of, c.Says, c.Against, gap)
	}
	why := ""
	if len(c.Seeds) < 2 {
		why = ": one seed tells nothing of the spread"
	}
	return fmt.Sprintf("%s against %s is not decided, %s%s", c.Of, c.Against, gap, why)
}

// all tells whether the comparisons at some depths, of which there is one at least, say so.
func (v Comparisons) all(says Saying, of func(Comparison) bool) bool {
	found := false
	for _, c := range v.Comparisons {
		if of(c) {
			if found = true; c.Says != says {
				return false
			}
		}
	}
	return found
}

// conclude puts the finding together: what the design makes of it, which networks are
// left out, and what so short a training cannot tell.
func (v Comparisons) conclude(headline string) Comparisons {
	v.Finding = headline
	if len(v.Comparisons) == 0 {
		v.Finding = "There is nothing to compare yet: of no seed have two networks ended that are to be compared."
	}
	if len(v.Diverged) > 0 {
		v.Finding += fmt.Sprintf(" What has diverged is left out: %s.", joined(v.Diverged))
	}
	if len(v.Comparisons) > 0 && v.Iterations < paperSteps {
		v.Finding += fmt.Sprintf(" %s steps are a short training: what is seen is how hard the networks are to train, not where they would end.", printable.Thousands(v.Iterations))
	}
	return v
}

// String is the verdict as lines: a table and the finding.
func (v Comparisons) String() string {
	width := len("network")
	for _, s := range v.Networks {
		width = max(width, len(s.Name))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-*s  %16s  %16s  %12s  %14s   seeds   (errors in %% after %d steps)\n", width, "network", "training", "test", "parameters", "multiply-adds", v.Iterations)
	for _, s := range v.Networks {
		fmt.Fprintf(&b, "%-*s  %16s  %16s  %12s  %14s   %s\n", width, s.Name, plain(s.Train), plain(s.Test), printable.Thousands(s.Parameters), printable.Thousands(s.MultiplyAdds),
			strings.Trim(fmt.Sprint(s.Seeds), "[]"))
	}
	if len(v.Comparisons) > 0 {
		b.WriteString("training errors:\n")
	}
	for _, c := range v.Comparisons {
		fmt.Fprintf(&b, "  %v\n", c)
	}
	b.WriteString(v.Finding)
	return b.String()
}

// plain is a spread in percent for a terminal.
func plain(s Spread) string { return strings.ReplaceAll(s.percent(), "\u00a0", " ") }

// any tells whether there are such comparisons.
func (v Comparisons) any(of func(Comparison) bool) bool {
	return slices.ContainsFunc(v.Comparisons, of)
}

// without tells whether it is a network without shortcuts that is compared.
func (c Comparison) without() bool { return c.kind == noShortcut }
