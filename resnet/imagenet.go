package resnet

import "github.com/gorgonet/gorgonet/blocks"

// The networks of He et al. 2015, table 1, with the stride of a bottleneck in its
// 3x3 as torchvision has it, their plain twins, and the same with the stride where
// the paper has it.
var _ = register(family("He et al. 2015", 2015, []row{
	{"resnet18", ofImageNet, basic, []int{2, 2, 2, 2}, blocks.Unit{}},
	{"resnet34", ofImageNet, basic, []int{3, 4, 6, 3}, blocks.Unit{}},
	{"resnet50", ofImageNet, bottleneck, []int{3, 4, 6, 3}, blocks.Unit{}},
	{"resnet101", ofImageNet, bottleneck, []int{3, 4, 23, 3}, blocks.Unit{}},
	{"resnet152", ofImageNet, bottleneck, []int{3, 8, 36, 3}, blocks.Unit{}},
	{"plain18", ofImageNet, basic, []int{2, 2, 2, 2}, blocks.Unit{Shortcut: blocks.ShortcutNone}},
	{"plain34", ofImageNet, basic, []int{3, 4, 6, 3}, blocks.Unit{Shortcut: blocks.ShortcutNone}},
	{"resnet50_2015", ofImageNet, bottleneck, []int{3, 4, 6, 3}, blocks.Unit{StrideFirst: true}},
	{"resnet101_2015", ofImageNet, bottleneck, []int{3, 4, 23, 3}, blocks.Unit{StrideFirst: true}},
	{"resnet152_2015", ofImageNet, bottleneck, []int{3, 8, 36, 3}, blocks.Unit{StrideFirst: true}},
}))
