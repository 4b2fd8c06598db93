package resnet

import "github.com/gorgonet/gorgonet/blocks"

// ResNeXt: the inner convolutions of a bottleneck in groups.
var _ = register(family("Xie et al. 2016", 2016, []row{
	{"resnext50_32x4d", ofImageNet, bottleneck, []int{3, 4, 6, 3}, blocks.Unit{Groups: 32, BaseWidth: 4}},
	{"resnext101_32x4d", ofImageNet, bottleneck, []int{3, 4, 23, 3}, blocks.Unit{Groups: 32, BaseWidth: 4}},
	{"resnext101_32x8d", ofImageNet, bottleneck, []int{3, 4, 23, 3}, blocks.Unit{Groups: 32, BaseWidth: 8}},
	{"resnext101_64x4d", ofImageNet, bottleneck, []int{3, 4, 23, 3}, blocks.Unit{Groups: 64, BaseWidth: 4}},
	{"resnext29_8x64d", ofCIFAR, bottleneck, []int{3, 3, 3}, blocks.Unit{Groups: 8, BaseWidth: 64}},
}))

// Wide ResNet, as torchvision has it.
var _ = register(family("Zagoruyko and Komodakis 2016", 2016, []row{
	{"wide_resnet50_2", ofImageNet, bottleneck, []int{3, 4, 6, 3}, blocks.Unit{BaseWidth: 128}},
	{"wide_resnet101_2", ofImageNet, bottleneck, []int{3, 4, 23, 3}, blocks.Unit{BaseWidth: 128}},
}))

// Squeeze and excitation.
var _ = register(family("Hu et al. 2017", 2017, []row{
	{"seresnet18", ofImageNet, basic, []int{2, 2, 2, 2}, blocks.Unit{Gate: blocks.SqueezeExcite(16)}},
	{"seresnet50", ofImageNet, bottleneck, []int{3, 4, 6, 3}, blocks.Unit{Gate: blocks.SqueezeExcite(16)}},
	{"seresnet101", ofImageNet, bottleneck, []int{3, 4, 23, 3}, blocks.Unit{Gate: blocks.SqueezeExcite(16)}},
	{"seresnet152", ofImageNet, bottleneck, []int{3, 8, 36, 3}, blocks.Unit{Gate: blocks.SqueezeExcite(16)}},
}))
