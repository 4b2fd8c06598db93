package detection

import (
	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/resnet/detection/boxes"
)

// small is a network of this project's own to try things with, in minutes and from the start:
// for pictures of about 128x128 with objects of 20 to 80 pixels.
func small(about resnet.Info, masks bool, epsilon float64) FasterRCNN {
	about.Layers, about.Input = 14, 128
	body := resnet.Config{
		About: resnet.Info{Name: "small", Layers: 14, Input: 128, Classes: 1},
		Stem:  resnet.StemImageNet, Block: blocks.BasicBlock,
		Unit: blocks.Unit{Shortcut: blocks.ShortcutB, Norm: graph.Norm{Epsilon: epsilon}},
		Stages: []resnet.Stage{
			{Units: 2, Planes: 32, Stride: 1}, {Units: 2, Planes: 64, Stride: 2}, {Units: 2, Planes: 128, Stride: 2},
		},
	}
	f := FasterRCNN{
		About: about, Backbone: Backbone{Network: body, Pyramid: &blocks.Pyramid{Channels: 64}},
		Proposals: Proposals{Candidates: 200, TrainingCandidates: 300, Count: 100, TrainingCount: 200, Sampler: boxes.Sampler{Count: 128, Positive: 0.5}},
		Regions:   Regions{boxes.Sampler{Count: 64, Positive: 0.25}},
		Hidden:    256,
	}
	for _, size := range []float32{24, 40, 64} {
		f.Anchors = append(f.Anchors, boxes.Anchors{Sizes: []float32{size}, Ratios: []float32{1}})
	}
	if masks {
		f.Mask = &Mask{Channels: 64}
	}
	return f
}
