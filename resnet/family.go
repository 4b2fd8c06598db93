package resnet

import "github.com/gorgonet/gorgonet/blocks"

// row is a residual network of a paper's table.
type row struct {
	name  string
	on    pictures
	kind  kind
	units []int // of each stage
	unit  blocks.Unit
}

// kind is a kind of unit, by the papers' names.
type kind struct {
	block  blocks.Block
	layers int // on the residual branch
	preAct bool
}

var (
	basic            = kind{blocks.BasicBlock, 2, false}
	bottleneck       = kind{blocks.Bottleneck, 3, false}
	preActBasic      = kind{blocks.PreActBlock, 2, true}
	preActBottleneck = kind{blocks.PreActBottleneck, 3, true}
)

// pictures are those that a network is usually fed.
type pictures struct {
	stem           Stem
	input, classes int
	preActPlanes   int // of the first stage of a pre-activation network
}

var (
	ofImageNet = pictures{StemImageNet, 224, 1000, 64}
	ofCIFAR    = pictures{StemCIFAR, 32, 10, 16}
)

// family makes the family of a table of residual networks.
func family(paper string, year int, rows []row) Family {
	f := Family{Paper: paper, Year: year}
	for _, r := range rows {
		f.Names = append(f.Names, r.name)
	}
	f.New = func(name string, o Options) (Network, error) {
		for _, r := range rows {
			if r.name == name {
				return o.adapt(r.config()), nil
			}
		}
		return nil, ErrUnknown
	}
	return f
}

// config makes the network of a row.
func (r row) config() Config {
	c := Config{
		About: Info{Name: r.name, Layers: 2, Input: r.on.input, Classes: r.on.classes},
		Stem:  r.on.stem, Block: r.kind.block, Unit: r.unit, PreAct: r.kind.preAct,
	}
	planes := 64
	if r.kind.preAct {
		planes = r.on.preActPlanes
	}
	if c.Unit.Shortcut == "" {
		c.Unit.Shortcut = blocks.ShortcutB
	}
	for j, units := range r.units {
		stride := 2
		if j == 0 {
			stride = 1
		}
		c.Stages = append(c.Stages, Stage{Units: units, Planes: planes << j, Stride: stride})
		c.About.Layers += units * r.kind.layers
	}
	return c
}
