package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/network"
	"github.com/gorgonet/gorgonet/cmd/internal/pretrained"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

const about = `Convert writes the tensors of IN to OUT, bit for bit, under torchvision's names. IN is a file of
PyTorch's torch.save (a state dict, a checkpoint that has one or several, a whole model) or a
safetensors file, whatever its name; OUT ends in .safetensors, .pth or .pt. Only the network's
tensors are kept, not a checkpoint's optimizer, and in safetensors what a checkpoint of this project
says of its network. float64 becomes float32; other types stay.`

func main() { cli.Main(run) }

func run(ctx context.Context, flags *cli.Flags, args []string) error {
	var choice pretrained.Flags
	model := flags.String("model", "", "`NETWORK`: take the tensors of this network, one that cmd/summary -all lists; say what differs and end if they are not there")
	classes := flags.Int("classes", 0, "number of classes for -model (0: the network's usual)")
	keep := flags.Bool("keep-names", false, "without -model, leave the names as they are")
	choice.Bind(flags)
	files, err := cli.ParseArgs(flags, about, args, "IN", "OUT")
	if err != nil {
		return err
	}
	if *classes < 0 {
		return cli.Usagef("-classes cannot be negative")
	}
	var named resnet.Network
	if *model != "" {
		if named, err = network.Lookup(*model, resnet.Options{Classes: *classes}); err != nil {
			return err
		}
	}
	in, out := files[0], files[1]
	if same(in, out) {
		return cli.Usagef("%s is both IN and OUT; a checkpoint would lose what its run needs to go on", in)
	}
	given, taken, err := take(in, named, choice.Options())
	if err != nil {
		return pretrained.Explain(err)
	}
	arrays := given
	if *model == "" && !*keep {
		arrays = weights.TorchvisionNames(given)
	}
	if err := write(out, arrays, in, taken); err != nil {
		return err
	}
	pretrained.Print(os.Stdout, in, taken)
	report(given, arrays)
	cli.Textf("%s holds %d tensors, %d values\n", out, len(arrays), count(arrays))
	return nil
}

// take reads the tensors of a network or, for nil, those that a file holds for any.
func take(in string, network resnet.Network, o weights.FitOptions) ([]weights.Array, weights.Taken, error) {
	f, err := weights.Open(in)
	if err != nil {
		return nil, weights.Taken{}, err
	}
	if network == nil {
		arrays, taken, err := f.Arrays(o.Key)
		if err != nil {
			err = fmt.Errorf("%s: %w", in, err)
		}
		return arrays, taken, err
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{})
	side := network.Info().Input
	network.Build(b, b.Input("x", 1, side, side, 3))
	if err := b.Err(); err != nil {
		return nil, weights.Taken{}, err
	}
	o.Counters = true
	arrays, taken, err := f.Fit(b.State().Specs(), o)
	if err != nil {
		err = fmt.Errorf("%s is not for %s: %w", in, network.Info().Name, err)
	}
	return arrays, taken, err
}

// same tells whether two paths lead to one file.
func same(a, b string) bool {
	i, err := os.Stat(a)
	if err != nil {
		return false
	}
	k, err := os.Stat(b)
	return err == nil && os.SameFile(i, k)
}

// write writes the tensors and, where the file can hold it, what the file that they are
// from says of its network.
func write(out string, arrays []weights.Array, in string, taken weights.Taken) error {
	card, err := training.ReadCard(in)
	if err != nil {
		return err
	}
	if card == nil || taken.Adapted != "" || !strings.EqualFold(filepath.Ext(out), ".safetensors") {
		return weights.Write(out, arrays)
	}
	metadata, err := card.Metadata()
	if err != nil {
		return err
	}
	return weights.WriteSafetensors(out, arrays, metadata)
}

// report says what the conversion changed, and what looks wrong.
func report(given, arrays []weights.Array) {
	renamed, doubles, last := 0, 0, 0
	for i, a := range arrays {
		if given[i].Name != a.Name {
			renamed++
			last = i
		}
		if a.DType == "F64" {
			doubles++
		}
	}
	if renamed > 0 {
		cli.Textf("renamed: %d of %d tensors, such as %s to %s\n", renamed, len(arrays), printable.Name(given[last].Name), printable.Name(arrays[last].Name))
	}
	if doubles > 0 {
		cli.Textf("rounded from float64 to float32: %d of %d tensors\n", doubles, len(arrays))
	}
	if names := weights.NotFinite(arrays); len(names) > 0 {
		for i := range names {
			names[i] = printable.Name(names[i])
		}
		cli.Warnf("NaN or infinity in %s", strings.Join(names, ", "))
	}
}

// count is the number of values.
func count(arrays []weights.Array) (n int) {
	for _, a := range arrays {
		n += len(a.Data) + len(a.Ints)
	}
	return n
}
