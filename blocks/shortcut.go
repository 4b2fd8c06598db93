package blocks

import (
	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Shortcut is how a unit's input reaches its end (He et al. 2015, section 3.3
// and table 3).
type Shortcut string

const (
	// ShortcutNone makes a plain unit.
	ShortcutNone Shortcut = "none"
	// ShortcutA is the identity, subsampled and zero-padded where shapes change:
	// no parameters.
	ShortcutA Shortcut = "A"
	// ShortcutB is the identity, and a 1x1 projection where shapes change.
	ShortcutB Shortcut = "B"
	// ShortcutC is a projection everywhere.
	ShortcutC Shortcut = "C"
	// ShortcutD is B with a 2x2 average pooling before the projection, in place of its
	// stride (He et al. 2018, "Bag of Tricks", figure 2c): that of ResNet-D.
	ShortcutD Shortcut = "D"
)

// ParseShortcut reads A, B, C or none.
func ParseShortcut(s string) (Shortcut, error) {
	switch k := Shortcut(s); k {
	case ShortcutNone, ShortcutA, ShortcutB, ShortcutC:
		return k, nil
	}
	return "", errors.Errorf("blocks: unknown shortcut %q; there are A, B, C and none", s)
}

// projects tells whether the shortcut from x is a 1x1 convolution.
func (k Shortcut) projects(b *graph.Builder, x *gorgonia.Node, channels, stride int) bool {
	return b.Err() == nil && (k == ShortcutC || k == ShortcutB && !identity(x, channels, stride))
}

func identity(x *gorgonia.Node, channels, stride int) bool {
	return stride <= 1 && x.Shape()[3] == channels
}

// shortcut brings x [N H W C] to the given channels and the unit's stride. A
// projection is a 1x1 convolution and a norm, downsample.0 and .1 as in torchvision;
// behind an average, which is downsample.0, they are .1 and .2 as in timm.
func (u Unit) shortcut(b *graph.Builder, x *gorgonia.Node, channels int) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	stride := max(u.Stride, 1) // 0 means 1, as for convolutions
	switch k := u.Shortcut; {
	case k == ShortcutD && !identity(x, channels, stride):
		if stride > 1 {
			x = b.Pool("downsample.0", x, graph.Pool{Kind: graph.KindAvgPool, Size: stride, Ceil: true, ExcludePad: true})
		}
		x = b.Conv("downsample.1", x, graph.Conv{Out: channels, Kernel: 1})
		return b.Norm("downsample.2", x, u.Norm)
	case k.projects(b, x, channels, stride):
		x = b.Conv("downsample.0", x, graph.Conv{Out: channels, Kernel: 1, Stride: stride})
		return b.Norm("downsample.1", x, u.Norm)
	case k != ShortcutA && k != ShortcutB && k != ShortcutD:
		b.Fail(errors.Errorf("blocks: %s: unknown shortcut %q", b.Name(), k))
		return nil
	case identity(x, channels, stride):
		return x
	}
	return b.Subsample("shortcut", x, channels, stride)
}
