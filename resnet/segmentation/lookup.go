package segmentation

import (
	"strings"

	"github.com/gorgonet/gorgonet/resnet"
	"github.com/pkg/errors"
)

// Options adapt a named network. Zero values leave it as torchvision has it.
type Options struct {
	Classes int // 0 means 21, those of Pascal VOC with the background
	// OutputStride is how many times smaller than the picture the last feature map is:
	// 8, 16 or 32; 0 means 8. What is larger is faster and coarser; it changes no tensor.
	OutputStride int
	NoAuxiliary  bool // leaves the auxiliary head out
	// Dropout is the probability of dropping in the heads, where 0 leaves torchvision's
	// and a negative one stands for none.
	Dropout float64
}

// heads are the kinds of networks, by what their names begin with.
var heads = []struct {
	prefix string
	layers int // with weights, on the main path
	head   func(o Options) Head
}{
	{"fcn_", 2, func(o Options) Head { return FCN{Dropout: o.dropout(dropoutFCN)} }},
	{"deeplabv3_", 4, func(o Options) Head {
		r := 96 / o.OutputStride // Chen et al. 2017, section 3.3: half of it at 16
		return DeepLab{Channels: 256, Rates: []int{r, 2 * r, 3 * r}, Dropout: o.dropout(0.5)}
	}},
}

// usual are the backbones of Names.
var usual = []string{"resnet18", "resnet34", "resnet50", "resnet101"}

// Names lists the usual networks; Lookup knows more.
func Names() (names []string) {
	for _, h := range heads {
		for _, b := range usual {
			names = append(names, h.prefix+b)
		}
	}
	return names
}

// Lookup finds a network by name: fcn_ or deeplabv3_ and the name of a residual network
// of ImageNet that is not pre-activated.
func Lookup(name string, o Options) (Network, error) {
	if o.Classes == 0 {
		o.Classes = 21
	}
	if o.OutputStride == 0 {
		o.OutputStride = 8
	}
	switch {
	case o.Classes < 1:
		return Network{}, errors.Errorf("segmentation: %s: want at least 1 class, got %d", name, o.Classes)
	case o.OutputStride != 8 && o.OutputStride != 16 && o.OutputStride != 32:
		return Network{}, errors.Errorf("segmentation: %s: the output stride is 8, 16 or 32, not %d", name, o.OutputStride)
	case !(o.Dropout < 1):
		return Network{}, errors.Errorf("segmentation: %s: the probability of dropping is below 1, got %v", name, o.Dropout)
	}
	for _, h := range heads {
		of, ok := strings.CutPrefix(name, h.prefix)
		if !ok {
			continue
		}
		n, err := resnet.Lookup(of, resnet.Options{Dropout: -1})
		c, residual := n.(resnet.Config)
		if err != nil || !residual || c.PreAct || c.About.Input != 224 {
			break
		}
		net := Network{
			About:    resnet.Info{Name: name, Layers: c.About.Layers - 1 + h.layers, Input: 520, Classes: o.Classes},
			Backbone: c.WithOutputStride(o.OutputStride), Head: h.head(o),
		}
		if !o.NoAuxiliary {
			net.Auxiliary = FCN{Dropout: o.dropout(dropoutFCN)}
		}
		return net, nil
	}
	return Network{}, errors.Errorf("segmentation: unknown model %q; there are %s, and fcn_ and deeplabv3_ with other residual networks of ImageNet, such as fcn_resnext50_32x4d", name, strings.Join(Names(), ", "))
}

// dropout is the options' probability, or torchvision's.
func (o Options) dropout(own float64) float64 {
	if o.Dropout == 0 {
		return own
	}
	return max(o.Dropout, 0)
}
