package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/network"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

const about = `Bench times a network on random pictures held in memory: forward, backward and update (train), or
forward alone (infer). Times are medians over the steps, after two that do not count.`

// warmup steps are not counted.
const warmup = 2

// patience is how long a measurement may take without a word.
const patience = 5 * time.Second

type figures struct {
	Model           string  `json:"model"`
	Batch           int     `json:"batch"`
	Mode            string  `json:"mode"`
	MsPerStep       float64 `json:"ms_per_step"`
	ImagesPerSecond float64 `json:"images_per_second"`
	PeakRSSMB       int     `json:"peak_rss_mb"`
	AllocsPerStep   uint64  `json:"allocs_per_step"`
	BytesPerStep    uint64  `json:"bytes_per_step"`
}

func main() { cli.Main(run) }

func run(ctx context.Context, flags *cli.Flags, args []string) (err error) {
	var n network.Choice
	flags.Group("network")
	n.Bind(flags, "resnet20")
	batch := flags.Int("batch", 128, "pictures a step")
	flags.Group("measurement")
	mode := flags.String("mode", "train", "`WHAT` is timed: train or infer")
	steps := flags.Int("steps", 10, "steps to time")
	flags.Group("output")
	asJSON := flags.Bool("json", false, "print one line of JSON")
	ops := flags.Bool("ops", false, "print the time of each kind of operation")
	kernels := flags.Bool("kernels", false, "print the speed of each shape of convolution and its share of the processors' peak")
	profile := flags.String("profile", "", "write a CPU profile for go tool pprof to this `FILE`")
	if err := cli.Parse(flags, about, args); err != nil {
		return err
	}
	if err := cmp.Or(cli.Positive("batch", float64(*batch)), cli.Positive("steps", float64(*steps))); err != nil {
		return err
	}
	if *asJSON && (*ops || *kernels) {
		return cli.Usagef("-json prints one line, without the tables of -ops and -kernels")
	}
	if err := cli.OneOf("mode", *mode, "train", "infer"); err != nil {
		return err
	}
	named, err := n.Lookup(resnet.Options{})
	if err != nil {
		return err
	}
	machine, step, err := prepare(named, *batch, *mode == "train")
	if err != nil {
		return err
	}
	f := figures{Model: n.Name(), Batch: *batch, Mode: *mode}
	var before, after runtime.MemStats
	times := make([]float64, 0, *steps)
	for i := range *steps + warmup {
		if ctx.Err() != nil {
			return cli.ErrInterrupted
		}
		if i == warmup {
			if *profile != "" {
				stop, bad := startProfile(*profile)
				if bad != nil {
					return bad
				}
				defer func() { err = cmp.Or(err, stop()) }()
			}
			if *ops || *kernels {
				machine.Measure()
			}
			runtime.ReadMemStats(&before)
		}
		start := time.Now()
		if err := step(); err != nil {
			return err
		}
		seconds := time.Since(start).Seconds()
		switch {
		case i >= warmup:
			times = append(times, seconds)
		case i == warmup-1: // a line that moved would take part in what is timed
			if left := time.Duration(seconds * float64(*steps) * float64(time.Second)).Round(time.Second); left > patience {
				fmt.Fprintf(os.Stderr, "about %v to go\n", left)
			}
		}
	}
	runtime.ReadMemStats(&after)
	var total time.Duration
	for _, t := range times {
		total += time.Duration(t * float64(time.Second))
	}
	slices.Sort(times)
	median := (times[(len(times)-1)/2] + times[len(times)/2]) / 2
	f.MsPerStep, f.ImagesPerSecond = 1e3*median, float64(*batch)/median
	f.AllocsPerStep = (after.Mallocs - before.Mallocs) / uint64(*steps)
	f.BytesPerStep = (after.TotalAlloc - before.TotalAlloc) / uint64(*steps)
	f.PeakRSSMB = peakRSS(after)
	if *asJSON {
		return json.NewEncoder(os.Stdout).Encode(f)
	}
	fmt.Printf("%s, batch %d, %s: %.1f ms a step, %.1f images/s, %d MB at most, %d allocations of %d bytes a step\n",
		f.Model, f.Batch, f.Mode, f.MsPerStep, f.ImagesPerSecond, f.PeakRSSMB, f.AllocsPerStep, f.BytesPerStep)
	if *ops {
		if err := writeOperations(os.Stdout, machine.Times(), *steps, total); err != nil {
			return err
		}
	}
	if *kernels {
		return writeKernels(os.Stdout, machine.Times(), *steps)
	}
	return nil
}

// file is one that notes the first error of writing, which pprof does not return.
type file struct {
	*os.File
	err error
}

// Write implements io.Writer.
func (f *file) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	f.err = cmp.Or(f.err, err)
	return n, err
}

// startProfile begins a CPU profile; stop ends it.
func startProfile(path string) (stop func() error, err error) {
	created, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	f := &file{File: created}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, err
	}
	return func() error {
		pprof.StopCPUProfile()
		err := f.Close()
		return cmp.Or(f.err, err)
	}, nil
}

// prepare builds the network and returns what does one step.
func prepare(network resnet.Network, batch int, train bool) (m *graph.Machine, step func() error, err error) {
	side, classes := network.Info().Input, network.Info().Classes
	b := graph.NewBuilder(graph.NewState(), graph.Options{Training: train, Packed: &graph.PackedWeights{}})
	x := b.Input("images", batch, side, side, 3)
	logits := network.Build(b, x)
	labels := b.Labels("labels", batch)
	if train {
		loss, _ := b.CrossEntropy("loss", logits, labels)
		b.Gradients(loss)
	}
	if m, err = b.Compile(); err != nil {
		return nil, nil, err
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for i, images := 0, graph.Floats(x); i < len(images); i++ {
		images[i] = float32(rng.NormFloat64())
	}
	for i, l := 0, graph.Ints(labels); i < len(l); i++ {
		l[i] = rng.Int32N(int32(classes))
	}
	if !train {
		return m, m.Run, nil
	}
	solver := training.Solver{Optimizer: training.NewSGD(), Rate: 0.1}
	return m, func() error {
		if err := m.Run(); err != nil {
			return err
		}
		return solver.Step(m.Params())
	}, nil
}

// peakRSS is the most memory the process has held, in MB: the system's word
// where it gives one, else what Go has taken from it.
func peakRSS(m runtime.MemStats) int {
	status, _ := os.ReadFile("/proc/self/status")
	if _, rest, ok := bytes.Cut(status, []byte("VmHWM:")); ok {
		if fields := bytes.Fields(rest); len(fields) > 0 {
			if kb, err := strconv.Atoi(string(fields[0])); err == nil {
				return kb / 1024
			}
		}
	}
	return int(m.Sys >> 20)
}
