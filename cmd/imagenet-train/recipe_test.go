package main

import (
	"encoding/csv"
	"encoding/json"
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
	"github.com/gorgonet/gorgonet/training"
)

// TestRecipes wants every recipe to be flags of the command with values that are right,
// and rates that fit runs of any length.
func TestRecipes(t *testing.T) {
	weights := filepath.Join(t.TempDir(), "weights")
	write(t, weights, nil)
	for _, r := range recipe.ImageNet {
		flags := cli.NewFlags("imagenet-train")
		w, err := job.Open(command(flags), flags, []string{"-recipe", r.Name, "-data", ".", "-weights", weights}, "")
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
		for _, epochs := range []float64{0.5, 300} {
			s := *w.Settings
			s.Epochs = epochs
			c, err := s.Config(50000, 1./3, 2./3)
			if err != nil {
				t.Fatal(err)
			}
			p := training.Progress{Iterations: c.Iterations, Iteration: c.Iterations / 6, LowestError: 1}
			if rate := c.Schedule.Rate(p); rate < s.LR/4 || rate > s.LR {
				t.Errorf("%s: a rate of %v in step %d of %d, of at most %v", r.Name, rate, p.Iteration, p.Iterations, s.LR)
			}
		}
	}
}

// TestSuited trains a small network by its family's recipe, which nobody has named, with
// a warm-up that fits the short run.
func TestSuited(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	data, out := tree(t, "red", "green", "blue"), filepath.Join(t.TempDir(), "run")
	code, stdout, stderr := clitest.Run(t, "-data", data, "-model", "convnext_cifar", "-resize", "32", "-crop", "32", "-batch", "8", "-epochs", "6", "-out", out, "-ema", "0",
		"-mixup", "0", "-cutmix", "0", "-lr", "0.002", "-drop-path", "0.05", "-jitter", "0")
	if code != 0 || !strings.Contains(stdout, "-recipe convnext is what this network is for") {
		t.Fatalf("exit %d: %s %s", code, stdout, stderr)
	}
	var config map[string]any
	text, err := os.ReadFile(filepath.Join(out, "config.json"))
	if err == nil {
		err = json.Unmarshal(text, &config)
	}
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{"recipe": "convnext", "optimizer": "adamw", "weight_decay": 0.05, "decay_all": false, "drop_path": 0.05, "dropout": nil,
		"schedule": "warmup:6.67%+cosine", "augment": "torchvision", "label_smoothing": 0.1, "mixup": 0.0} {
		if config[key] != want {
			t.Errorf("config.json: %s is %v, want %v", key, config[key], want)
		}
	}
	file, err := os.Open(filepath.Join(out, "log.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range rows[0] {
		if name != "train_loss" {
			continue
		}
		first, _ := strconv.ParseFloat(rows[1][i], 64)
		last, _ := strconv.ParseFloat(rows[len(rows)-1][i], 64)
		if chance := math.Log(3); !(last > 0 && last < first && last < chance) {
			t.Errorf("a loss of %v in the first epoch, %v in the last; that of guessing is %v", first, last, chance)
		}
	}
}
