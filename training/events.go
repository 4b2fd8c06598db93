package training

import (
	"io/fs"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/training/tensorboard"
	"github.com/pkg/errors"
)

// The names of the curves with a point for every step; all others have one for every
// record.
const (
	stepPrefix  = "step/"
	stepLossTag = stepPrefix + "loss"
	stepRateTag = stepPrefix + "learning_rate"
)

// Point is a value of a curve.
type Point struct {
	Iteration int // steps done
	Value     float64
}

// Rates are the learning rates of the steps, as far as they are on the disk: of every
// step or, of a run whose events do not say, of the last one before each record.
func (d *Directory) Rates() ([]Point, error) {
	events, err := tensorboard.Read(d.file(eventsFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, tensorboard.ErrDamaged) {
		return nil, err
	}
	var points []Point
	for _, e := range events {
		for _, v := range e.Values {
			if v.Tag == stepRateTag {
				rate, _ := strconv.ParseFloat(strconv.FormatFloat(float64(v.Scalar), 'g', -1, 32), 64) // 0.1 as people write it
				points = append(points, Point{int(e.Step), rate})
			}
		}
	}
	if points != nil {
		return points, nil
	}
	records, err := d.Records()
	for _, r := range records {
		points = append(points, Point{r.Iteration, r.Rate})
	}
	return points, err
}

// addEvents adds a record to the events.
func (d *Directory) addEvents(t *Trainer, r Record) {
	scalar := func(tag string, v float64) { d.events.Scalar(r.Iteration, tag, v) }
	scalar("loss/train", r.TrainLoss)
	metrics := t.config.Task.Metrics()
	for _, m := range metrics {
		if m.Training {
			scalar(m.Name+"/train", r.Value(trainPrefix+m.Name))
		}
	}
	if r.Test != nil {
		scalar("loss/test", r.Test.Loss)
		for _, m := range metrics {
			tag := m.Name + "/test"
			if m.Name == top5Name {
				tag = "error/test_top5"
			}
			scalar(tag, r.Test.Value(m.Name))
		}
	}
	scalar("learning_rate", r.Rate)
	scalar("images_per_second", r.ImagesPerSecond)
	if !d.Histograms {
		return
	}
	for _, p := range t.Parameters() {
		d.events.Histogram(r.Iteration, "weights/"+p.Name, p.Weights)
		if p.Gradient != nil {
			d.events.Histogram(r.Iteration, "gradients/"+p.Name, p.Gradient)
		}
	}
}

// trimEvents takes out the events of steps after the iteration, and those of
// records after the one recorded last.
func (d *Directory) trimEvents(iteration, recorded int) error {
	return tensorboard.Trim(d.file(eventsFile), func(e tensorboard.Event) bool {
		if len(e.Values) == 1 && strings.HasPrefix(e.Values[0].Tag, stepPrefix) {
			return e.Step <= int64(iteration)
		}
		return e.Step <= int64(recorded)
	})
}
