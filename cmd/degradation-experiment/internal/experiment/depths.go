package experiment

import (
	"fmt"
	"math"
	"strings"

	"github.com/gorgonet/gorgonet/internal/printable"
)

// Depths is what an experiment says about degradation. Errors and gaps are
// fractions.
type Depths struct {
	Shallow    int    `json:"shallow"` // layers
	Deep       int    `json:"deep"`
	Iterations int    `json:"iterations"`
	Train      int    `json:"train"`  // pictures trained on
	Subset     int    `json:"subset"` // of them measured on
	Gaps       []Gap  `json:"gaps"`
	Finding    string `json:"finding"`
}

// Gap is how much more a deep network of a kind errs than a shallow one.
type Gap struct {
	Kind  Kind     `json:"kind"`
	Seeds []uint64 `json:"seeds"` // of which both networks have ended
	Train Spread   `json:"train"` // deep minus shallow: training error in evaluation mode, on the subset
	Test  Spread   `json:"test"`  // and test error

	ShallowTrain Spread `json:"shallow_train"`
	DeepTrain    Spread `json:"deep_train"`
	ShallowTest  Spread `json:"shallow_test"`
	DeepTest     Spread `json:"deep_test"`

	// Noise is the standard error of the mean training gap: from the spread over
	// seeds, and from measuring on so many pictures (binomial).
	Noise float64 `json:"noise"`
}

// sign is 1 where the deep network is clearly worse, -1 where it is clearly
// better, 0 where the gap may be chance.
func (g Gap) sign() int {
	switch {
	case g.Train.Mean > clearly*g.Noise:
		return 1
	case g.Train.Mean < -clearly*g.Noise:
		return -1
	}
	return 0
}

// depths compares the shallowest and the deepest networks of each kind that have
// ended.
func (r *Results) depths() Depths {
	first := r.Networks[0]
	v := Depths{Shallow: first.Depth, Deep: first.Depth, Iterations: first.Iterations, Train: first.Train, Subset: first.Subset}
	for _, t := range r.Networks {
		v.Shallow, v.Deep = min(v.Shallow, t.Depth), max(v.Deep, t.Depth)
	}
	for _, kind := range []Kind{Plain, Residual} {
		if g, ok := r.gap(kind, v.Shallow, v.Deep); ok {
			v.Gaps = append(v.Gaps, g)
		}
	}
	v.Finding = v.finding()
	return v
}

// gap compares the networks of one kind, seed by seed.
func (r *Results) gap(kind Kind, shallow, deep int) (g Gap, ok bool) {
	g.Kind = kind
	var trains, tests [2][]float64
	for _, a := range r.Networks {
		for _, b := range r.Networks {
			if a.Kind != kind || b.Kind != kind || a.Depth != shallow || b.Depth != deep || shallow == deep || a.Seed != b.Seed || b.From > 0 {
				continue
			}
			x, okA := a.Final()
			y, okB := b.Final()
			if okA && okB {
				g.Seeds = append(g.Seeds, a.Seed)
				trains[0], trains[1] = append(trains[0], x), append(trains[1], y)
				tests[0], tests[1] = append(tests[0], a.Result.TestError), append(tests[1], b.Result.TestError)
			}
		}
	}
	n := len(g.Seeds)
	if n == 0 {
		return g, false
	}
	g.ShallowTrain, g.DeepTrain = spread(trains[0]), spread(trains[1])
	g.ShallowTest, g.DeepTest = spread(tests[0]), spread(tests[1])
	g.Train, g.Test = spread(minus(trains[1], trains[0])), spread(minus(tests[1], tests[0]))
	p, q := g.ShallowTrain.Mean, g.DeepTrain.Mean
	pictures := float64(r.Networks[0].Subset) // the same for every seed: more seeds do not help
	g.Noise = math.Sqrt(g.Train.Deviation*g.Train.Deviation/float64(n) + (p*(1-p)+q*(1-q))/pictures)
	return g, true
}

// finding says in words what the gaps mean.
func (v Depths) finding() string {
	var plain, residual *Gap
	for i, g := range v.Gaps {
		if g.Kind == Plain {
			plain = &v.Gaps[i]
		} else {
			residual = &v.Gaps[i]
		}
	}
	switch {
	case v.Shallow == v.Deep:
		return "One depth alone says nothing about degradation."
	case len(v.Gaps) == 0:
		return "There is nothing to compare yet: of no kind and seed have both the shallow and the deep network ended."
	case plain == nil:
		return fmt.Sprintf("There are no plain networks to compare with. Of the residual ones, the deeper is %s in training.", residual.words())
	case residual == nil:
		return fmt.Sprintf("There are no residual networks to compare with. Of the plain ones, the deeper is %s in training.", plain.words())
	case plain.sign() > 0 && residual.sign() <= 0:
		return fmt.Sprintf("This run shows degradation and its cure: the deeper plain network is %s in training, so it is no overfitting; "+
			"with shortcuts the deeper network is %s (He et al. 2015, figures 1 and 6).%s", plain.words(), residual.words(), v.unfinished())
	case plain.sign() > 0 && plain.Train.Mean-residual.Train.Mean > clearly*math.Hypot(plain.Noise, residual.Noise):
		return fmt.Sprintf("This run shows degradation, and a part of its cure: the deeper plain network is %s in training; with shortcuts "+
			"the deeper network is %s, clearly less. %s steps are too few for it to make up for its slower start; the paper trains for %s.",
			plain.words(), residual.words(), printable.Thousands(v.Iterations), printable.Thousands(paperSteps))
	case plain.sign() > 0:
		return fmt.Sprintf("This run cannot tell degradation from a slow start: with shortcuts as without, the deeper network is %s (without: %s). "+
			"After %s steps neither has been trained long enough; the paper trains for %s.", residual.words(), plain.points(), printable.Thousands(v.Iterations), printable.Thousands(paperSteps))
	case plain.sign() < 0:
		return fmt.Sprintf("This run shows no degradation: the deeper plain network is %s in training, and the deeper residual one %s. "+
			"At such depths more layers still help; the paper's effect shows from 20 to 56 layers.", plain.words(), residual.words())
	}
	return fmt.Sprintf("This run is too small to show degradation: the deeper plain network is %s in training (the deeper residual one %s). "+
		"More steps than %s, more seeds or a larger -subset, or depths further apart than %d and %d are needed.",
		plain.words(), residual.words(), printable.Thousands(v.Iterations), v.Shallow, v.Deep)
}

// unfinished warns of what a short run cannot tell.
func (v Depths) unfinished() string {
	if v.Iterations >= paperSteps {
		return ""
	}
	return fmt.Sprintf(" After %s of the paper's %s steps the gaps are those of an unfinished training: what is seen is how hard "+
		"the networks are to train, not where they would end.", printable.Thousands(v.Iterations), printable.Thousands(paperSteps))
}

// words say what a gap is.
func (g Gap) words() string {
	switch g.sign() {
	case 1:
		return "worse, by " + g.size()
	case -1:
		return "better, by " + g.size()
	}
	return "the same within chance, " + g.points()
}

// size is the mean training gap, whichever way it goes, and its standard error, in
// percent.
func (g Gap) size() string {
	return fmt.Sprintf("%.2f ± %.2f points", 100*math.Abs(g.Train.Mean), 100*g.Noise)
}

// points is size with the sign: above zero where the deep network is the worse.
func (g Gap) points() string {
	sign := "+"
	if g.Train.Mean < 0 {
		sign = "−"
	}
	return sign + g.size()
}

// String is the verdict as lines: a table and the finding.
func (v Depths) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "error in %% after %d steps  %10s  %10s  %14s   seeds\n", v.Iterations, fmt.Sprint(v.Shallow, " layers"), fmt.Sprint(v.Deep, " layers"), "deep - shallow")
	for _, g := range v.Gaps {
		for _, row := range []struct {
			what      string
			a, b, gap Spread
		}{{"training", g.ShallowTrain, g.DeepTrain, g.Train}, {"test", g.ShallowTest, g.DeepTest, g.Test}} {
			gap := fmt.Sprintf("%+.2f", 100*row.gap.Mean)
			if len(g.Seeds) > 1 {
				gap += fmt.Sprintf(" ± %.2f", 100*row.gap.Deviation)
			}
			fmt.Fprintf(&s, "%-26s  %10.2f  %10.2f  %14s   %s\n", string(g.Kind)+", "+row.what, 100*row.a.Mean, 100*row.b.Mean, gap,
				strings.Trim(fmt.Sprint(g.Seeds), "[]"))
		}
	}
	s.WriteString(v.Finding)
	return s.String()
}
