package blocks

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Pyramid says what a feature pyramid is like.
type Pyramid struct {
	Channels int // of every level; 0 means 256
	Top      PyramidTop
}

// PyramidTop is what a pyramid has above the last of its maps.
type PyramidTop int

const (
	NoTop   PyramidTop = iota
	TopPool            // every second pixel of the last level (Lin et al. 2017, section 4.1)
	// TopConvs are two levels by 3x3 convolutions of stride 2, p6 of the last level and p7 of
	// the activated p6 (Lin et al. 2017, "Focal Loss", section 4, where p6 is of the last map).
	TopConvs
)

// FeaturePyramid makes maps [N H W C] of different sizes and channels, the largest first, maps
// of one number of channels that all know what the smaller ones do (Lin et al. 2017, "Feature
// Pyramid Networks for Object Detection", section 3): each is projected, added to the level
// above it, brought to its size, and convolved. It returns the levels, those of the top last.
// Tensors have the names of torchvision's FeaturePyramidNetwork.
func FeaturePyramid(b *graph.Builder, name string, maps []*gorgonia.Node, p Pyramid) []*gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	b = b.Scope(name)
	if len(maps) == 0 || p.Channels < 0 || p.Top < NoTop || p.Top > TopConvs {
		b.Fail(errors.Errorf("blocks: %s: a pyramid needs a map, no negative channels and a known top, got %d maps, %d channels and %d", b.Name(), len(maps), p.Channels, p.Top))
		return nil
	}
	if p.Channels == 0 {
		p.Channels = 256
	}
	conv := func(layer string, x *gorgonia.Node, kernel, stride int) *gorgonia.Node {
		y := b.Conv(layer, x, graph.Conv{Out: p.Channels, Kernel: kernel, Stride: stride, Pad: kernel / 2, Bias: true, Init: uniformLeCun})
		b.Initialize(layer+".bias", 0)
		return y
	}
	levels := make([]*gorgonia.Node, len(maps))
	var above *gorgonia.Node
	for i := len(maps) - 1; i >= 0; i-- {
		y := conv(fmt.Sprintf("inner_blocks.%d.0", i), maps[i], 1, 1)
		if b.Err() != nil {
			return nil
		}
		if above != nil {
			layer := fmt.Sprintf("top_down.%d", i)
			y = b.Add(layer+".add", y, b.Resize(layer, above, y.Shape()[1], y.Shape()[2], graph.Nearest), graph.Identity)
		}
		levels[i] = conv(fmt.Sprintf("layer_blocks.%d.0", i), y, 3, 1)
		above = y
	}
	last := levels[len(levels)-1]
	switch p.Top {
	case TopPool:
		levels = append(levels, b.Subsample("pool", last, p.Channels, 2))
	case TopConvs:
		p6 := conv("extra_blocks.p6", last, 3, 2)
		levels = append(levels, p6, conv("extra_blocks.p7", b.Activate("extra_blocks.relu", p6, graph.ReLU), 3, 2))
	}
	if b.Err() != nil {
		return nil
	}
	return levels
}

// uniformLeCun is uniform with variance 1/fan.In.
func uniformLeCun(values []float32, fan graph.Fan, rng *rand.Rand) {
	graph.UniformFanIn(values, fan, rng)
	for i := range values {
		values[i] *= float32(math.Sqrt(3))
	}
}

// Levels is how many levels it is.
func (t PyramidTop) Levels() int { return map[PyramidTop]int{TopPool: 1, TopConvs: 2}[t] }
