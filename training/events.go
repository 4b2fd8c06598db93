package training

import "github.com/gorgonet/gorgonet/training/tensorboard"

// stepLossTag is the name of the one curve with a point for every step; all others
// have one for every record.
const stepLossTag = "step/loss"

// addEvents adds a record to the events.
func (d *Directory) addEvents(t *Trainer, r Record) {
	scalar := func(tag string, v float64) { d.events.Scalar(r.Iteration, tag, v) }
	scalar("loss/train", r.TrainLoss)
	scalar("error/train", r.TrainError)
	if r.Test != nil {
		scalar("loss/test", r.Test.Loss)
		scalar("error/test", r.Test.Error)
		scalar("error/test_top5", r.Test.Top5Error)
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
		if len(e.Values) == 1 && e.Values[0].Tag == stepLossTag {
			return e.Step <= int64(iteration)
		}
		return e.Step <= int64(recorded)
	})
}
