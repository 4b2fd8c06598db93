package diffusion

import (
	"fmt"
	"math"
	"slices"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// TimeField is the field of a step's embedding, [1 1 Channels]; see Embed.
const TimeField = "time"

// UNet is the denoising network of Ho et al. 2020, appendix B: from a noisy picture and
// the embedding of its step it predicts the noise. Its tensors have the names of the
// PyTorch port of Song et al. 2021.
type UNet struct {
	Channels  int   `json:"channels"`  // of the first level
	Multiples []int `json:"multiples"` // of Channels at each level; a level has half the size of the one before
	Units     int   `json:"units"`     // residual units of a level on the way down; one more on the way up
	Attention []int `json:"attention"` // sizes of pictures at which attention follows every residual unit
	// Groups of the group norms; 0 means a quarter of Channels, and at most 32. With as
	// many groups as channels a norm would take away what a unit adds for its step, which
	// is a constant of each channel.
	Groups  int     `json:"groups"`
	Dropout float64 `json:"dropout"`
}

// CIFAR is the paper's network for 32x32 pictures, of 35,746,307 parameters where
// channels are 128; with fewer it is one to try things with.
func CIFAR(channels int) UNet {
	return UNet{Channels: channels, Multiples: []int{1, 2, 2, 2}, Units: 2, Attention: []int{16}, Dropout: 0.1}
}

// Embed writes the sinusoidal embedding of a step, sines and then cosines of frequencies
// from 1 to 1/10000 (Vaswani et al. 2017, section 3.5), to as many values as dst has.
func Embed(step int, dst []float32) {
	half := len(dst) / 2
	for i := range half {
		angle := float64(step) * math.Exp(-math.Log(10000)*float64(i)/float64(half-1))
		dst[i], dst[half+i] = float32(math.Sin(angle)), float32(math.Cos(angle))
	}
}

// Fields is the step's embedding.
func (u UNet) Fields([]int) []training.Field {
	return []training.Field{{Name: TimeField, Shape: []int{1, 1, u.Channels}}}
}

// BuildFields predicts the noise of the pictures.
func (u UNet) BuildFields(b *graph.Builder, in map[string]*gorgonia.Node) gorgonia.Nodes {
	return gorgonia.Nodes{u.emit(b, in["images"], in[TimeField])}
}

// Build is BuildFields with an input of its own, TimeField [N 1 1 Channels].
func (u UNet) Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if x == nil || u.Channels < 1 {
		return u.emit(b, x, nil)
	}
	return u.emit(b, x, b.Input(TimeField, x.Shape()[0], 1, 1, u.Channels))
}

// The most that Check takes, to keep a network within a usual machine's memory.
const maxChannels, maxMultiple, maxUnits, maxLevels = 1024, 16, 16, 8

// Check says what is wrong with the network, whatever the pictures.
func (u UNet) Check() error {
	switch levels := len(u.Multiples); {
	case u.Channels < 4 || u.Channels > maxChannels || u.Channels%2 != 0 || u.Units < 1 || u.Units > maxUnits || levels == 0 || slices.Min(u.Multiples) < 1:
		return errors.Errorf("diffusion: a U-Net needs even Channels of 4 to %d, Units of 1 to %d and Multiples of at least 1, got %d, %d and %v",
			maxChannels, maxUnits, u.Channels, u.Units, u.Multiples)
	case levels > maxLevels || slices.Max(u.Multiples) > maxMultiple:
		return errors.Errorf("diffusion: a U-Net has at most %d Multiples of at most %d, got %v", maxLevels, maxMultiple, u.Multiples)
	case !(u.Dropout >= 0 && u.Dropout < 1):
		return errors.Errorf("diffusion: a U-Net's Dropout is 0 to below 1, got %v", u.Dropout)
	}
	for _, m := range u.Multiples {
		if groups := u.groups(); groups < 1 || u.Channels*m%groups != 0 {
			return errors.Errorf("diffusion: %d channels do not fall into %d equal groups for the norms", u.Channels*m, groups)
		}
	}
	return nil
}

func (u UNet) groups() int {
	if u.Groups == 0 {
		return min(32, max(u.Channels/4, 1))
	}
	return u.Groups
}

// check is Check with the inputs.
func (u UNet) check(x, t *gorgonia.Node) error {
	if err := u.Check(); err != nil {
		return err
	}
	switch {
	case x == nil || t == nil || x.Dims() != 4:
		return errors.New("diffusion: a U-Net takes pictures [N H W C] and times [N 1 1 Channels]")
	}
	if by := 1 << (len(u.Multiples) - 1); x.Shape()[1]%by != 0 || x.Shape()[2]%by != 0 {
		return errors.Errorf("diffusion: a U-Net of %d levels takes pictures whose sides are multiples of %d, got %dx%d", len(u.Multiples), by, x.Shape()[1], x.Shape()[2])
	}
	return nil
}

func (u UNet) emit(b *graph.Builder, x, t *gorgonia.Node) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	if err := u.check(x, t); err != nil {
		b.Fail(err)
		return nil
	}
	d := blocks.Denoising{Groups: u.groups(), Dropout: u.Dropout}
	colours := x.Shape()[3]
	t = u.time(b, t)
	level := func(name string, h *gorgonia.Node, i, j int) *gorgonia.Node {
		h = d.TimeUnit(b, fmt.Sprintf("%s.%d.block.%d", name, i, j), h, t, u.Channels*u.Multiples[i])
		if h != nil && slices.Contains(u.Attention, h.Shape()[1]) {
			h = d.AttentionUnit(b, fmt.Sprintf("%s.%d.attn.%d", name, i, j), h)
		}
		return h
	}
	h := blocks.FanAverage(b, "conv_in", x, graph.Conv{Out: u.Channels, Kernel: 3, Pad: 1}, 1)
	skips := gorgonia.Nodes{h}
	for i := range u.Multiples {
		for j := range u.Units {
			h = level("down", h, i, j)
			skips = append(skips, h)
		}
		if i < len(u.Multiples)-1 && h != nil {
			// Padding at the right and at the bottom alone, as TensorFlow pads at stride 2.
			h = blocks.FanAverage(b, fmt.Sprintf("down.%d.downsample.conv", i), h, graph.Conv{Out: h.Shape()[3], Kernel: 3, Stride: 2, Pads: [4]int{0, 0, 1, 1}}, 1)
			skips = append(skips, h)
		}
	}
	if h == nil {
		return nil
	}
	width := h.Shape()[3]
	h = d.TimeUnit(b, "mid.block_1", h, t, width)
	h = d.TimeUnit(b, "mid.block_2", d.AttentionUnit(b, "mid.attn_1", h), t, width)
	for i := len(u.Multiples) - 1; i >= 0; i-- {
		for j := range u.Units + 1 {
			last := len(skips) - 1
			h = level("up", b.Concat(fmt.Sprintf("up.%d.concat.%d", i, j), h, skips[last]), i, j)
			skips = skips[:last]
		}
		if i > 0 && h != nil {
			name, shape := fmt.Sprintf("up.%d.upsample", i), h.Shape()
			h = b.Resize(name, h, 2*shape[1], 2*shape[2], graph.Nearest)
			h = blocks.FanAverage(b, name+".conv", h, graph.Conv{Out: shape[3], Kernel: 3, Pad: 1}, 1)
		}
	}
	h = b.Norm("norm_out", h, d.Norm(graph.SiLU))
	return blocks.FanAverage(b, "conv_out", h, graph.Conv{Out: colours, Kernel: 3, Pad: 1}, 1e-10)
}

// time is the activated embedding that every residual unit projects.
func (u UNet) time(b *graph.Builder, t *gorgonia.Node) *gorgonia.Node {
	for i := range 2 {
		layer := fmt.Sprintf("temb.dense.%d", i)
		t = b.Linear(layer, t, 4*u.Channels)
		b.InitializeBy(layer+".weight", graph.XavierUniform)
		b.Initialize(layer+".bias", 0)
		t = b.Activate(fmt.Sprintf("temb.swish.%d", i), t, graph.SiLU)
	}
	return t
}
