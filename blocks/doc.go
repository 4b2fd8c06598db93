// Package blocks emits the units that networks are made of, as subgraphs on a
// graph.Builder. There are the basic and bottleneck units of He et al. 2015 with their
// shortcuts, the pre-activated ones of 2016, plain twins, and squeeze and excitation; the
// inverted ones of EfficientNet, [MBConv] and [FusedMBConv], and [ConvNeXtBlock]; and
// [EncoderBlock], a Transformer's, whose [Encoder] says where its norms and shortcuts are.
//
// A [Block] is a function from a unit's input to its output; a [Unit] says what is the same
// for all: channels, stride, shortcut, groups, norm, activation. The Example emits one and
// lists its tensors; a block of one's own is in the Example of resnet.Config.
//
// Against PyTorch 1.13 in float64, outputs and gradients of units of every kind are within
// 1e-5 (relative L2, with AVX-512; go test -v ./blocks prints the errors).
package blocks
