package detection

import (
	"fmt"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet/detection/boxes"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Mask is the head that draws outlines (He et al. 2017, "Mask R-CNN", figure 4 right): four
// 3x3 convolutions on what is pooled from a box, a transposed one, and a 1x1 with a mask for
// every class.
type Mask struct {
	Channels int // of all but the last; 0 means 256
}

// Sides of what is pooled from a box, and of a mask.
const (
	maskPool = 14
	maskSide = 2 * maskPool
)

// score emits the masks of all classes [R side side classes].
func (m *Mask) score(b *graph.Builder, s *stages, regions *gorgonia.Node) *gorgonia.Node {
	channels := or(m.Channels, 256)
	y := s.pool(b, "roi_heads.mask_roi_pool", regions, maskPool)
	b = b.Scope("roi_heads").Shared() // losses and what is found have one head
	for i := range 4 {
		layer := fmt.Sprintf("mask_head.%d", i)
		y = b.Conv(layer+".0", y, graph.Conv{Out: channels, Kernel: 3, Pad: 1, Bias: true, Init: graph.HeFanOut})
		b.Initialize(layer+".0.bias", 0)
		y = b.Activate(layer+".1", y, graph.ReLU)
	}
	y = b.ConvTranspose("mask_predictor.conv5_mask", y, graph.ConvTranspose{Out: channels, Kernel: 2, Stride: 2, Bias: true, Init: graph.HeFanOut})
	y = b.Activate("mask_predictor.relu", y, graph.ReLU)
	return b.Conv("mask_predictor.mask_fcn_logits", y, graph.Conv{Out: s.About.Classes, Kernel: 1, Bias: true, Init: graph.HeFanOut})
}

// find emits the masks of what was found [R side side]: that of the class of each.
func (m *Mask) find(b *graph.Builder, s *stages, rows *gorgonia.Node) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	logits := m.score(b, s, rows)
	if b.Err() != nil {
		return nil
	}
	classes := s.About.Classes
	return b.Apply("roi_heads.masks", graph.CustomOp{
		Kind: "masks", Shape: []int{rows.Shape()[0], maskSide, maskSide},
		Forward: func(y []float32, in ...[]float32) {
			clear(y)
			for i := range len(in[1]) / FoundValues {
				row := in[1][i*FoundValues:][:FoundValues]
				if row[0] < 0 {
					continue
				}
				for j := i * maskSide * maskSide; j < (i+1)*maskSide*maskSide; j++ {
					y[j] = float32(sigmoid(float64(in[0][j*classes+int(row[5])])))
				}
			}
		},
	}, logits, rows)
}

// maskBits is how many pixels of a mask a float32 holds: as many as whole numbers are exact.
const maskBits = 24

// MaskValues is how many values the mask of an object on a canvas takes.
func MaskValues(height, width int) int { return (height*width + maskBits - 1) / maskBits }

// PackMask writes the mask of an object, by rows of so many pixels of which those of the object
// are not 0, as Objects.Masks has it on a canvas with rows of its own: [N M MaskValues], 24
// pixels of the canvas in a value as bits, the first the lowest. A float32 for each pixel of a
// hundred objects would take more memory than the network.
func PackMask(to []float32, mask []uint8, width, canvasWidth int) {
	clear(to)
	for i, covered := range mask {
		if at := i/width*canvasWidth + i%width; covered != 0 {
			to[at/maskBits] += float32(int(1) << (at % maskBits))
		}
	}
}

// maskRow is how many values a target has: the class, 0 for none, and the mask.
const maskRow = 1 + maskSide*maskSide

// loss emits the loss of the masks of the regions that are objects.
func (m *Mask) loss(b *graph.Builder, s *stages, regions *gorgonia.Node, o Objects) Loss {
	const name = "loss_mask"
	if b.Err() != nil {
		return Loss{Name: name}
	}
	shape := s.pictures.Images.Shape()
	n, height, width := shape[0], shape[1], shape[2]
	most, packed := o.Labels.Shape()[1], MaskValues(height, width)
	if o.Masks == nil || !o.Masks.Shape().Eq([]int{n, most, packed}) {
		b.Fail(errors.Errorf("detection: %s: want masks [%d %d %d] (see PackMask)", s.About.Name, n, most, packed))
		return Loss{Name: name}
	}
	count := s.Regions.settle().Sampler.Positives()
	objects := b.Apply("roi_heads.mask_regions", graph.CustomOp{
		Kind: "mask regions", Shape: []int{n * count, regionValues},
		Forward: func(y []float32, in ...[]float32) {
			none(y, regionValues)
			taken := make([]int, n)
			for i := 0; i < len(in[0]); i += regionValues {
				row := in[0][i : i+regionValues]
				if p := int(row[0]); p >= 0 && row[regionClass] > 0 && taken[p] < count {
					copy(y[(p*count+taken[p])*regionValues:], row)
					taken[p]++
				}
			}
		},
	}, regions)
	targets := b.Apply("roi_heads.mask_targets", graph.CustomOp{
		Kind: "mask targets", Shape: []int{n * count, maskRow},
		Forward: func(y []float32, in ...[]float32) {
			clear(y)
			places := objectPlaces(in[3], n, most)
			each(n*count, func(i int) {
				row := in[0][i*regionValues:][:regionValues]
				if row[0] < 0 {
					return
				}
				p := int(row[0])
				mask := in[1][(p*most+places[p][int(row[regionObject])])*packed:][:packed]
				to := y[i*maskRow:][:maskRow]
				to[0] = row[regionClass]
				boxes.Crop(to[1:], maskSide, row[1:5], int(in[2][2*p]), int(in[2][2*p+1]), func(y, x int) bool {
					at := y*width + x
					return int(mask[at/maskBits])>>(at%maskBits)&1 == 1
				})
			})
		},
	}, objects, o.Masks, s.pictures.Sizes, o.Labels)
	return Loss{name, masks.emit(b, "roi_heads."+name, m.score(b, s, objects), targets)}
}

// objectPlaces are where the objects that are there stand among the labels of each picture.
func objectPlaces(labels []float32, n, most int) [][]int {
	of := make([][]int, n)
	for i, l := range labels {
		if l > 0 {
			of[i/most] = append(of[i/most], i%most)
		}
	}
	return of
}

// masks is the mean binary cross entropy of the masks of the regions' classes.
var masks = lossOf{
	kind: "mask loss",
	value: func(x, targets []float32) (sum float64) {
		pixels := eachMaskPixel(x, targets, func(logit, target float32, _ int) {
			sum += softplus(float64(logit)) - float64(target)*float64(logit)
		})
		return sum / max(pixels, 1)
	},
	slope: func(dx, x, targets []float32, scale float64) {
		pixels := eachMaskPixel(x, targets, func(float32, float32, int) {})
		eachMaskPixel(x, targets, func(logit, target float32, at int) {
			dx[at] = float32(scale / pixels * (sigmoid(float64(logit)) - float64(target)))
		})
	},
}

// eachMaskPixel goes through the pixels of the masks that are learnt from, and counts them.
func eachMaskPixel(x, targets []float32, do func(logit, target float32, at int)) (count float64) {
	rows := len(targets) / maskRow
	classes := len(x) / (rows * maskSide * maskSide)
	for i := range rows {
		target := targets[i*maskRow:][:maskRow]
		if target[0] == 0 {
			continue
		}
		for j, t := range target[1:] {
			at := (i*maskSide*maskSide+j)*classes + int(target[0])
			do(x[at], t, at)
		}
		count += maskSide * maskSide
	}
	return count
}
