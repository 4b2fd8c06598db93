package segmentation

import (
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Network scores what every pixel belongs to: a residual network and a head on its last
// feature map. Tensors have torchvision's names: backbone.conv1 and so on, classifier,
// aux_classifier.
type Network struct {
	About    resnet.Info
	Backbone resnet.Config // of which the linear layer is left out
	Head     Head

	// Auxiliary is a second head that helps training, on the last feature map but one
	// (Zhao et al. 2017, section 3.4); nil for none.
	Auxiliary Head
}

// AuxiliaryWeight is what the loss of the auxiliary head counts, as in torchvision's
// recipe.
const AuxiliaryWeight = 0.5

// Names of modules, as torchvision has them.
const (
	backbone   = "backbone"
	classifier = "classifier"
	auxiliary  = "aux_classifier"
)

// Info tells what to know of it.
func (n Network) Info() resnet.Info { return n.About }

// Build emits the network on images x [N H W C] and returns the logits of all pixels,
// [N H W Classes].
func (n Network) Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return n.main(b, x, n.features(b, x))
}

// BuildAuxiliary emits what Build does and the auxiliary head, if there is one. It returns
// the logits of both, all [N H W Classes], and what the loss of the head is weighted with.
func (n Network) BuildAuxiliary(b *graph.Builder, x *gorgonia.Node) (logits *gorgonia.Node, heads []*gorgonia.Node, weight float64) {
	features := n.features(b, x)
	logits = n.main(b, x, features)
	if n.Auxiliary != nil && b.Err() == nil {
		y := n.Auxiliary.Score(b, auxiliary, features[len(features)-2], n.About.Classes)
		heads = append(heads, full(b, auxiliary, y, x))
	}
	return logits, heads, AuxiliaryWeight
}

// features are the outputs of the stages, at least two.
func (n Network) features(b *graph.Builder, x *gorgonia.Node) []*gorgonia.Node {
	if n.Head == nil || n.About.Classes < 1 || len(n.Backbone.Stages) < 2 || n.Backbone.PreAct {
		b.Fail(errors.Errorf("segmentation: %s: a network needs a head, a class and a residual backbone of at least two stages, not pre-activated", n.About.Name))
		return nil
	}
	return n.Backbone.Features(b.Scope(backbone), x)
}

// main are the logits of the last feature map.
func (n Network) main(b *graph.Builder, x *gorgonia.Node, features []*gorgonia.Node) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	return full(b, classifier, n.Head.Score(b, classifier, features[len(features)-1], n.About.Classes), x)
}

// full brings scores to the size of the picture.
func full(b *graph.Builder, name string, scores, x *gorgonia.Node) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	return b.Resize(name+".up", scores, x.Shape()[1], x.Shape()[2], graph.Bilinear)
}

// FreshHead are the beginnings of the names of tensors that a file of weights may lack,
// for weights.FitOptions.Fresh: the last layers, where it is for other classes, and the
// auxiliary head, which torchvision's networks need not have.
func (Network) FreshHead() []string {
	return []string{classifier + ".4.", auxiliary + ".4.", auxiliary + "."}
}

// LoadBackbone sets the tensors of the backbone from a file of weights of the network
// that it is of, such as torchvision's resnet50, or a checkpoint, and says what it took.
// State holds the network's tensors. The file's linear layer is passed over.
func (Network) LoadBackbone(state *graph.State, path string, o weights.FitOptions) (weights.Taken, error) {
	return state.LoadPart(backbone, path, o)
}
