package training

import (
	"image"
)

// Gallery is a Dataset with names for its classes and examples to look at.
type Gallery interface {
	Dataset
	ClassNames() []string      // in label order
	Picture(i int) image.Image // example i as it is, nil if there is none
}

// Prediction is what a network makes of one example.
type Prediction struct {
	Index           int     // of the example in its data set
	True, Predicted int     // classes
	Probability     float64 // that the network gives to the predicted class
}

// Predictions are those of a whole data set, in its order.
type Predictions struct {
	Classes []string // names in label order
	Of      []Prediction
}
