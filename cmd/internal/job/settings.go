// Package job is what the training commands share: the settings of the optimisation
// as flags, and the run with its records.
package job

import (
	"flag"
	"fmt"
	"math"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training"
)

// Settings say how to train, whatever the network and the data.
type Settings struct {
	Epochs     float64 `json:"epochs"`
	Iterations int     `json:"iterations"`
	Batch      int     `json:"batch"`
	Accumulate int     `json:"accumulate"`
	Schedule   string  `json:"schedule"`
	LR         float64 `json:"lr"`
	Momentum   float64 `json:"momentum"`
	Decay      float64 `json:"weight_decay"`
	DecayAll   bool    `json:"decay_all"`
	Nesterov   bool    `json:"nesterov"`
	Clip       float64 `json:"clip_norm"`
	Smoothing  float64 `json:"label_smoothing"`
	Mixup      float64 `json:"mixup"`
	CutMix     float64 `json:"cutmix"`
	Average    float64 `json:"average"`
	Init       string  `json:"init"`
	Seed       uint64  `json:"seed"`
	Histograms bool    `json:"histograms"`
	Retries    int     `json:"retries"`
	SaveEvery  string  `json:"save_every"`
	Anomaly    bool    `json:"detect_anomaly"`
}

// Paper is how He et al. 2015 train, but for the length of it.
var Paper = Settings{Batch: 128, Accumulate: 1, LR: 0.1, Momentum: 0.9, Decay: 1e-4, DecayAll: true, Init: "fan-in", Seed: 1, SaveEvery: "10m"}

// Flags binds the settings to flags, with the present values as defaults.
func (s *Settings) Flags(f *flag.FlagSet) {
	f.Float64Var(&s.Epochs, "epochs", s.Epochs, "passes over the training set (0: use -iterations)")
	f.IntVar(&s.Iterations, "iterations", s.Iterations, "training steps")
	f.IntVar(&s.Batch, "batch", s.Batch, "images a step")
	f.IntVar(&s.Accumulate, "accumulate", s.Accumulate, "parts to compute a batch in, one after the other, where memory is short; batch norm sees a part at a time")
	f.StringVar(&s.Schedule, "schedule", s.Schedule, "paper, constant, steps:AT,AT..[:FACTOR], plateau[:PATIENCE[:FACTOR]], cosine, onecycle; warmup:SPAN+ or errorwarmup+\n"+
		"before it; spans in steps, or epochs with an e. By default the rate falls to 1/10 as in the paper")
	f.Float64Var(&s.LR, "lr", s.LR, "learning rate, the schedule's highest")
	f.Float64Var(&s.Momentum, "momentum", s.Momentum, "momentum")
	f.Float64Var(&s.Decay, "weight-decay", s.Decay, "weight decay, added to the gradient")
	f.BoolVar(&s.DecayAll, "decay-all", s.DecayAll, "decay batch norm's parameters and biases too")
	f.BoolVar(&s.Nesterov, "nesterov", s.Nesterov, "Nesterov's momentum")
	f.Float64Var(&s.Clip, "clip-norm", s.Clip, "the longest that the gradient of all parameters may be; longer ones are shortened (0: any)")
	f.Float64Var(&s.Smoothing, "label-smoothing", s.Smoothing, "part of the probability that is spread over all classes, such as 0.1")
	f.Float64Var(&s.Mixup, "mixup", s.Mixup, "alpha of mixup, such as 0.2 (0: none)")
	f.Float64Var(&s.CutMix, "cutmix", s.CutMix, "alpha of CutMix, such as 1 (0: none)")
	f.Float64Var(&s.Average, "ema", s.Average, "decay of a moving average of the weights, such as 0.9999, which is then what is measured (0: none)")
	f.StringVar(&s.Init, "init", s.Init, "He initialisation by fan-in (the paper's) or fan-out (torchvision's)")
	f.Uint64Var(&s.Seed, "seed", s.Seed, "seed of initial weights, order, augmentation and synthetic data")
	f.BoolVar(&s.Histograms, "histograms", s.Histograms, "record the distributions of weights and gradients for TensorBoard at every epoch")
	f.IntVar(&s.Retries, "retries", s.Retries, "when numbers stop being finite, go back to the last checkpoint and on with half the rate, so many times")
	f.BoolVar(&s.Anomaly, "detect-anomaly", s.Anomaly, "look at the output of every operation in every step and end at the first that is not finite; slower")
	f.StringVar(&s.SaveEvery, "save-every", s.SaveEvery, "save a checkpoint this often within an epoch, such as 90s, 10m or 1h")
}

// Lengthen settles the length of a run to go on with, whose settings s are, after
// those of -epochs and -iterations that are given.
func (s *Settings) Lengthen(given *flag.FlagSet) error {
	if err := cli.Either(given, "epochs", "iterations"); err != nil {
		return err
	}
	given.Visit(func(f *flag.Flag) {
		if f.Name == "iterations" {
			s.Epochs = 0
		}
	})
	return nil
}

// inits are the values that -init takes.
var inits = map[string]graph.Initializer{"fan-in": graph.HeFanIn, "fan-out": graph.HeFanOut}

// Check finds what is wrong whatever the data, before anything is fetched or written.
func (s *Settings) Check() error {
	if s.Batch < 1 || s.Iterations < 1 && !(s.Epochs > 0) || !(s.Epochs >= 0) || !(s.LR > 0) {
		return cli.Usagef("-batch, -iterations and -lr must be positive, -epochs not negative")
	}
	switch {
	case math.IsInf(s.LR, 1):
		return cli.Usagef("-lr cannot be infinite")
	case !(s.Momentum >= 0 && s.Momentum < 1):
		return cli.Usagef("-momentum is 0 to below 1, not %v", s.Momentum)
	case !(s.Decay >= 0) || math.IsInf(s.Decay, 1):
		return cli.Usagef("-weight-decay is 0 or more, not %v", s.Decay)
	case s.Nesterov && s.Momentum == 0:
		return cli.Usagef("-nesterov needs a -momentum above 0")
	}
	if s.Accumulate < 1 || s.Batch%s.Accumulate != 0 {
		return cli.Usagef("-accumulate %d: a batch of %d must fall into equal parts", s.Accumulate, s.Batch)
	}
	if s.Retries < 0 {
		return cli.Usagef("-retries cannot be negative")
	}
	if _, ok := inits[s.Init]; !ok {
		return cli.Usagef("-init is fan-in or fan-out, not %q", s.Init)
	}
	if _, err := s.saveEvery(); err != nil {
		return err
	}
	if s.Schedule != "" {
		if _, err := training.ParseSchedule(s.Schedule, s.LR); err != nil {
			return cli.Usagef("-schedule: %v", err)
		}
	}
	return nil
}

// Config settles what the flags left open for so many training examples, so that
// config.json is explicit, and says how to train. Without a schedule the rate falls
// to 1/10 at the given fractions of the run.
func (s *Settings) Config(examples int, falls ...float64) (training.Config, error) {
	if s.Epochs > 0 {
		s.Iterations = int(min(max(math.Round(s.Epochs*float64(examples)/float64(s.Batch)), 1), math.MaxInt32))
	}
	if s.Schedule == "" {
		at := make([]string, len(falls))
		for i, fraction := range falls {
			at[i] = fmt.Sprint(int(float64(s.Iterations) * fraction))
		}
		s.Schedule = "steps:" + strings.Join(at, ",")
	}
	schedule, err := training.ParseSchedule(s.Schedule, s.LR)
	return training.Config{
		Batch: s.Batch, Accumulate: s.Accumulate, Iterations: s.Iterations, Schedule: schedule, Seed: s.Seed, Init: inits[s.Init],
		Solver: &training.SGD{Momentum: s.Momentum, Decay: s.Decay, Nesterov: s.Nesterov, DecayWeightsOnly: !s.DecayAll},
		Clip:   s.Clip, Smoothing: s.Smoothing, Mix: training.Mix{Mixup: s.Mixup, CutMix: s.CutMix}, Average: s.Average, DetectAnomaly: s.Anomaly,
	}, err
}
