package report

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/internal/printable"
)

// subject is what a run has learnt to tell apart, as far as its settings say.
type subject int

const (
	other       subject = iota
	cifarLike           // small pictures: CIFAR-10 and CIFAR-100
	synthetic           // drawn ones, in place of those
	photographs         // in folders, as ImageNet's
)

func (r *Run) subject() subject {
	switch {
	case r.setting("data") == "synthetic":
		return synthetic
	case strings.HasPrefix(r.setting("dataset"), "cifar"):
		return cifarLike
	case r.has("crop") && r.has("interpolation"):
		return photographs
	}
	return other
}

// has tells whether there is a setting of that name.
func (r *Run) has(name string) bool {
	return slices.ContainsFunc(r.Settings, func(s Setting) bool { return s.Name == name })
}

// common is what all runs are about, other where they differ.
func common(runs []*Run) subject {
	for _, r := range runs {
		if r.subject() != runs[0].subject() {
			return other
		}
	}
	return runs[0].subject()
}

// augmented says in a few words what was done to the training pictures.
func (r *Run) augmented() string {
	text := "as the network saw them"
	switch s := r.setting("augment"); {
	case s == "none" || s == "false":
		text = "not augmented"
	case s == "true":
		text = "shifted and flipped at random"
	case s == "paper":
		text = "rescaled, cropped, flipped and shifted in colour at random"
	case s == "torchvision":
		text = "cropped to a random area and shape, and flipped"
	}
	on := func(name string) bool { s := r.setting(name); return s != "" && s != "0" }
	if on("mixup") || on("cutmix") {
		text += ", and mixed with each other"
	}
	return text
}

// augmentedAll is that of all runs.
func augmentedAll(runs []*Run) string {
	text := runs[0].augmented()
	for _, r := range runs {
		if r.augmented() != text {
			return "augmented as each run's settings say"
		}
	}
	return text
}

// figureOf names the paper's figure of the same kind, and what is seen there.
func figureOf(runs []*Run) string {
	switch common(runs) {
	case cifarLike:
		return " The like of Fig. 6 of He et al. 2015 (section 4.2), where deeper plain networks end with a higher training error than " +
			"shallower ones, and deeper residual networks with a lower one."
	case synthetic:
		return " Drawn as Fig. 6 of He et al. 2015 (section 4.2); but these pictures are synthetic, and their errors compare with no published ones."
	case photographs:
		return " Drawn as Fig. 4 of He et al. 2015 (section 4.1): of ImageNet, where 34 plain layers end with a higher training error than 18, " +
			"and 34 residual layers with a lower one."
	}
	return ""
}

// recipeOf is what the paper's learning rate is in runs of this kind.
func recipeOf(runs []*Run) string {
	if slices.ContainsFunc(runs, func(r *Run) bool { return !r.classifies() }) {
		return ""
	}
	switch common(runs) {
	case cifarLike:
		return " The paper's, on CIFAR-10, starts at 0.1 and is divided by 10 at 32,000 and at 48,000 of 64,000 steps of 128 pictures " +
			"(section 4.2), where its curves of error take a step down."
	case photographs:
		return " The paper's, on ImageNet, starts at 0.1 and is divided by 10 whenever the error no longer falls, in up to 600,000 steps " +
			"of 256 pictures (section 3.4); its curves of error take a step down there."
	}
	return ""
}

// measuredOn says in a few words on what the errors were measured.
func (r *Run) measuredOn() string {
	count := ""
	if r.Predictions != nil {
		count = printable.Thousands(len(r.Predictions.Of)) + " "
	}
	held := ""
	if val := r.setting("val"); r.subject() != photographs && val != "" && val != "0" {
		held = ", held out of the training set"
	}
	switch r.subject() {
	case synthetic:
		return count + "synthetic pictures" + held
	case cifarLike:
		return count + "pictures of " + r.setting("dataset") + held
	case photographs:
		val := r.setting("val")
		if val == "" {
			val = filepath.Join(r.setting("data"), "val")
		}
		return count + "photographs of " + val
	}
	if count == "" {
		return "pictures that the settings do not name"
	}
	return count + "pictures"
}

// sameTest tells whether two runs of one task were measured on the same pictures: by the
// labels and classes on record, or else by the settings. Where CIFAR's archive lies
// makes no difference.
func sameTest(a, b *Run) bool {
	if a.Task != b.Task {
		return false
	}
	if a.Predictions != nil && b.Predictions != nil {
		same := slices.Equal(a.Predictions.Classes, b.Predictions.Classes) && len(a.Predictions.Of) == len(b.Predictions.Of)
		for i := 0; same && i < len(a.Predictions.Of); i++ {
			same = a.Predictions.Of[i].True == b.Predictions.Of[i].True
		}
		return same && (a.subject() == synthetic) == (b.subject() == synthetic)
	}
	names := []string{"dataset", "val", "limit_test", "truth"}
	switch a.subject() {
	case synthetic:
		names = append(names, "seed")
	case photographs, other:
		names = append(names, "data")
	}
	return a.subject() == b.subject() && !slices.ContainsFunc(names, func(name string) bool { return a.setting(name) != b.setting(name) })
}

// byTest are the places of the runs, those measured on the same pictures together.
func byTest(runs []*Run) (groups [][]int) {
	for i, r := range runs {
		at := slices.IndexFunc(groups, func(g []int) bool { return sameTest(runs[g[0]], r) })
		if at < 0 {
			at = len(groups)
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], i)
	}
	return groups
}

// trainedOn are the settings that say which pictures a run has learnt from.
var trainedOn = []string{"dataset", "limit_train", "train"}

// apart says clearly what the runs do not share, nothing where they share it.
func apart(runs []*Run, groups [][]int, names []string) string {
	if len(groups) > 1 {
		text := "These runs were not measured on the same pictures: "
		if slices.ContainsFunc(runs, func(r *Run) bool { return r.Task != runs[0].Task }) {
			text = "These runs were not trained for the same, or not measured on the same pictures: "
		}
		for i, g := range groups {
			var of []string
			for _, at := range g {
				of = append(of, names[at])
			}
			if i > 0 {
				text += "; "
			}
			text += fmt.Sprintf("%s on %s", enumerated(of), runs[g[0]].measuredOn())
		}
		return text + ". Their errors and losses do not compare, and have figures of their own."
	}
	for _, name := range trainedOn {
		for _, r := range runs[1:] {
			if r.setting(name) != runs[0].setting(name) {
				return "These runs were measured on the same pictures, but did not learn from the same ones: their settings differ in " + name + "."
			}
		}
	}
	return ""
}

// enumerated writes names as a list of words.
func enumerated(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return names[0]
}
