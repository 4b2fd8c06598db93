package main

import (
	"context"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/pretrained"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/diffusion"
	"gorgonia.org/gorgonia"
)

// drawing says that pictures are to be drawn and nothing trained.
type drawing struct {
	asked bool
	to    string
}

func (d *drawing) bind(f *cli.Flags) {
	f.Group("samples")
	f.BoolVar(&d.asked, "sample", false, "draw -samples pictures with -weights and end")
	f.StringVar(&d.to, "png", "samples.png", "`FILE` that -sample draws to")
}

// check finds flags that do not go together.
func (d *drawing) check(flags *cli.Flags) error {
	switch given := flags.Given(); {
	case !d.asked && given["png"]:
		return cli.Usagef("-png belongs to -sample; a run draws into its directory")
	case !d.asked:
		return nil
	case given["resume"]:
		return cli.Usagef("-sample trains nothing; leave -resume out, and say with -weights what to draw with")
	case given["out"]:
		return cli.Usagef("-out is for a run of training; -png says where -sample draws to")
	}
	if info, err := os.Stat(filepath.Dir(d.to)); err != nil || !info.IsDir() {
		return fmt.Errorf("-png %s: there is no folder %s", d.to, filepath.Dir(d.to))
	}
	if info, err := os.Stat(d.to); err == nil && info.IsDir() {
		return fmt.Errorf("-png %s: it is a folder; say which file in it", d.to)
	}
	return nil
}

// run draws with the weights.
func (d *drawing) run(ctx context.Context, s *options) error {
	u, shape := s.UNet(), []int{s.Size, s.Size, 3}
	setup := s.setup
	if setup == nil {
		paper := u.Paper()
		setup = &paper
	}
	schedule, err := setup.Schedule()
	if err != nil {
		return err
	}
	if s.Steps > schedule.Steps() {
		return cli.Usagef("-steps %d: the network's schedule has %d", s.Steps, schedule.Steps())
	}
	state, err := load(u, shape, s.Weights)
	if err != nil {
		return err
	}
	begun := time.Now()
	var bar *cli.Progress
	progress := func(done, of int) {
		if bar == nil {
			bar = cli.NewProgress(0, int64(of), false)
		}
		bar.Set(int64(done))
	}
	err = s.draw(ctx, state, schedule, shape, d.to, progress)
	if bar != nil {
		bar.Close()
	}
	switch {
	case err != nil && ctx.Err() != nil:
		cli.Printf("interrupted: %s is as it was\n", d.to)
		return cli.ErrInterrupted
	case err != nil:
		return err
	}
	how := fmt.Sprintf("%d steps of DDIM", s.Steps)
	if s.Steps == 0 {
		how = fmt.Sprintf("all %d steps", schedule.Steps())
	}
	cli.Textf("%s: %d pictures by %s of %s, seed %d, in %.1f s\n", d.to, s.Samples, how, s.network.name(), s.Seed, time.Since(begun).Seconds())
	return nil
}

// load reads weights of a network.
func load(u diffusion.UNet, shape []int, path string) (*graph.State, error) {
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{})
	images := b.Input("images", 1, shape[0], shape[1], shape[2])
	u.BuildFields(b, map[string]*gorgonia.Node{"images": images, diffusion.TimeField: b.Input(diffusion.TimeField, 1, 1, 1, u.Channels)})
	if b.Err() != nil {
		return nil, b.Err()
	}
	return state, pretrained.Explain(training.LoadWeights(state, path))
}

// draw draws a grid to a file.
func (s *options) draw(ctx context.Context, state *graph.State, schedule diffusion.Schedule, shape []int, file string, progress func(done, of int)) error {
	x, err := diffusion.Sample(ctx, s.UNet(), state, schedule, shape, s.Samples, diffusion.Sampling{Steps: s.Steps, Seed: s.Seed, Progress: progress})
	if err != nil {
		return err
	}
	grid, err := diffusion.Grid(x, shape, 0)
	if err != nil {
		return err
	}
	return durable.WriteFile(file, func(w io.Writer) error { return png.Encode(w, grid) })
}

// onRecord draws a grid at every record, the newest to samples.png.
func (s *options) onRecord(schedule diffusion.Schedule, shape []int) func(context.Context, *training.Trainer, *training.Directory, training.Record) error {
	return func(ctx context.Context, t *training.Trainer, dir *training.Directory, r training.Record) error {
		file := filepath.Join(dir.Path(), fmt.Sprintf("samples-%07d.png", r.Iteration))
		if err := s.draw(ctx, t.Measured(), schedule, shape, file, nil); err != nil {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		return durable.WriteFile(filepath.Join(dir.Path(), "samples.png"), func(w io.Writer) error {
			_, err := w.Write(text)
			return err
		})
	}
}
