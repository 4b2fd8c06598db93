package evaluation

import (
	"context"
	"math"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/training/scoring"
	"github.com/pkg/errors"
)

// Network is one network of an ensemble.
type Network struct {
	Name      string // such as resnet50
	File      string // of its weights, for the records; may be empty
	Predictor Predictor
}

// String is NAME=FILE, or the name alone.
func (n Network) String() string {
	if n.File == "" {
		return n.Name
	}
	return n.Name + "=" + n.File
}

// Predictor answers images [N h w 3] with logits [N Classes], such as a
// resnet.FullyConvolutionalPredictor. It is asked by one goroutine at a time.
type Predictor interface {
	Predict(ctx context.Context, images []float32, h, w int) ([]float32, error)
}

// Average is what is averaged over views and networks. Over the places of one view it is
// logits: the network does that.
type Average string

const (
	// Logits are what fb.resnet.torch averages over crops.
	Logits Average = "logits"
	// Probabilities are the softmax of each view's logits.
	Probabilities Average = "probabilities"
)

// view is a view of one of several pictures.
type view struct {
	picture int
	imagenet.View
}

// scores returns those of each picture [Classes]: the mean of all networks and all
// of its views. Views of one shape go through a network together.
func (e *Evaluation) scores(ctx context.Context, pictures [][]imagenet.View) ([][]float32, error) {
	all := make([][][]float32, len(pictures)) // of each picture, to be averaged
	classes := len(e.config.Classes)
	for _, views := range byShape(pictures) {
		var images []float32
		for _, v := range views {
			images = append(images, v.Pixels...)
		}
		for _, n := range e.config.Networks {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			answer, err := n.Predictor.Predict(ctx, images, views[0].Height, views[0].Width)
			if err != nil {
				return nil, err
			}
			if len(answer) != len(views)*classes {
				return nil, errors.Errorf("evaluation: %s: want scores of %d classes for %d pictures, got %d scores", n, classes, len(views), len(answer))
			}
			for j, v := range views {
				scores := answer[j*classes : (j+1)*classes]
				if err := finite(scores); err != nil {
					return nil, errors.WithMessagef(err, "evaluation: %s", n)
				}
				if e.config.Average == Probabilities {
					scores = scoring.Probabilities(scores)
				}
				all[v.picture] = append(all[v.picture], scores)
			}
		}
	}
	means := make([][]float32, len(pictures))
	for i, scores := range all {
		var err error
		if means[i], err = scoring.Average(scores...); err != nil {
			return nil, err
		}
	}
	return means, nil
}

// byShape puts views of the same height and width together.
func byShape(pictures [][]imagenet.View) (groups [][]view) {
	of := map[[2]int]int{}
	for i, views := range pictures {
		for _, v := range views {
			shape := [2]int{v.Height, v.Width}
			at, known := of[shape]
			if !known {
				at = len(groups)
				of[shape] = at
				groups = append(groups, nil)
			}
			groups[at] = append(groups[at], view{i, v})
		}
	}
	return groups
}

func finite(scores []float32) error {
	for i, x := range scores {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return errors.Errorf("the network answers %v for class %d; these weights are damaged or of another model", x, i)
		}
	}
	return nil
}
