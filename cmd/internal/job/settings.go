// Package job is what the training commands share: the settings of the optimisation
// as flags, and the run with its records.
package job

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training"
)

// Settings say how to train, whatever the network and the data.
type Settings struct {
	Start
	Early
	Epochs     float64 `json:"epochs"`
	Iterations int     `json:"iterations"`
	Batch      int     `json:"batch"`
	Accumulate int     `json:"accumulate"`
	Schedule   string  `json:"schedule"`
	LR         float64 `json:"lr"`
	Optimizer  string  `json:"optimizer"`
	Momentum   float64 `json:"momentum"`
	Decay      float64 `json:"weight_decay"`
	DecayAll   bool    `json:"decay_all"`
	Nesterov   bool    `json:"nesterov"`
	Clip       float64 `json:"clip_norm"`
	Smoothing  float64 `json:"label_smoothing"`
	Mixup      float64 `json:"mixup"`
	CutMix     float64 `json:"cutmix"`

	ClassWeights string `json:"class_weights"`

	Average    float64 `json:"ema"`
	Init       string  `json:"init"`
	Seed       uint64  `json:"seed"`
	Workers    int     `json:"workers"`
	Histograms bool    `json:"histograms"`
	Retries    int     `json:"retries"`
	SaveEvery  string  `json:"save_every"`
	Anomaly    bool    `json:"detect_anomaly"`

	// OnRecord, unless nil, is called at every record, before it is kept: what it leaves in
	// the directory is there whenever a checkpoint says that the record has been made.
	OnRecord func(context.Context, *training.Trainer, *training.Directory, training.Record) error `json:"-"`

	before int // steps that a run to go on with was to have
}

// Paper is how He et al. 2015 train, but for the length of it.
var Paper = Settings{Start: Start{LayerDecay: 1}, Batch: 128, Accumulate: 1, LR: 0.1, Optimizer: "sgd", Momentum: 0.9, Decay: 1e-4, DecayAll: true, Init: "fan-in", Seed: 1, SaveEvery: "10m"}

// Free are the flags that may differ when a run goes on.
var Free = []string{"epochs", "iterations", "save-every", "retries", "detect-anomaly", "workers", "patience", "monitor"}

// Renamed are keys of config.json that are called otherwise today.
var Renamed = map[string]string{"average": "ema"}

// Bind binds the settings to flags, with the present values as defaults.
func (s *Settings) Bind(f *cli.Flags) {
	f.Group("network")
	s.Start.Bind(f)
	f.StringVar(&s.Init, "init", s.Init, "He initialisation `BY` fan-in (the paper's) or fan-out (torchvision's)")
	f.Uint64Var(&s.Seed, "seed", s.Seed, "seed of initial weights, order, augmentation and synthetic data")
	f.Float64Var(&s.Average, "ema", s.Average, "decay of an exponential moving average of the weights, such as 0.9999, which is then what is measured (0: none)")

	f.Group("optimisation")
	f.Float64Var(&s.Epochs, "epochs", s.Epochs, "passes over the training set (0: use -iterations)")
	f.IntVar(&s.Iterations, "iterations", s.Iterations, "training steps")
	f.IntVar(&s.Batch, "batch", s.Batch, "images a step")
	f.IntVar(&s.Accumulate, "accumulate", s.Accumulate, "parts to compute a batch in, one after the other, where memory is short; batch norm sees a part at a time")
	f.Float64Var(&s.LR, "lr", s.LR, "learning rate, the schedule's highest")
	f.StringVar(&s.Schedule, "schedule", s.Schedule, "`RATES` over the run: paper, constant, steps:AT,AT..[:FACTOR], plateau[:PATIENCE[:FACTOR]], cosine, exponential[:END], onecycle; warmup:SPAN+ or "+
		"errorwarmup+ before it; spans in steps, epochs with an e, hundredths of the run with a %. By default the rate falls to 1/10 as in the paper")
	f.StringVar(&s.Optimizer, "optimizer", s.Optimizer, optimizerUsage)
	f.Float64Var(&s.Momentum, "momentum", s.Momentum, "momentum of sgd")
	f.BoolVar(&s.Nesterov, "nesterov", s.Nesterov, "Nesterov's momentum, of sgd")
	f.Float64Var(&s.Decay, "weight-decay", s.Decay, "weight decay, added to the gradient; apart from it with adamw and lamb")
	f.BoolVar(&s.DecayAll, "decay-all", s.DecayAll, "decay the parameters of norms, biases, layer scales and positions too")
	f.Float64Var(&s.Clip, "clip-norm", s.Clip, "the longest that the gradient of all parameters may be; longer ones are shortened (0: any)")
	f.Float64Var(&s.Smoothing, "label-smoothing", s.Smoothing, "part of the probability that is spread over all classes, such as 0.1")
	f.Float64Var(&s.Mixup, "mixup", s.Mixup, "alpha of mixup, such as 0.2 (0: none)")
	f.Float64Var(&s.CutMix, "cutmix", s.CutMix, "alpha of CutMix, such as 1 (0: none)")
	f.StringVar(&s.ClassWeights, "class-weights", s.ClassWeights, "what the classes count in the loss: balanced, for all the same however many pictures they have, or `NUMBERS` such as 1,0.5,2, one for each (default 1 each)")
	s.Early.Bind(f)
	f.IntVar(&s.Retries, "retries", s.Retries, "when numbers stop being finite, go back to the last checkpoint and on with half the rate, so many times")
	f.BoolVar(&s.Anomaly, "detect-anomaly", s.Anomaly, "look at the output of every operation in every step and end at the first that is not finite; slower")
	f.IntVar(&s.Workers, "workers", s.Workers, "goroutines that read and change pictures (0: one for each processor, at most 16); the outcome is the same for any number")

	f.Group("records")
	f.StringVar(&s.SaveEvery, "save-every", s.SaveEvery, "`TIME` between checkpoints within an epoch, such as 90s, 10m or 1h")
	f.BoolVar(&s.Histograms, "histograms", s.Histograms, "record the distributions of weights and gradients for TensorBoard at every epoch")
}

// Resume readies the settings of a run to go on with for flags that may make it longer.
func (s *Settings) Resume(flags *cli.Flags) error {
	if err := cli.Either(flags, "epochs", "iterations"); err != nil {
		return err
	}
	given := flags.Given()
	if given["weights"] {
		return cli.Usagef("-weights is where a new run starts; the one in -out has its weights in its checkpoints")
	}
	s.before = s.Iterations
	if given["iterations"] {
		s.Epochs = 0
	}
	return nil
}

// inits are the values that -init takes.
var inits = map[string]graph.Initializer{"fan-in": graph.HeFanIn, "fan-out": graph.HeFanOut}

// Check finds what is wrong whatever the data, before anything is fetched or written;
// fresh says that the run is new.
func (s *Settings) Check(fresh bool) error {
	err := cmp.Or(cli.Positive("batch", float64(s.Batch)), cli.NotNegative("epochs", s.Epochs), cli.Positive("lr", s.LR),
		cli.NotNegative("weight-decay", s.Decay), cli.NotNegative("retries", float64(s.Retries)), cli.NotNegative("workers", float64(s.Workers)))
	if err == nil && s.Epochs == 0 {
		err = cli.Positive("iterations", float64(s.Iterations))
	}
	if err != nil {
		return err
	}
	if !(s.Momentum >= 0 && s.Momentum < 1) {
		return cli.Usagef("-momentum is 0 to below 1, not %v", s.Momentum)
	}
	if _, err := s.optimizer(); err != nil {
		return err
	}
	if s.Accumulate < 1 || s.Batch%s.Accumulate != 0 {
		return cli.Usagef("-accumulate %d: a batch of %d must fall into equal parts", s.Accumulate, s.Batch)
	}
	for _, x := range []struct {
		flag         string
		value, below float64
	}{
		{"label-smoothing", s.Smoothing, 1}, {"ema", s.Average, 1}, {"clip-norm", s.Clip, math.Inf(1)},
		{"mixup", s.Mixup, math.Inf(1)}, {"cutmix", s.CutMix, math.Inf(1)},
	} {
		switch {
		case x.value >= 0 && x.value < x.below:
		case x.below == 1:
			return cli.Usagef("-%s is 0 for none, and below 1, not %v", x.flag, x.value)
		default:
			return cli.Usagef("-%s is 0 for none, or a positive number, not %v", x.flag, x.value)
		}
	}
	if err := cli.OneOf("init", s.Init, "fan-in", "fan-out"); err != nil {
		return err
	}
	if _, err := s.saveEvery(); err != nil {
		return err
	}
	if _, err := s.weights(); err != nil {
		return err
	}
	if err := s.Early.Check(); err != nil {
		return err
	}
	if s.Schedule != "" {
		if _, err := training.ParseSchedule(s.Schedule, s.LR); err != nil {
			return cli.Usagef("-schedule %s%s", strings.TrimPrefix(err.Error(), "training: schedule "), nearSchedule(s.Schedule))
		}
	}
	return s.Start.Check(fresh)
}

// nearSchedule asks whether a kind of schedule is meant that is spelt nearly as a part of
// the flag.
func nearSchedule(text string) string {
	kinds := []string{"paper", "constant", "steps", "plateau", "cosine", "exponential", "onecycle", "warmup", "errorwarmup"}
	for _, part := range strings.Split(text, "+") {
		kind, _, _ := strings.Cut(part, ":")
		kind, _, _ = strings.Cut(kind, "@")
		if near := cli.DidYouMean(kind, kinds); near != "" && !slices.Contains(kinds, kind) {
			return near
		}
	}
	return ""
}

// saveEvery is the flag's duration.
func (s *Settings) saveEvery() (time.Duration, error) {
	d, err := time.ParseDuration(s.SaveEvery)
	if err != nil || d <= 0 {
		return 0, cli.Usagef("-save-every is a time such as 90s, 10m or 1h, not %q", s.SaveEvery)
	}
	return d, nil
}

// Config settles what the flags left open for so many training examples, so that
// config.json is explicit, and says how to train. Without a schedule the rate falls
// to 1/10 at the given fractions of the run.
func (s *Settings) Config(examples int, falls ...float64) (training.Config, error) {
	if s.Epochs > 0 {
		steps := max(math.Round(s.Epochs*float64(examples)/float64(s.Batch)), 1)
		if steps > math.MaxInt32 {
			return training.Config{}, cli.Usagef("-epochs %v are %.0f steps; at most %d are possible", s.Epochs, steps, math.MaxInt32)
		}
		s.Iterations = int(steps)
	}
	if s.Schedule == "" {
		at := make([]string, len(falls))
		for i, fraction := range falls {
			at[i] = fmt.Sprint(int(float64(s.Iterations) * fraction))
		}
		s.Schedule = "steps:" + strings.Join(at, ",")
	}
	optimizer, err := s.optimizer()
	if err != nil {
		return training.Config{}, err
	}
	schedule, err := training.ParseSchedule(s.Schedule, s.LR)
	return training.Config{
		Batch: s.Batch, Accumulate: s.Accumulate, Iterations: s.Iterations, Schedule: schedule, Seed: s.Seed, Init: inits[s.Init],
		Optimizer: optimizer, Groups: training.Groups{WeightsOnly: !s.DecayAll, LayerDecay: s.LayerDecay},
		Clip: s.Clip, Smoothing: s.Smoothing, Mix: training.Mix{Mixup: s.Mixup, CutMix: s.CutMix}, Average: s.Average, DetectAnomaly: s.Anomaly,
		Freeze: s.frozen(), Workers: s.Workers, Stop: s.stopper(),
	}, err
}
