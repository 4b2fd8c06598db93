package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/training/diffusion"
)

// network says which network; what flags leave open is that of the model.
type network struct {
	Model     string  `json:"model"`
	Channels  int     `json:"channels"`
	Multiples string  `json:"multiples"`
	Units     int     `json:"units"`
	Attention string  `json:"attention"`
	Groups    int     `json:"groups"`
	Dropout   float64 `json:"dropout"`
}

// usualDropout is the value of -dropout for that of the model.
const usualDropout = -1

// flags that say what the tensors of the network are.
var networkFlags = []string{"model", "channels", "multiples", "units", "attention", "groups"}

func (n *network) bind(f *cli.Flags) {
	f.StringVar(&n.Model, "model", "ddpm_unet_tiny_cifar", "`NETWORK`: "+strings.Join(diffusion.Names(), ", ")+"; the others of these flags change it")
	f.IntVar(&n.Channels, "channels", 0, "channels of the first level (0: the model's, as with the flags below)")
	f.StringVar(&n.Multiples, "multiples", "", "`LIST` of a multiple of -channels for each level, of half the size of the one before, such as 1,2,2,2")
	f.IntVar(&n.Units, "units", 0, "residual units of a level")
	f.StringVar(&n.Attention, "attention", "", "`LIST` of the sizes at which attention follows every residual unit, such as 16, or none")
	f.IntVar(&n.Groups, "groups", 0, "groups of the group norms")
	f.Float64Var(&n.Dropout, "dropout", usualDropout, "part of the values that dropout drops in every residual unit, such as 0.1 (default the model's)")
}

// settle fills in what the flags leave open, so that config.json is explicit, and checks
// the network for pictures of a size.
func (n *network) settle(size int) error {
	if err := cli.OneOf("model", n.Model, diffusion.Names()...); err != nil {
		return err
	}
	u, err := diffusion.Lookup(n.Model)
	if err != nil {
		return err
	}
	for _, list := range []struct {
		flag, text string
		to         *[]int
	}{{"multiples", n.Multiples, &u.Multiples}, {"attention", n.Attention, &u.Attention}} {
		if list.text == "" {
			continue
		}
		if *list.to, err = numbers(list.text); err != nil {
			return cli.Usagef("-%s: %v", list.flag, err)
		}
	}
	for _, x := range []struct {
		given int
		to    *int
	}{{n.Channels, &u.Channels}, {n.Units, &u.Units}, {n.Groups, &u.Groups}} {
		if x.given != 0 {
			*x.to = x.given
		}
	}
	if n.Dropout != usualDropout {
		if u.Dropout = n.Dropout; !(u.Dropout >= 0 && u.Dropout < 1) {
			return cli.Usagef("-dropout is 0 to below 1, not %v", n.Dropout)
		}
	}
	n.take(u)
	if err := u.Check(); err != nil {
		return cli.Usagef("%w", err)
	}
	if by := 1 << (len(u.Multiples) - 1); size%by != 0 {
		return cli.Usagef("-size %d: the network's %d levels take pictures whose sides are multiples of %d", size, len(u.Multiples), by)
	}
	return nil
}

// take has the flags say that network.
func (n *network) take(u diffusion.UNet) {
	n.Channels, n.Multiples, n.Units, n.Attention, n.Groups, n.Dropout = u.Channels, list(u.Multiples), u.Units, list(u.Attention), u.Groups, u.Dropout
}

// UNet is the network, once it is settled.
func (n *network) UNet() diffusion.UNet {
	u := diffusion.UNet{Channels: n.Channels, Units: n.Units, Groups: n.Groups, Dropout: n.Dropout}
	u.Multiples, _ = numbers(n.Multiples) // settle has looked
	u.Attention, _ = numbers(n.Attention)
	return u
}

// name is what records call the network: the model, or what it is where flags change it.
func (n *network) name() string {
	if own, err := diffusion.Lookup(n.Model); err == nil && same(own, n.UNet()) {
		return n.Model
	}
	return fmt.Sprintf("ddpm_unet_%d_%s", n.Channels, strings.ReplaceAll(n.Multiples, ",", "-"))
}

// same tells whether two networks differ in dropout at most.
func same(a, b diffusion.UNet) bool {
	a.Dropout, b.Dropout = 0, 0
	if len(a.Attention)+len(b.Attention) == 0 {
		a.Attention, b.Attention = nil, nil
	}
	return reflect.DeepEqual(a, b)
}

// none is the empty list.
const none = "none"

func list(values []int) string {
	if len(values) == 0 {
		return none
	}
	return strings.Join(strings.Fields(strings.Trim(fmt.Sprint(values), "[]")), ",")
}

func numbers(text string) (values []int, err error) {
	if text == none {
		return nil, nil
	}
	for _, part := range strings.Split(text, ",") {
		v, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || v < 1 {
			return nil, fmt.Errorf("want whole numbers of at least 1, as in 1,2,2,2, not %q", text)
		}
		values = append(values, v)
	}
	return values, nil
}

// newest is the newest checkpoint where a path is the directory of a run, otherwise the
// path.
func newest(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		if file := filepath.Join(path, "latest.safetensors"); exists(file) {
			return file
		}
	}
	return path
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// obey takes from a checkpoint which network it is of, for pictures of which size, in
// place of flags that were not given. Ones that were and say otherwise are an error. Files
// that say nothing change nothing.
func (s *options) obey(flags *cli.Flags) error {
	setup, card, err := diffusion.ReadSetup(s.Weights)
	if err != nil || setup == nil {
		return err
	}
	given := flags.Given()
	for _, name := range networkFlags {
		if given[name] && !same(setup.Network, s.UNet()) {
			return cli.Usagef("%s holds a %s, which has other layers than -%s asks for; leave the flag out", s.Weights, printable.Name(card.Model), name)
		}
	}
	dropout := s.Dropout
	s.network.take(setup.Network)
	if given["dropout"] {
		s.Dropout = dropout
	}
	if _, err := diffusion.Lookup(card.Model); err == nil {
		s.Model = card.Model
	}
	if given["size"] && len(card.Shape) == 3 && s.Size != card.Shape[0] {
		return cli.Usagef("%s is for pictures of %dx%d; leave -size out", s.Weights, card.Shape[0], card.Shape[1])
	}
	if len(card.Shape) == 3 {
		s.Size = card.Shape[0]
	}
	s.setup = setup
	return nil
}
