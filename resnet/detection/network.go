package detection

import (
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Network finds objects in pictures.
type Network interface {
	// Info tells what to know of it. Classes counts the background, which is class 0.
	Info() resnet.Info

	// Detect emits the network and returns what it finds, the rows of a Found.
	Detect(b *graph.Builder, p Pictures) Found

	// Losses emits the network with its losses on the objects that are there, which training
	// makes small together. In a graph that is not for training it finds objects besides.
	Losses(b *graph.Builder, p Pictures, o Objects) ([]Loss, Found)

	// LossNames are the names of the losses, in order.
	LossNames() []string

	// Frozen are what a graph takes as given (graph.Options.Freeze) where so many groups of
	// the backbone's layers are trained, 3 being torchvision's choice and all but the norms
	// the most: of a residual network the stem and the first stages, and every batch norm.
	Frozen(trained int) ([]string, error)

	// LoadBackbone sets the tensors of the backbone from a file of weights of the network that
	// it is of, such as torchvision's resnet50, or a checkpoint, and says what it took. State
	// holds the detector's tensors. The file's linear layers are passed over.
	LoadBackbone(state *graph.State, path string, o weights.FitOptions) (weights.Taken, error)
}

// Pictures are a batch of pictures, normalised, each in the corner at the top left of a canvas
// of zeros.
type Pictures struct {
	Images *gorgonia.Node // [N H W 3]; H and W are best multiples of 32
	Sizes  *gorgonia.Node // [N 2], height and width of each picture without what is around it
}

// Objects are those in the pictures, up to M in each.
type Objects struct {
	Boxes  *gorgonia.Node // [N M 4], x1, y1, x2, y2 in pixels of the canvas
	Labels *gorgonia.Node // [N M], classes from 1 on, and 0 where there is no object
	Masks  *gorgonia.Node // for networks of masks: see PackMasks
}

// Found are the objects that a network finds in N pictures, up to so many in each, from the
// highest score on.
type Found struct {
	// Rows are [N*most FoundValues]: the number of the picture, or -1 where there is no more;
	// x1, y1, x2, y2 in pixels of the canvas; the class; the score.
	Rows *gorgonia.Node
	// Masks are [N*most side side], the probability of the object within its box; nil of a
	// network without masks.
	Masks *gorgonia.Node
}

// FoundValues is how many values a row of Found has.
const FoundValues = 7

// Loss is one of the losses of a detector.
type Loss struct {
	Name  string // torchvision's, such as loss_rpn_box_reg
	Value *gorgonia.Node
}

// check says what pictures and objects lack.
func (p Pictures) check(o *Objects) error {
	if p.Images == nil || p.Sizes == nil || p.Images.Dims() != 4 || !p.Sizes.Shape().Eq([]int{p.Images.Shape()[0], 2}) {
		return errors.New("detection: want images [N H W 3] and sizes [N 2]")
	}
	n := p.Images.Shape()[0]
	if o == nil {
		return nil
	}
	if o.Boxes == nil || o.Labels == nil || o.Boxes.Dims() != 3 || !o.Labels.Shape().Eq(o.Boxes.Shape()[:2]) || o.Boxes.Shape()[0] != n || o.Boxes.Shape()[2] != 4 {
		return errors.Errorf("detection: want boxes [%d M 4] and labels [%d M]", n, n)
	}
	return nil
}

// objects of a picture are the boxes and labels of those that are there.
func objects(boxes, labels []float32, picture, most int) (of []float32, classes []int32) {
	for i, l := range labels[picture*most : (picture+1)*most] {
		if l > 0 {
			of = append(of, boxes[4*(picture*most+i):][:4]...)
			classes = append(classes, int32(l))
		}
	}
	return of, classes
}

// checkObjects refuses objects of classes that a network does not have, and of no area.
func checkObjects(classes int) func(in ...[]float32) error {
	return func(in ...[]float32) error {
		boxes, labels := in[0], in[1]
		for i, l := range labels {
			b := boxes[4*i : 4*i+4]
			switch {
			case l <= 0:
			case l != float32(int(l)) || int(l) >= classes:
				return errors.Errorf("object %d is of class %v in a network of %d classes, the background among them", i, l, classes)
			case !(b[2] > b[0] && b[3] > b[1]):
				return errors.Errorf("object %d has the box %v; want x2 above x1 and y2 above y1", i, b)
			}
		}
		return nil
	}
}
