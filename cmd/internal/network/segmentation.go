package network

import (
	"fmt"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/resnet/segmentation"
)

// Segmentation names a network for segmentation.
type Segmentation struct {
	Model  string `json:"model"`
	Stride int    `json:"output_stride"`
}

// Bind binds it to flags; model is the default.
func (n *Segmentation) Bind(f *cli.Flags, model string) {
	f.StringVar(&n.Model, "model", model, "`NETWORK`: "+strings.Join(segmentation.Names(), ", ")+", or fcn_ and deeplabv3_ with another residual network; fcn_resnet20 is a small one for small pictures")
	f.IntVar(&n.Stride, "output-stride", 8, "how many times smaller than the picture the last feature map is: 8 (torchvision's), 16 or 32, faster and coarser; 4 whatever is said with a network of CIFAR")
}

// Check finds a network that does not exist.
func (n Segmentation) Check() error {
	_, err := n.Lookup(0)
	return err
}

// Lookup finds the network for so many classes, 0 meaning 21.
func (n Segmentation) Lookup(classes int) (segmentation.Network, error) {
	if n.Stride != 8 && n.Stride != 16 && n.Stride != 32 {
		return segmentation.Network{}, cli.Usagef("-output-stride is 8, 16 or 32, not %d", n.Stride)
	}
	found, err := segmentation.Lookup(n.Model, segmentation.Options{Classes: classes, OutputStride: n.Stride})
	if err != nil {
		return found, cli.Usagef("%w%s", err, cli.DidYouMean(n.Model, segmentation.Names()))
	}
	return found, nil
}

// Name is what records call the network.
func (n Segmentation) Name() string {
	if n.Stride == 8 {
		return n.Model
	}
	return fmt.Sprintf("%s-os%d", n.Model, n.Stride)
}

// Obey takes the name of the network that a file of weights says it is of, in place of
// flags that were not given. One that was and says otherwise is an error, unless the
// name is of none that there is: then the flags are needed.
func (n *Segmentation) Obey(file, model string, flags *cli.Flags) error {
	own := Segmentation{Model: model, Stride: 8}
	for _, stride := range []int{16, 32} {
		if name, ok := strings.CutSuffix(model, fmt.Sprint("-os", stride)); ok {
			own = Segmentation{name, stride}
		}
	}
	given, unknown := flags.Given(), own.Check() != nil
	switch {
	case unknown && !given["model"]:
		return cli.Usagef("%s holds a network called %s, which is none that there is here; say with -model which it is", file, printable.Name(model))
	case unknown:
	case (given["model"] || given["output-stride"]) && n.Name() != model:
		return cli.Usagef("%s holds a %s, not a %s; leave -model and -output-stride out", file, model, n.Name())
	default:
		*n = own
	}
	return nil
}
