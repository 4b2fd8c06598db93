package detection

import (
	"math"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/resnet/detection/boxes"
	"gorgonia.org/gorgonia"
)

// FasterRCNN finds objects in two stages (Ren et al. 2015): a region proposal network on the
// maps of the backbone says where there may be something, and a head on each of these regions
// says what it is. With a Mask it is a Mask R-CNN (He et al. 2017), which draws the outline
// too. Zero values are torchvision's.
type FasterRCNN struct {
	About    resnet.Info // Classes counts the background
	Backbone Backbone
	Anchors  []boxes.Anchors // of each map

	Proposals Proposals
	Regions   Regions
	Limits    Limits
	Hidden    int // outputs of the two linear layers of the head; 0 means 1024
	Pool      graph.RoIs
	Mask      *Mask

	draws draws
}

// Info implements Network.
func (f FasterRCNN) Info() resnet.Info { return f.About }

// Frozen implements Network.
func (f FasterRCNN) Frozen(trained int) ([]string, error) { return f.Backbone.frozen(trained) }

// LoadBackbone implements Network.
func (f FasterRCNN) LoadBackbone(state *graph.State, path string, o weights.FitOptions) (weights.Taken, error) {
	return f.Backbone.load(state, path, o)
}

// LossNames implements Network.
func (f FasterRCNN) LossNames() []string {
	names := []string{"loss_classifier", "loss_box_reg", "loss_objectness", "loss_rpn_box_reg"}
	if f.Mask != nil {
		names = append(names, "loss_mask")
	}
	return names
}

// stages is a network of two stages in one graph.
type stages struct {
	FasterRCNN
	pictures Pictures
	maps     []*gorgonia.Node // that regions are pooled from
	first    *proposing
}

// begin emits the first stage.
func (f FasterRCNN) begin(b *graph.Builder, p Pictures, o *Objects) *stages {
	maps := f.Backbone.begin(b, f.About, p, o)
	if b.Err() != nil {
		return nil
	}
	first := propose(b, p, maps, f.Anchors, f.Proposals)
	if b.Err() != nil {
		return nil
	}
	if k := f.Backbone.Pyramid; k != nil {
		maps = maps[:len(maps)-k.Top.Levels()]
	}
	return &stages{f, p, maps, first}
}

// score emits the second stage on regions, and returns logits [R classes] and codes
// [R 4*classes].
func (s *stages) score(b *graph.Builder, regions *gorgonia.Node) (logits, codes *gorgonia.Node) {
	size := 7
	if s.Backbone.Tail {
		size = 14 // of which the stage makes 7
	}
	y := s.pool(b, "roi_heads.box_roi_pool", regions, size)
	if b.Err() != nil {
		return nil, nil
	}
	if s.Backbone.Tail {
		y = s.Backbone.tail(b, y)
		b = b.Scope("roi_heads")
	} else {
		b = b.Scope("roi_heads")
		hidden := or(s.Hidden, 1024)
		y = b.Conv("box_head.fc6", y, graph.Conv{Out: hidden, Kernel: size, Bias: true, Flat: true, Init: graph.UniformFanIn})
		y = b.Activate("box_head.relu6", y, graph.ReLU)
		y = b.Activate("box_head.relu7", b.Linear("box_head.fc7", y, hidden), graph.ReLU)
	}
	return b.Linear("box_predictor.cls_score", y, s.About.Classes), b.Linear("box_predictor.bbox_pred", y, 4*s.About.Classes)
}

// pool emits what is in the regions.
func (s *stages) pool(b *graph.Builder, layer string, regions *gorgonia.Node, size int) *gorgonia.Node {
	r := s.Pool
	if r.Kind == "" {
		r.Kind, r.Samples = graph.KindRoIAlign, 2
	}
	r.Size = size
	lowest := 0
	for i, m := range s.maps {
		level := math.Round(math.Log2(float64(s.pictures.Images.Shape()[1]) / float64(m.Shape()[1])))
		if i == 0 {
			lowest = int(level)
		}
		r.Scales = append(r.Scales, math.Exp2(-level))
	}
	if last := len(s.maps) - 1; last > 0 {
		r.Level = func(box []float32) int { return boxes.Level(box, lowest, lowest+last) - lowest }
	}
	return b.RoIs(layer, s.maps, regions, r)
}

// Detect implements Network.
func (f FasterRCNN) Detect(b *graph.Builder, p Pictures) (found Found) {
	s := f.begin(b, p, nil)
	if b.Err() != nil {
		return found
	}
	proposals := s.first.rows(b)
	logits, codes := s.score(b, proposals)
	found.Rows = find(b, p, logits, codes, proposals, f.Limits)
	if f.Mask != nil {
		found.Masks = f.Mask.find(b, s, found.Rows)
	}
	return found
}

// Losses implements Network. In a graph that is not for training the second stage's are
// those of all proposals, not of a sample.
func (f FasterRCNN) Losses(b *graph.Builder, p Pictures, o Objects) (losses []Loss, found Found) {
	s := f.begin(b, p, &o)
	if b.Err() != nil {
		return nil, found
	}
	proposals := s.first.rows(b)
	regions := sample(b, proposals, o, f.Regions, f.About.Classes, f.draws)
	logits, codes := s.score(b, regions)
	losses = append([]Loss{
		{"loss_classifier", classes.emit(b, "roi_heads.loss_classifier", logits, regions)},
		{"loss_box_reg", regionBoxes.emit(b, "roi_heads.loss_box_reg", codes, regions)},
	}, s.first.losses(b, o, f.About.Classes, f.draws)...)
	if !b.Training() {
		found.Rows = find(b, p, logits, codes, regions, f.Limits)
	}
	if f.Mask != nil {
		losses = append(losses, f.Mask.loss(b, s, regions, o))
		if !b.Training() {
			found.Masks = f.Mask.find(b, s, found.Rows)
		}
	}
	return losses, found
}
