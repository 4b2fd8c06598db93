package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"image"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/job"
	"github.com/gorgonet/gorgonet/cmd/internal/pretrained"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/gorgonet/gorgonet/internal/printable"
	networks "github.com/gorgonet/gorgonet/resnet/segmentation"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/report"
	"github.com/gorgonet/gorgonet/training/scoring"
	"github.com/gorgonet/gorgonet/training/segmentation"
)

// outcome is what measuring a weights file comes to: result.json. Figures are fractions.
type outcome struct {
	Model    string       `json:"model"`
	Weights  string       `json:"weights"`
	Examples int          `json:"examples"`
	MeanIoU  *float64     `json:"mean_iou"`
	Accuracy *float64     `json:"pixel_accuracy"`
	Classes  []classFound `json:"classes"`

	Finished time.Time        `json:"finished"`
	Machine  training.Machine `json:"machine"`
	Go       string           `json:"go"`
	Version  string           `json:"version"`
}

// classFound is how a class was found; nil stands for what cannot be said, as of a class
// without pixels.
type classFound struct {
	Name   string   `json:"name"`
	Pixels int      `json:"pixels"`
	IoU    *float64 `json:"iou"`
	Recall *float64 `json:"recall"`
}

// classesFound are those of all classes.
func classesFound(names []string, c *scoring.Pixels) (all []classFound) {
	iou, recall := c.IoU(), c.ClassAccuracy()
	for class, name := range names {
		f := classFound{Name: name, IoU: known(iou[class]), Recall: known(recall[class])}
		for other := range names {
			f.Pixels += int(c.Count(class, other))
		}
		all = append(all, f)
	}
	return all
}

// known is a figure rounded to eight decimals, nil of NaN.
func known(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	v = math.Round(v*1e8) / 1e8
	return &v
}

// percent writes a figure, nothing where there is none.
func percent(v *float64) string {
	if v == nil {
		return ""
	}
	return fmt.Sprintf("%.2f %%", 100**v)
}

// whole is what measures whole pictures with a network's tensors.
func (s *options) whole(net networks.Network, state *graph.State) (w segmentation.Whole, err error) {
	w.Base = s.base()
	if w.Normalization, err = s.normalization(); err != nil {
		return w, err
	}
	w.Predictor, err = networks.NewPredictor(net, state)
	return w, err
}

// measure measures a weights file. Where create is not nil, the outcome goes to the
// directory that it makes.
func (s *options) measure(ctx context.Context, val *annotations.Set, weights string, create func() (*training.Directory, error)) error {
	net, err := s.Lookup(len(segmentation.Classes(val)))
	if err != nil {
		return err
	}
	state := graph.NewState()
	w, err := s.whole(net, state)
	if err != nil {
		return err
	}
	defer w.Predictor.Close()
	if _, err := pretrained.Take(os.Stdout, weights, s.Pretrained.Options(), state.LoadFile); err != nil {
		return err
	}
	c, _, err := s.count(ctx, w, val, 0)
	if err != nil {
		return err
	}
	o := outcome{Model: s.Name(), Weights: weights, Examples: val.Len(), MeanIoU: known(c.MeanIoU()), Accuracy: known(c.Accuracy()), Classes: classesFound(segmentation.Classes(val), c),
		Finished: time.Now().Round(time.Second), Machine: training.ThisMachine(), Go: runtime.Version(), Version: cli.Version()}
	cli.Printf("%s: %d pictures, mean IoU %s, pixel accuracy %s\n", weights, o.Examples, percent(o.MeanIoU), percent(o.Accuracy))
	for _, f := range o.Classes {
		cli.Printf("%10s  %s\n", percent(f.IoU), printable.Name(f.Name))
	}
	return job.Keep(create, o)
}

// count measures all pictures, and returns strips of so many of them.
func (s *options) count(ctx context.Context, w segmentation.Whole, val *annotations.Set, shown int) (*scoring.Pixels, []report.Picture, error) {
	bar := cli.NewProgress(0, int64(val.Len()), false)
	defer bar.Close()
	var strips []report.Picture
	c, err := w.Measure(ctx, val, func(i int, picture image.Image, truth, found *annotations.Labels) error {
		bar.Set(int64(i+1), "measuring whole pictures")
		if i*shown/val.Len() != (i-1)*shown/val.Len() || i == 0 && shown > 0 {
			strips = append(strips, report.Picture{Image: segmentation.Strip(picture, truth, found), Lines: []string{fmt.Sprintf("picture %d", i)}})
		}
		return nil
	})
	if err != nil && ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	return c, strips, err
}

// shown is how many pictures a report shows.
const shown = 12

// atEnd measures whole pictures when a run has ended, for its report and iou.csv.
func (s *options) atEnd(net networks.Network, val *annotations.Set) func(context.Context, *training.Trainer, *training.Directory) error {
	return func(ctx context.Context, t *training.Trainer, dir *training.Directory) error {
		w, err := s.whole(net, t.Measured())
		if err != nil {
			return err
		}
		defer w.Predictor.Close()
		c, strips, err := s.count(ctx, w, val, shown)
		if err != nil {
			return err
		}
		found := classesFound(segmentation.Classes(val), c)
		if err := writeClasses(filepath.Join(dir.Path(), "iou.csv"), found); err != nil {
			return err
		}
		table := report.Table{
			Caption: fmt.Sprintf("By the network at the end of the run, on the whole %d test pictures, the shorter side %d pixels long: mean IoU %s, pixel accuracy %s. "+
				"IoU is intersection over union: the pixels of a class that were found, by those that are of it or were taken for it.",
				val.Len(), s.base(), percent(known(c.MeanIoU())), percent(known(c.Accuracy()))),
			Columns: []string{"class", "pixels", "IoU", "of them found"},
		}
		for _, f := range found {
			table.Rows = append(table.Rows, []string{f.Name, printable.Thousands(f.Pixels), percent(f.IoU), percent(f.Recall)})
		}
		return report.Record(dir.Path(), []report.Section{
			{Title: "Classes", Parts: []report.Part{table}},
			{Title: "What was found", Parts: []report.Part{report.Gallery{Wide: true, Pictures: strips,
				Caption: "A test picture, what its pixels belong to, and what the network found; pixels that do not count are light."}}},
		})
	}
}

// writeClasses writes a table as CSV.
func writeClasses(path string, found []classFound) error {
	rows := [][]string{{"class", "pixels", "iou", "recall"}}
	text := func(v *float64) string {
		if v == nil {
			return ""
		}
		return strconv.FormatFloat(*v, 'f', -1, 64)
	}
	for _, f := range found {
		rows = append(rows, []string{f.Name, strconv.Itoa(f.Pixels), text(f.IoU), text(f.Recall)})
	}
	return durable.WriteFile(path, func(w io.Writer) error { return csv.NewWriter(w).WriteAll(rows) })
}
