package diffusion

import (
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// named are the networks that have names.
var named = map[string]UNet{
	// Ho et al. 2020, appendix B: for CIFAR-10, and for 256x256 pictures.
	"ddpm_unet_cifar": CIFAR(128),
	"ddpm_unet_256":   {Channels: 128, Multiples: []int{1, 1, 2, 2, 4, 4}, Units: 2, Attention: []int{16}},

	// One for a processor and half an hour: as much attention, less of all else.
	"ddpm_unet_tiny_cifar": {Channels: 32, Multiples: []int{1, 2, 4}, Units: 1, Attention: []int{8}},
}

// Names are those that Lookup knows, in the order of the alphabet.
func Names() []string { return slices.Sorted(maps.Keys(named)) }

// Lookup is the network of a name: ddpm_unet_cifar and ddpm_unet_256 are the paper's, with
// 35,746,307 and 113,673,219 parameters, ddpm_unet_tiny_cifar has 2,736,099.
func Lookup(name string) (UNet, error) {
	u, known := named[name]
	if !known {
		return u, errors.Errorf("diffusion: unknown network %q; there are %s", name, strings.Join(Names(), ", "))
	}
	u.Multiples, u.Attention = slices.Clone(u.Multiples), slices.Clone(u.Attention)
	return u, nil
}
