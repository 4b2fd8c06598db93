package scoring

import (
	"math"

	"github.com/pkg/errors"
)

// Answer is what a network's scores for an example amount to.
type Answer struct {
	Label     int // the right class
	Predicted int // the class of the highest score
	Rank      int // classes that come before the right one; 0 is right, below 5 right in the top five
}

// Judge compares scores [Classes] with the right class. Of equal scores the lower
// class comes first, as in Highest.
func Judge(label int, scores []float32) (Answer, error) {
	if label < 0 || label >= len(scores) {
		return Answer{}, errors.Errorf("scoring: want a label from 0 to %d, got %d", len(scores)-1, label)
	}
	a := Answer{Label: label}
	for c, v := range scores {
		if math.IsNaN(float64(v)) {
			return Answer{}, errors.Errorf("scoring: the score of class %d is no number", c)
		}
		if v > scores[a.Predicted] {
			a.Predicted = c
		}
		if v > scores[label] || v == scores[label] && c < label {
			a.Rank++
		}
	}
	return a, nil
}
