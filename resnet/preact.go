package resnet

import "github.com/gorgonet/gorgonet/blocks"

// Pre-activation networks.
var _ = register(family("He et al. 2016", 2016, []row{
	{"preact_resnet18", ofImageNet, preActBasic, []int{2, 2, 2, 2}, blocks.Unit{}},
	{"preact_resnet34", ofImageNet, preActBasic, []int{3, 4, 6, 3}, blocks.Unit{}},
	{"preact_resnet50", ofImageNet, preActBottleneck, []int{3, 4, 6, 3}, blocks.Unit{}},
	{"preact_resnet101", ofImageNet, preActBottleneck, []int{3, 4, 23, 3}, blocks.Unit{}},
	{"preact_resnet152", ofImageNet, preActBottleneck, []int{3, 8, 36, 3}, blocks.Unit{}},
	{"preact_resnet200", ofImageNet, preActBottleneck, []int{3, 24, 36, 3}, blocks.Unit{}},
	{"preact_resnet110", ofCIFAR, preActBasic, []int{18, 18, 18}, blocks.Unit{Shortcut: blocks.ShortcutA}},
	{"preact_resnet164", ofCIFAR, preActBottleneck, []int{18, 18, 18}, blocks.Unit{}},
	{"preact_resnet1001", ofCIFAR, preActBottleneck, []int{111, 111, 111}, blocks.Unit{}},
}))
