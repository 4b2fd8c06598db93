package detection

import (
	"math"

	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/resnet/detection/boxes"
)

// Object is something that was found in a picture.
type Object struct {
	Box   annotations.Corners // in pixels of the picture
	Class int                 // from 1 on
	Score float32
	mask  []float32 // probabilities within the box; nil without
}

// Mask is the probability of each pixel of a picture [Height Width] to be the object's; nil of a
// network without masks. It is usually said to be where that is above 0.5.
func (o Object) Mask(s annotations.Size) []float32 {
	if o.mask == nil || s.Height < 1 || s.Width < 1 {
		return nil
	}
	picture := make([]float32, s.Height*s.Width)
	boxes.Paste(picture, s.Height, s.Width, o.mask, int(math.Sqrt(float64(len(o.mask)))), o.Box[:])
	return picture
}

// Detection is the object as COCO's figures and files of results take it: found in a picture of
// a set, of a size, as one of the set's categories. The mask is where it is above 0.5.
func (o Object) Detection(picture, category int, s annotations.Size) (annotations.Detection, error) {
	d := annotations.Detection{Picture: picture, Category: category, Score: float64(o.Score), Box: o.Box.Box()}
	probability := o.Mask(s)
	if probability == nil {
		return d, nil
	}
	mask := make([]uint8, len(probability))
	for i, p := range probability {
		if p > 0.5 {
			mask[i] = 1
		}
	}
	var err error
	d.Mask, err = annotations.Encode(mask, s)
	return d, err
}
