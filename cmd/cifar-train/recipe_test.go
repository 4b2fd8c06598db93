package main

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/cmd/internal/job"
	"github.com/gorgonet/gorgonet/cmd/internal/recipe"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// narrow are networks of the families that train in seconds, which the command under
// test knows too.
var narrow = resnet.Family{
	Paper: "narrow copies", Year: 3000, Names: []string{"vit_narrow", "convnext_narrow", "efficientnet_narrow", "densenet_narrow"},
	New: func(name string, o resnet.Options) (resnet.Network, error) {
		of := map[string]string{"vit_narrow": "vit_tiny_cifar", "convnext_narrow": "convnext_cifar", "efficientnet_narrow": "efficientnet_b0",
			"densenet_narrow": "densenet_bc100_12"}[name]
		if of == "" {
			return nil, resnet.ErrUnknown
		}
		n, err := resnet.Lookup(of, o)
		switch n := n.(type) {
		case resnet.ViT:
			n.About.Name, n.Patch, n.Width, n.Blocks, n.Encoder.Heads, n.Encoder.Hidden = name, 8, 32, 2, 2, 64
			return n, err
		case resnet.ConvNeXt:
			n.About.Name, n.Stages = name, []resnet.Stage{{Units: 1, Planes: 8, Stride: 2}, {Units: 2, Planes: 16, Stride: 2}}
			return n, err
		case resnet.EfficientNet:
			n.About.Name, n.Stem, n.Last = name, 8, 32
			n.Stages = []resnet.InvertedStage{{Units: 1, Out: 8, Expand: 1, Kernel: 3, Stride: 1}, {Units: 2, Out: 12, Expand: 4, Kernel: 3, Stride: 2}, {Units: 2, Out: 16, Expand: 4, Kernel: 5, Stride: 2}}
			return n, err
		case resnet.DenseNet:
			n.About.Name, n.Stem, n.Blocks = name, 8, []int{2, 2, 2}
			return n, err
		}
		return nil, err
	},
}

// TestRecipes wants every recipe to be flags of the command with values that are right.
func TestRecipes(t *testing.T) {
	weights := filepath.Join(t.TempDir(), "weights")
	if err := os.WriteFile(weights, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, r := range recipe.CIFAR {
		flags := cli.NewFlags("cifar-train")
		w, err := job.Open(command(flags), flags, []string{"-recipe", r.Name, "-weights", weights}, "")
		if err != nil {
			t.Errorf("%s: %v", r.Name, err)
			continue
		}
		for name, value := range r.Flags {
			got := flags.Lookup(name).Value.String()
			x, err := strconv.ParseFloat(value, 64)
			if y, bad := strconv.ParseFloat(got, 64); got != value && (err != nil || bad != nil || x != y) {
				t.Errorf("%s: -%s is %s, want %s", r.Name, name, got, value)
			}
		}
		for _, epochs := range []float64{0.5, 3, 300} {
			s := *w.Settings
			s.Epochs = epochs
			c, err := s.Config(50000, 0.5, 0.75)
			if err != nil {
				t.Fatal(err)
			}
			p := training.Progress{Iterations: c.Iterations, EpochSize: 50000 / float64(c.Batch), LowestError: 1}
			for p.Iteration = c.Iterations / 6; p.Iteration <= c.Iterations/5; p.Iteration++ {
				if rate := c.Schedule.Rate(p); rate < s.LR/4 || rate > s.LR {
					t.Errorf("%s: a rate of %v in step %d of %d, of at most %v", r.Name, rate, p.Iteration, p.Iterations, s.LR)
					break
				}
			}
		}
	}
}

// TestSuited wants the family's recipe where none is named, and an optimizer that is
// named with its own rate.
func TestSuited(t *testing.T) {
	for _, test := range []struct {
		args                []string
		recipe, note        string
		optimizer           string
		lr, decay, momentum float64
	}{
		{nil, "paper", "", "sgd", 0.1, 1e-4, 0.9},
		{[]string{"-model", "densenet_bc100_12"}, "paper", "", "sgd", 0.1, 1e-4, 0.9},
		{[]string{"-model", "vit_tiny_cifar"}, "vit", "-recipe vit is what this network is for", "adamw", 0.001, 0.05, 0},
		{[]string{"-model", "vit_tiny_cifar", "-lr", "0.002"}, "vit", "-recipe vit is what this network is for", "adamw", 0.002, 0.05, 0},
		{[]string{"-model", "vit_tiny_cifar", "-recipe", "paper"}, "paper", "", "sgd", 0.1, 1e-4, 0.9},
		{[]string{"-model", "vit_tiny_cifar", "-optimizer", "sgd"}, "vit", "-recipe vit", "sgd", 0.1, 1e-4, 0.9},
		{[]string{"-model", "vit_tiny_cifar", "-optimizer", "adamw:beta2=0.95"}, "vit", "-recipe vit", "adamw:beta2=0.95", 0.001, 0.05, 0},
		{[]string{"-model", "efficientnet_b0", "-optimizer", "adamw"}, "efficientnet", "-recipe efficientnet", "adamw", 0.001, 0.01, 0},
		{[]string{"-recipe", "convnext"}, "convnext", "", "adamw", 0.002, 0.05, 0},
	} {
		flags := cli.NewFlags("cifar-train")
		w, err := job.Open(command(flags), flags, test.args, "")
		if err != nil {
			t.Errorf("%v: %v", test.args, err)
			continue
		}
		s := w.Settings
		if s.Recipe != test.recipe || !strings.HasPrefix(w.Note, test.note) || (test.note == "") != (w.Note == "") || s.Optimizer != test.optimizer || s.LR != test.lr || s.Decay != test.decay || s.Momentum != test.momentum {
			t.Errorf("%v: recipe %s (%s), %s, rate %v, decay %v, momentum %v", test.args, s.Recipe, w.Note, s.Optimizer, s.LR, s.Decay, s.Momentum)
		}
	}
}

// TestRecipesLearn trains a narrow network of every family by its recipe, on pictures of
// shapes.
func TestRecipesLearn(t *testing.T) {
	for _, test := range []struct {
		model string
		args  []string
	}{
		{"vit_narrow", nil}, {"convnext_narrow", nil}, {"efficientnet_narrow", nil},
		{"densenet_narrow", []string{"-recipe", "densenet"}}, {"efficientnet_narrow", []string{"-size", "64"}},
		{"resnet8", []string{"-recipe", "fast"}},
	} {
		out := filepath.Join(t.TempDir(), "run")
		args := append([]string{"-data", "synthetic", "-model", test.model, "-limit-train", "256", "-limit-test", "20", "-batch", "16", "-epochs", "6", "-out", out}, test.args...)
		code, stdout, stderr := clitest.Run(t, args...)
		if code != 0 {
			t.Fatalf("%s: exit %d: %s", test.model, code, stderr)
		}
		if own := recipe.For(test.model); own != recipe.Paper && !strings.Contains(stdout, "-recipe "+own+" is what this network is for") {
			t.Errorf("%s: nothing of -recipe %s: %s", test.model, own, stdout)
		}
		log := read(t, out).Log
		column := -1
		for i, name := range log[0] {
			if name == "train_loss" {
				column = i
			}
		}
		first, err := strconv.ParseFloat(log[1][column], 64)
		if err != nil {
			t.Fatal(err)
		}
		last, err := strconv.ParseFloat(log[len(log)-1][column], 64)
		if err != nil {
			t.Fatal(err)
		}
		if chance := math.Log(10); !(last < first-0.01 && last < chance-0.01) {
			t.Errorf("%s: a loss of %v in the first epoch, %v in the last; that of guessing is %v", test.model, first, last, chance)
		}
	}
}

// TestDropResume makes runs that drop units and values longer, to the bits of ones that
// were so long at first, with one processor and more; flags of dropping hold on resuming.
func TestDropResume(t *testing.T) {
	for model, flags := range map[string][]string{
		"vit_narrow": {"-drop-path", "0.3", "-dropout", "0.2"}, "convnext_narrow": {"-drop-path", "0.5", "-dropout", "0.1"},
		"efficientnet_narrow": {"-drop-path", "0.4", "-size", "40"}, "densenet_narrow": {"-recipe", "densenet", "-dropout", "0.2"},
	} {
		dir := t.TempDir()
		one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
		for out, steps := range map[string]string{one: "6", two: "3"} {
			c := clitest.Command(small(out, append([]string{"-model", model, "-schedule", "constant", "-iterations", steps}, flags...)...)...)
			if out == one {
				c.Env = append(c.Env, "GOMAXPROCS=1")
			}
			if text, err := c.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", model, err, text)
			}
		}
		if code, _, stderr := clitest.Run(t, "-resume", "-out", two, "-iterations", "6", "-dropout", "0.25"); code != 1 || !strings.Contains(stderr, "-dropout") {
			t.Errorf("%s: exit %d: %s", model, code, stderr)
		}
		if code, _, stderr := clitest.Run(t, "-resume", "-out", two, "-iterations", "6"); code != 0 {
			t.Fatal(stderr)
		}
		if d := read(t, two).differences(read(t, one)); len(d) > 0 {
			t.Errorf("%s: a run that was made longer differs in %v", model, d)
		}
	}
}
