package resnet

import (
	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// The tweaks of "Bag of Tricks" (section 4): C has three 3x3 convolutions in place of
// the 7x7, D projects what was averaged too. Its B, the stride in the 3x3, is what
// resnet50 has. Tensors have timm's names.
var _ = register(family("He et al. 2018", 2018, []row{
	{"resnet50c", ofDeepStem, bottleneck, []int{3, 4, 6, 3}, blocks.Unit{}},
	{"resnet18d", ofDeepStem, basic, []int{2, 2, 2, 2}, blocks.Unit{Shortcut: blocks.ShortcutD}},
	{"resnet34d", ofDeepStem, basic, []int{3, 4, 6, 3}, blocks.Unit{Shortcut: blocks.ShortcutD}},
	{"resnet50d", ofDeepStem, bottleneck, []int{3, 4, 6, 3}, blocks.Unit{Shortcut: blocks.ShortcutD}},
	{"resnet101d", ofDeepStem, bottleneck, []int{3, 4, 23, 3}, blocks.Unit{Shortcut: blocks.ShortcutD}},
	{"resnet152d", ofDeepStem, bottleneck, []int{3, 8, 36, 3}, blocks.Unit{Shortcut: blocks.ShortcutD}},
}))

var ofDeepStem = pictures{StemDeep, 224, 1000, 64}

// StemDeep is StemImageNet with three 3x3 convolutions, the first of stride 2 and the
// first two of half the planes, in place of the 7x7.
func StemDeep(b *graph.Builder, x *gorgonia.Node, u blocks.Unit) *gorgonia.Node {
	y := b.Norm("conv1.1", b.Conv("conv1.0", x, graph.Conv{Out: u.Planes / 2, Kernel: 3, Stride: 2, Pad: 1}), u.ActivatedNorm())
	y = b.Norm("conv1.4", b.Conv("conv1.3", y, graph.Conv{Out: u.Planes / 2, Kernel: 3, Pad: 1}), u.ActivatedNorm())
	y = b.Conv("conv1.6", y, graph.Conv{Out: u.Planes, Kernel: 3, Pad: 1})
	return b.MaxPool("maxpool", b.Norm("bn1", y, u.ActivatedNorm()), 3, 2, 1)
}
