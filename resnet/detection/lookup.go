package detection

import (
	"math"
	"strings"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/resnet/detection/boxes"
	"github.com/pkg/errors"
)

// Options adapt a named network. Zero values leave it as torchvision has it.
type Options struct {
	Classes int // with the background; 0 means 91, those of COCO with its holes
	// Epsilon is that of the backbone's batch norms; 0 means 1e-5. Torchvision's weights for
	// COCO of the first versions, such as FasterRCNN_ResNet50_FPN_Weights.COCO_V1, were
	// trained with none: Tiny stands for that.
	Epsilon float64
}

// Tiny is an epsilon so small that adding it to a variance changes nothing.
const Tiny = 1e-30

// backbones are those that Names lists with each kind of network.
var backbones = []string{"resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d", "wide_resnet50_2"}

// kinds are what stands before the backbone in a name.
var kinds = []string{"fasterrcnn", "maskrcnn", "retinanet"}

// vgg16 is the only network of the paper's own form, without a pyramid.
const vgg16 = "fasterrcnn_vgg16"

// Names lists the named networks.
func Names() (names []string) {
	for _, kind := range kinds {
		for _, backbone := range backbones {
			names = append(names, kind+"_"+backbone+"_fpn")
		}
	}
	return append(names, "fasterrcnn_resnet50_c4", "fasterrcnn_resnet101_c4", vgg16, "fasterrcnn_small", "maskrcnn_small")
}

// Lookup finds a network by name: one of Names, or a kind before another residual network of
// ImageNet that package resnet knows, such as fasterrcnn_seresnet50_fpn.
func Lookup(name string, o Options) (Network, error) {
	if o.Classes < 0 || o.Classes == 1 {
		return nil, errors.Errorf("detection: %s: want the background and at least one class, got %d in all", name, o.Classes)
	}
	about := resnet.Info{Name: name, Input: 800, Classes: or(o.Classes, 91)}
	if name == vgg16 {
		return fasterVGG(about)
	}
	kind, backbone, _ := strings.Cut(name, "_")
	if backbone == "small" && (kind == "fasterrcnn" || kind == "maskrcnn") {
		return small(about, kind == "maskrcnn", o.Epsilon), nil
	}
	backbone, pyramid := strings.CutSuffix(backbone, "_fpn")
	backbone, tail := strings.CutSuffix(backbone, "_c4")
	network, err := resnet.Lookup(backbone, resnet.Options{})
	config, residual := network.(resnet.Config)
	if err != nil || pyramid == tail || tail && kind != "fasterrcnn" || !residual || len(config.Stages) != 4 || config.PreAct {
		return nil, errors.Errorf("detection: unknown network %q; there are %s", name, strings.Join(Names(), ", "))
	}
	config.Unit.Norm.Epsilon = o.Epsilon
	about.Layers = config.About.Layers
	switch kind {
	case "fasterrcnn", "maskrcnn":
		if tail {
			return FasterRCNN{About: about, Backbone: Backbone{Network: config, Tail: true}, Pool: graph.RoIs{Kind: graph.KindRoIPool},
				Anchors: []boxes.Anchors{{Sizes: []float32{64, 128, 256, 512}, Ratios: ratios}}}, nil
		}
		f := FasterRCNN{About: about, Backbone: Backbone{Network: config, Pyramid: &blocks.Pyramid{Top: blocks.TopPool}}, Anchors: pyramidAnchors()}
		if kind == "maskrcnn" {
			f.Mask = &Mask{}
		}
		return f, nil
	case "retinanet":
		return RetinaNet{About: about, Backbone: Backbone{Network: config, Skip: 1, Pyramid: &blocks.Pyramid{Top: blocks.TopConvs}}, Anchors: denseAnchors()}, nil
	}
	return nil, errors.Errorf("detection: unknown network %q; there are %s", name, strings.Join(Names(), ", "))
}

// ratios are the heights of anchors to their widths.
var ratios = []float32{0.5, 1, 2}

// pyramidAnchors are those of Lin et al. 2017, "Feature Pyramid Networks", section 4.1.
func pyramidAnchors() (all []boxes.Anchors) {
	for size := float32(32); size <= 512; size *= 2 {
		all = append(all, boxes.Anchors{Sizes: []float32{size}, Ratios: ratios})
	}
	return all
}

// denseAnchors are those of Lin et al. 2017, "Focal Loss", section 4, in whole pixels as
// torchvision has them.
func denseAnchors() (all []boxes.Anchors) {
	for size := 32.0; size <= 512; size *= 2 {
		var sizes []float32
		for i := range 3 {
			sizes = append(sizes, float32(math.Floor(size*math.Exp2(float64(i)/3))))
		}
		all = append(all, boxes.Anchors{Sizes: sizes, Ratios: ratios})
	}
	return all
}

// fasterVGG is the network that He et al. 2015 compare with (appendix A): maps of a VGG-16
// without its last pooling, three sizes of anchors at every place, the largest value of 7x7
// parts of a region, and two linear layers of 4096. The layers have the names of torchvision's
// Faster R-CNN around vgg16().features.
func fasterVGG(about resnet.Info) (Network, error) {
	network, err := resnet.Lookup("vgg16", resnet.Options{})
	if err != nil {
		return nil, err
	}
	about.Layers = 16
	return FasterRCNN{
		About: about, Backbone: Backbone{Network: network}, Hidden: 4096,
		Anchors: []boxes.Anchors{{Sizes: []float32{128, 256, 512}, Ratios: ratios}},
		Pool:    graph.RoIs{Kind: graph.KindRoIPool},
	}, nil
}
