package main

import (
	"cmp"
	"slices"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/job"
	"github.com/gorgonet/gorgonet/cmd/internal/settings"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/diffusion"
)

// options are everything that decides a run; config.json holds them.
type options struct {
	Recipe string `json:"recipe"`
	pictures
	network
	Weights    string  `json:"weights"`
	Epochs     float64 `json:"epochs"`
	Iterations int     `json:"iterations"`
	Batch      int     `json:"batch"`
	Accumulate int     `json:"accumulate"`
	LR         float64 `json:"lr"`
	Schedule   string  `json:"schedule"`
	Clip       float64 `json:"clip_norm"`
	Average    float64 `json:"ema"`
	Seed       uint64  `json:"seed"`
	Workers    int     `json:"workers"`
	Retries    int     `json:"retries"`
	Every      int     `json:"every"`
	Samples    int     `json:"samples"`
	Steps      int     `json:"steps"`
	SaveEvery  string  `json:"save_every"`
	Histograms bool    `json:"histograms"`

	job   job.Settings     // what it keeps of the run to go on with
	setup *diffusion.Setup // of the checkpoint in -weights, nil where it does not say
}

// bind binds the settings to flags, with the quick recipe as defaults.
func (s *options) bind(f *cli.Flags) {
	s.pictures.bind(f)
	f.Group("network")
	s.network.bind(f)
	f.StringVar(&s.Weights, "weights", "", "safetensors or PyTorch `FILE` to draw with, or to start from; or the directory of a run, for its newest checkpoint")
	f.Uint64Var(&s.Seed, "seed", 1, "seed of initial weights, order, noise, samples and synthetic data")
	f.Float64Var(&s.Average, "ema", 0.9999, "decay of an exponential moving average of the weights, which pictures are drawn by (0: none)")

	f.Group("optimisation")
	f.StringVar(&s.Recipe, "recipe", "quick", "`NAME` of settings for flags that are not given: quick (ddpm_unet_tiny_cifar, half an hour on two cores) or "+
		"paper (ddpm_unet_cifar, 800000 steps of 128, rate 0.0002 after 5000 steps of warm-up)")
	f.Float64Var(&s.Epochs, "epochs", 0, "passes over the training set (0: use -iterations)")
	f.IntVar(&s.Iterations, "iterations", 5000, "training steps")
	f.IntVar(&s.Batch, "batch", 32, "images a step")
	f.IntVar(&s.Accumulate, "accumulate", 1, "parts to compute a batch in, one after the other, where memory is short")
	f.Float64Var(&s.LR, "lr", 0.001, "learning rate of Adam, the schedule's highest")
	f.StringVar(&s.Schedule, "schedule", "warmup:4%+cosine", "`RATES` over the run: constant, steps:AT,AT..[:FACTOR], plateau[:PATIENCE[:FACTOR]], cosine, onecycle; warmup:SPAN+ "+
		"before it; spans in steps, epochs with an e, or hundredths of the run with a %")
	f.Float64Var(&s.Clip, "clip-norm", 1, "the longest that the gradient of all parameters may be; longer ones are shortened (0: any)")
	f.IntVar(&s.Retries, "retries", 0, "when numbers stop being finite, go back to the last checkpoint and on with half the rate, so many times")
	f.IntVar(&s.Workers, "workers", 0, "goroutines that read pictures (0: one for each processor, at most 16); the outcome is the same for any number")

	f.Group("samples")
	f.IntVar(&s.Samples, "samples", 64, "pictures in a grid (0, in training: no grids)")
	f.IntVar(&s.Steps, "steps", 50, "steps of DDIM in which a picture is drawn; 0 takes all of the schedule's, with noise, as in the paper")
	f.IntVar(&s.Every, "every", 500, "training steps between records, each with a grid of samples (0: an epoch)")

	f.Group("records")
	f.StringVar(&s.SaveEvery, "save-every", "10m", "`TIME` between checkpoints within a record, such as 90s, 10m or 1h")
	f.BoolVar(&s.Histograms, "histograms", false, "record the distributions of weights and gradients for TensorBoard at every record")
}

func command() settings.Command[options] {
	return settings.Command[options]{
		About: about, Noun: "run", Bind: (*options).bind,
		Recipes: []settings.Recipe{
			{Name: "quick"},
			{Name: "paper", Flags: map[string]string{"model": "ddpm_unet_cifar", "iterations": "800000", "batch": "128", "lr": "0.0002", "schedule": "warmup:5000+constant", "every": "5000"}},
		},
		Recipe: func(s *options) string { return s.Recipe },
		Resume: func(s *options, flags *cli.Flags) error {
			if flags.Given()["iterations"] {
				s.Epochs = 0
			}
			s.job.Iterations = s.Iterations
			return s.job.Resume(flags)
		},
		Name: func(s *options) string { return s.network.name() },
		Free: []string{"data", "epochs", "iterations", "save-every", "retries", "workers"},
	}
}

// check finds what is wrong whatever the data; drawing says that pictures are to be drawn
// and nothing is trained.
func (s *options) check(fresh, drawing bool) error {
	if fresh {
		s.Weights = newest(s.Weights)
	}
	least := map[bool]float64{true: 1}[drawing]
	switch {
	case drawing && s.Weights == "":
		return cli.Usagef("say with -weights what to draw with: a file, or the directory of a run")
	case !(float64(s.Samples) >= least) || s.Samples > maxSamples:
		return cli.Usagef("-samples is %v to %d, not %d", least, maxSamples, s.Samples)
	case s.Steps < 0 || s.Steps > scheduleSteps:
		return cli.Usagef("-steps is 0 to %d, not %d", scheduleSteps, s.Steps)
	}
	if err := cmp.Or(cli.NotNegative("every", float64(s.Every)), s.pictures.check(), s.network.settle(s.Size)); err != nil {
		return err
	}
	j := s.settings()
	return j.Check(fresh)
}

const (
	maxSamples    = 10_000
	scheduleSteps = 1000 // of the paper's schedule
)

// settings are those of the job.
func (s *options) settings() *job.Settings {
	j := s.job
	j.Epochs, j.Iterations, j.Batch, j.Accumulate, j.LR, j.Schedule = s.Epochs, s.Iterations, s.Batch, s.Accumulate, s.LR, s.Schedule
	j.Clip, j.Average, j.Seed, j.Workers, j.Retries, j.SaveEvery, j.Histograms = s.Clip, s.Average, s.Seed, s.Workers, s.Retries, s.SaveEvery, s.Histograms
	j.Weights, j.LayerDecay, j.Optimizer, j.Init, j.Monitor = s.Weights, 1, "adam", "fan-in", "test_loss"
	return &j
}

// config says how to train, and what is drawn meanwhile.
func (s *options) config(train, test training.Dataset) (*job.Settings, training.Config, error) {
	j := s.settings()
	c, err := j.Config(train.Len())
	if err != nil {
		return nil, c, err
	}
	s.Iterations = j.Iterations
	setup := s.UNet().Paper()
	schedule, err := setup.Schedule()
	noisy := func(d training.Dataset) training.Dataset {
		return diffusion.Data{Pictures: d, Schedule: schedule, Channels: s.Channels}
	}
	c.Name, c.Model, c.Task, c.Every = s.network.name(), s.UNet(), diffusion.Task{Shape: slices.Clone(train.Shape())}, s.Every
	c.Train, c.Test = noisy(train), noisy(test)
	c.Carry = map[string]any{diffusion.SetupName: &setup}
	half := []float32{0.5, 0.5, 0.5}
	c.Preprocessing = &training.Preprocessing{Mean: half, Deviation: half}
	if s.Dataset == folder {
		c.Preprocessing.Resize, c.Preprocessing.Interpolation = s.Size, interpolation.String()
	}
	if s.Samples > 0 {
		j.OnRecord = s.onRecord(schedule, train.Shape())
	}
	return j, c, err
}
