package experiment

import (
	"strings"
	"testing"
)

// endedKinds makes two networks of each kind that have ended with the errors.
func endedKinds(experiment string, depth int, errors map[Kind][]float64) *Results {
	r := &Results{}
	d, _ := Lookup(experiment) // there is one
	for _, kind := range d.Kinds {
		for _, t := range ended(kind, depth, 800, errors[kind]...) {
			t.Experiment, t.Test, t.Picture, t.Classes = experiment, 2000, [3]int{8, 8, 3}, 10
			r.Networks = append(r.Networks, t)
		}
	}
	return r
}

func TestComparisons(t *testing.T) {
	for _, test := range []struct {
		name, experiment string
		depth            int
		errors           map[Kind][]float64
		want             []string
	}{
		{"as in the paper", "shortcuts", 8, map[Kind][]float64{"A": {.40, .41}, "B": {.40, .41}, "C": {.41, .40}, "none": {.50, .51}},
			[]string{"Without shortcuts the network trains worse than with any of them. Among the shortcuts nothing is decided", "resnet8-none is worse than resnet8-A, by +10.00 ± 1.57 points",
				"resnet8-B against resnet8-A is not decided, +0.00 ± 1.55 points", "800 steps are a short training"}},
		{"spread over the seeds", "shortcuts", 8, map[Kind][]float64{"A": {.20, .60}, "none": {.60, .60}}, []string{"Whether shortcuts help is not decided.", "not decided, +20.00 ± 20.06 points"}},
		{"a part", "shortcuts", 8, map[Kind][]float64{"A": {.40, .41}, "B": {.50, .51}, "none": {.50, .51}},
			[]string{"in a part of the comparisons", "Among the shortcuts there are differences beyond chance", "resnet8-B is worse than resnet8-A"}},
		{"plain is better", "shortcuts", 8, map[Kind][]float64{"A": {.50, .51}, "none": {.40, .41}}, []string{"trains better than with any of them", "by −10.00 ± 1.57 points"}},
		{"nothing without", "shortcuts", 8, map[Kind][]float64{"A": {.50, .51}, "B": {.40, .41}}, []string{"There is no network without shortcuts"}},
		{"one seed", "preactivation", 8, map[Kind][]float64{original: {.50}, preactivated: {.10}}, []string{"Whether pre-activation helps is not decided", "−40.00 ± 1.30 points: one seed tells nothing of the spread"}},
		{"pre-activation helps", "preactivation", 8, map[Kind][]float64{original: {.50, .50}, preactivated: {.40, .41}}, []string{"The pre-activated network trains better."}},
		{"pre-activation harms", "preactivation", 8, map[Kind][]float64{original: {.40, .40}, preactivated: {.50, .51}}, []string{"The pre-activated network trains worse."}},
		{"nothing yet", "preactivation", 8, map[Kind][]float64{original: {.40, .40}}, []string{"There is nothing to compare yet"}},
		{"Transformer", "transformer", 2, map[Kind][]float64{preLN: {.40, .40}, postLN: {.50, .51}, postLNWarm: {.41, .40}, noShortcut: {.90, .90}},
			[]string{"Without shortcuts the Transformer trains worse, at every depth.", "no warm-up it trains worse than with the norm before", "vit2-post-LN-warmup is better than vit2-post-LN"}},
		{"Transformer, too early", "transformer", 2, map[Kind][]float64{preLN: {.40, .40}, postLN: {.40, .41}, noShortcut: {.40, .41}},
			[]string{"Whether shortcuts help is not decided. Whether it trains worse with the norm after"}},
		{"more groups", "cardinality", 11, map[Kind][]float64{"1x32d": {.50, .50}, "4x12d": {.40, .40}}, []string{"At equal cost more groups train better than one wide one."}},
		{"fewer groups", "cardinality", 11, map[Kind][]float64{"1x32d": {.40, .40}, "4x12d": {.50, .50}}, []string{"train worse than one wide one"}},
		{"mixed groups", "cardinality", 11, map[Kind][]float64{"1x32d": {.40, .40}, "4x12d": {.50, .50}, "8x7d": {.30, .30}}, []string{"depends on how many"}},
	} {
		r := endedKinds(test.experiment, test.depth, test.errors)
		v := r.Verdict().(Comparisons)
		for _, want := range test.want {
			if !strings.Contains(v.String(), want) {
				t.Errorf("%s: want %q in\n%v", test.name, want, v)
			}
		}
		if test.name == "Transformer" { // and one more depth, at which it makes no difference
			other := endedKinds("transformer", 1, map[Kind][]float64{preLN: {.40, .40}, noShortcut: {.40, .40}})
			other.Networks = append(other.Networks, r.Networks...)
			if v := other.Verdict().(Comparisons); !strings.Contains(v.Finding, "trains worse with 2 blocks; at other depths that is not so, or not decided") {
				t.Errorf("two depths: %s", v.Finding)
			}
		}
		if !strings.HasSuffix(v.String(), v.Finding) {
			t.Errorf("%s: the finding is not the end of\n%v", test.name, v)
		}
		var page strings.Builder
		if err := r.Page().HTML(&page); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
