package resnet

import (
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/pkg/errors"
)

// CIFAR is the paper's network of 6n+2 layers for pictures of 32x32 (He et al.
// 2015, section 4.2): stages of 16, 32 and 64 channels with n units each and
// shortcuts of kind A throughout.
func CIFAR(depth, classes int) (Config, error) {
	if depth < 8 || depth%6 != 2 {
		return Config{}, errors.Errorf("resnet: a CIFAR network has 6n+2 layers (8, 14, 20, 32, 44, 56, 110, ...), not %d", depth)
	}
	n := (depth - 2) / 6
	return Config{
		Name:     "resnet" + strconv.Itoa(depth),
		Block:    blocks.BasicBlock,
		Stages:   []Stage{{n, 16, 1}, {n, 32, 2}, {n, 64, 2}},
		Shortcut: blocks.ShortcutA,
		Classes:  classes,
	}, nil
}

// PlainCIFAR is the same network without shortcuts.
func PlainCIFAR(depth, classes int) (Config, error) {
	c, err := CIFAR(depth, classes)
	c.Name = "plain" + strconv.Itoa(depth)
	c.Shortcut = blocks.ShortcutNone
	return c, err
}

// Lookup finds a network by name: resnetN or plainN with N = 6n+2 layers.
func Lookup(name string, classes int) (Config, error) {
	for prefix, make := range map[string]func(depth, classes int) (Config, error){"resnet": CIFAR, "plain": PlainCIFAR} {
		digits, ok := strings.CutPrefix(name, prefix)
		if depth, err := strconv.Atoi(digits); ok && err == nil {
			return make(depth, classes)
		}
	}
	return Config{}, errors.Errorf("resnet: unknown model %q; there are resnetN and plainN with N = 6n+2 layers (8, 14, 20, 32, 44, 56, 110, 1202, ...)", name)
}
