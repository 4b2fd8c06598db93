package resnet

import (
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/pkg/errors"
)

// Options adapt a named network. Zero values leave it as its paper has it.
type Options struct {
	Classes  int             // 0 means 1000 for networks of ImageNet, 10 for those of CIFAR
	Input    int             // 0 means 224 or 32; below 64, a network of ImageNet gets the stem for CIFAR
	Shortcut blocks.Shortcut // for residual networks
	// ZeroInitResidual starts the last scale of every unit at 0, so that units
	// begin as the identity (Goyal et al. 2017, section 5.1).
	ZeroInitResidual bool
}

// The kinds of unit, by the papers' names.
var (
	basic            = kind{blocks.BasicBlock, 2, false}
	bottleneck       = kind{blocks.Bottleneck, 3, false}
	preActBasic      = kind{blocks.PreActBlock, 2, true}
	preActBottleneck = kind{blocks.PreActBottleneck, 3, true}
)

type kind struct {
	block  blocks.Block
	layers int // on the residual branch
	preAct bool
}

// named are the networks of ImageNet, and those of CIFAR outside the paper's
// family: a row each.
var named = []struct {
	name  string
	stem  Stem
	kind  kind
	units []int // of each stage
	unit  blocks.Unit
}{
	// He et al. 2015, table 1.
	{"resnet18", StemImageNet, basic, []int{2, 2, 2, 2}, blocks.Unit{}},
	{"resnet34", StemImageNet, basic, []int{3, 4, 6, 3}, blocks.Unit{}},
	{"resnet50", StemImageNet, bottleneck, []int{3, 4, 6, 3}, blocks.Unit{}},
	{"resnet101", StemImageNet, bottleneck, []int{3, 4, 23, 3}, blocks.Unit{}},
	{"resnet152", StemImageNet, bottleneck, []int{3, 8, 36, 3}, blocks.Unit{}},
	{"plain18", StemImageNet, basic, []int{2, 2, 2, 2}, blocks.Unit{Shortcut: blocks.ShortcutNone}},
	{"plain34", StemImageNet, basic, []int{3, 4, 6, 3}, blocks.Unit{Shortcut: blocks.ShortcutNone}},
	// The same with the stride where that paper has it.
	{"resnet50_2015", StemImageNet, bottleneck, []int{3, 4, 6, 3}, blocks.Unit{StrideFirst: true}},
	{"resnet101_2015", StemImageNet, bottleneck, []int{3, 4, 23, 3}, blocks.Unit{StrideFirst: true}},
	{"resnet152_2015", StemImageNet, bottleneck, []int{3, 8, 36, 3}, blocks.Unit{StrideFirst: true}},
	// He et al. 2016.
	{"preact_resnet18", StemImageNet, preActBasic, []int{2, 2, 2, 2}, blocks.Unit{}},
	{"preact_resnet34", StemImageNet, preActBasic, []int{3, 4, 6, 3}, blocks.Unit{}},
	{"preact_resnet50", StemImageNet, preActBottleneck, []int{3, 4, 6, 3}, blocks.Unit{}},
	{"preact_resnet101", StemImageNet, preActBottleneck, []int{3, 4, 23, 3}, blocks.Unit{}},
	{"preact_resnet152", StemImageNet, preActBottleneck, []int{3, 8, 36, 3}, blocks.Unit{}},
	{"preact_resnet200", StemImageNet, preActBottleneck, []int{3, 24, 36, 3}, blocks.Unit{}},
	{"preact_resnet110", StemCIFAR, preActBasic, []int{18, 18, 18}, blocks.Unit{Shortcut: blocks.ShortcutA}},
	{"preact_resnet164", StemCIFAR, preActBottleneck, []int{18, 18, 18}, blocks.Unit{}},
	{"preact_resnet1001", StemCIFAR, preActBottleneck, []int{111, 111, 111}, blocks.Unit{}},
	// Xie et al. 2016.
	{"resnext50_32x4d", StemImageNet, bottleneck, []int{3, 4, 6, 3}, blocks.Unit{Groups: 32, BaseWidth: 4}},
	{"resnext101_32x8d", StemImageNet, bottleneck, []int{3, 4, 23, 3}, blocks.Unit{Groups: 32, BaseWidth: 8}},
	{"resnext29_8x64d", StemCIFAR, bottleneck, []int{3, 3, 3}, blocks.Unit{Groups: 8, BaseWidth: 64}},
	// Zagoruyko and Komodakis 2016, as torchvision has them.
	{"wide_resnet50_2", StemImageNet, bottleneck, []int{3, 4, 6, 3}, blocks.Unit{BaseWidth: 128}},
	{"wide_resnet101_2", StemImageNet, bottleneck, []int{3, 4, 23, 3}, blocks.Unit{BaseWidth: 128}},
	// Hu et al. 2017.
	{"seresnet18", StemImageNet, basic, []int{2, 2, 2, 2}, blocks.Unit{Gate: blocks.SqueezeExcite(16)}},
	{"seresnet50", StemImageNet, bottleneck, []int{3, 4, 6, 3}, blocks.Unit{Gate: blocks.SqueezeExcite(16)}},
}

var vggs = []VGG{
	{About: Info{"vgg16", 16, 224, 1000}, Convs: []int{2, 2, 3, 3, 3}},
	{About: Info{"vgg19", 19, 224, 1000}, Convs: []int{2, 2, 4, 4, 4}},
	{About: Info{"vgg16_bn", 16, 224, 1000}, Convs: []int{2, 2, 3, 3, 3}, BatchNorm: true},
	{About: Info{"vgg19_bn", 19, 224, 1000}, Convs: []int{2, 2, 4, 4, 4}, BatchNorm: true},
}

// Names lists the named networks. Besides them there are resnetN and plainN for
// any other N = 6n+2, the paper's networks for CIFAR.
func Names() []string {
	var names []string
	for _, row := range named {
		names = append(names, row.name)
	}
	for _, v := range vggs {
		names = append(names, v.About.Name)
	}
	return names
}

// Lookup finds a network by name: one of Names, or resnetN or plainN with
// N = 6n+2 layers for the paper's networks for CIFAR.
func Lookup(name string, o Options) (Network, error) {
	if o.Classes < 0 || o.Input < 0 {
		return nil, errors.Errorf("resnet: %s: classes and input size cannot be negative, got %d and %d", name, o.Classes, o.Input)
	}
	for _, v := range vggs {
		if v.About.Name == name {
			v.About = o.about(v.About)
			return v, nil
		}
	}
	for i, row := range named {
		if row.name == name {
			return o.adapt(configOf(i)), nil
		}
	}
	for prefix, family := range map[string]func(depth int) (Config, error){"resnet": CIFAR, "plain": PlainCIFAR} {
		digits, ok := strings.CutPrefix(name, prefix)
		if depth, err := strconv.Atoi(digits); ok && err == nil && strconv.Itoa(depth) == digits {
			c, err := family(depth)
			if err != nil {
				return nil, err
			}
			return o.adapt(c), nil
		}
	}
	return nil, errors.Errorf("resnet: unknown model %q; there are resnetN and plainN with N = 6n+2 layers for CIFAR (20, 32, 44, 56, 110, 1202, ...) and %s",
		name, strings.Join(Names(), ", "))
}

// configOf makes the network of a row of the table.
func configOf(i int) Config {
	row := named[i]
	c := Config{About: Info{Name: row.name, Layers: 2}, Stem: row.stem, Block: row.kind.block, Unit: row.unit, PreAct: row.kind.preAct}
	planes := 64
	c.About.Input, c.About.Classes = 224, 1000
	if row.stem == StemCIFAR {
		c.About.Input, c.About.Classes = 32, 10
		if row.kind.preAct {
			planes = 16
		}
	}
	if c.Unit.Shortcut == "" {
		c.Unit.Shortcut = blocks.ShortcutB
	}
	for j, units := range row.units {
		stride := 2
		if j == 0 {
			stride = 1
		}
		c.Stages = append(c.Stages, Stage{units, planes << j, stride})
		c.About.Layers += units * row.kind.layers
	}
	return c
}

func (o Options) about(i Info) Info {
	if o.Classes > 0 {
		i.Classes = o.Classes
	}
	if o.Input > 0 {
		i.Input = o.Input
	}
	return i
}

func (o Options) adapt(c Config) Config {
	c.About = o.about(c.About)
	if c.About.Input < 64 {
		c.Stem = StemCIFAR
	}
	if o.Shortcut != "" && c.Unit.Shortcut != blocks.ShortcutNone {
		c.Unit.Shortcut = o.Shortcut
	}
	c.Unit.ZeroInit = o.ZeroInitResidual
	return c
}
