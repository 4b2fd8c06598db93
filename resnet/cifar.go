package resnet

import (
	"slices"
	"strconv"
	"strings"

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
		Stages: []Stage{{Units: n, Planes: 16, Stride: 1}, {Units: n, Planes: 32, Stride: 2}, {Units: n, Planes: 64, Stride: 2}},
	}, nil
}

var _ = register(Family{
	Paper: "He et al. 2015", Year: 2015,
	Rule: "resnetN and plainN with N = 6n+2 layers for CIFAR (20, 32, 44, 56, 110, 1202, ...)",
	New: func(name string, o Options) (Network, error) {
		for prefix, make := range map[string]func(depth int) (Config, error){"resnet": CIFAR, "plain": PlainCIFAR} {
			digits, ok := strings.CutPrefix(name, prefix)
			if depth, err := strconv.Atoi(digits); ok && err == nil && strconv.Itoa(depth) == digits && !slices.Contains(Names(), name) {
				c, err := make(depth)
				if err != nil {
					return nil, err
				}
				return o.adapt(c), nil
			}
		}
		return nil, ErrUnknown
	},
})

// PlainCIFAR is the same network without shortcuts.
func PlainCIFAR(depth int) (Config, error) {
	c, err := CIFAR(depth)
	c.About.Name = "plain" + strconv.Itoa(depth)
	c.Unit.Shortcut = blocks.ShortcutNone
	return c, err
}
