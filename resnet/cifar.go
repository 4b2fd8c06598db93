package resnet

import (
	"strconv"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/pkg/errors"
)

// CIFAR is the paper's network of 6n+2 layers for pictures of 32x32 (He et al.
// 2015, section 4.2): stages of 16, 32 and 64 channels with n units each and
// shortcuts of kind A throughout.
func CIFAR(depth int) (Config, error) {
	if depth < 8 || depth%6 != 2 {
		return Config{}, errors.Errorf("resnet: a CIFAR network has 6n+2 layers (8, 14, 20, 32, 44, 56, 110, ...), not %d", depth)
	}
	n := (depth - 2) / 6
	return Config{
		About:  Info{Name: "resnet" + strconv.Itoa(depth), Layers: depth, Input: 32, Classes: 10},
		Block:  blocks.BasicBlock,
		Unit:   blocks.Unit{Shortcut: blocks.ShortcutA},
		Stages: []Stage{{n, 16, 1}, {n, 32, 2}, {n, 64, 2}},
	}, nil
}

// PlainCIFAR is the same network without shortcuts.
func PlainCIFAR(depth int) (Config, error) {
	c, err := CIFAR(depth)
	c.About.Name = "plain" + strconv.Itoa(depth)
	c.Unit.Shortcut = blocks.ShortcutNone
	return c, err
}
