// Convert turns weights from PyTorch's files into safetensors and back.
package main

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet"
)

const about = `Convert writes the tensors of IN to OUT, bit for bit, under torchvision's names. IN is a file of
PyTorch's torch.save (a state dict, or a checkpoint with one in it) or a safetensors file, whatever
its name; OUT ends in .safetensors, .pth or .pt. Only tensors are kept, not a checkpoint's counters
and optimizer. float64 becomes float32; other types stay.`

func main() { cli.Main(run) }

func run(ctx context.Context, flags *flag.FlagSet, args []string) error {
	model := flags.String("model", "", "check that the tensors are those of this network, one that cmd/summary -all lists; list what differs and end if not")
	classes := flags.Int("classes", 0, "number of classes for -model (0: the network's usual)")
	keep := flags.Bool("keep-names", false, "leave the names as they are")
	files, err := cli.ParseArgs(flags, about, args, "IN", "OUT")
	if err != nil {
		return err
	}
	if *classes < 0 {
		return cli.Usagef("-classes cannot be negative")
	}
	in, out := files[0], files[1]
	given, err := weights.Read(in)
	if err != nil {
		return err
	}
	arrays := given
	if !*keep {
		arrays = weights.TorchvisionNames(given)
	}
	if *model != "" {
		if err := check(*model, *classes, arrays); err != nil {
			return fmt.Errorf("%s is not for %s: %w", in, *model, err)
		}
	}
	if err := weights.Write(out, arrays); err != nil {
		return err
	}
	report(given, arrays)
	fmt.Printf("%s holds %d tensors, %d values\n", out, len(arrays), count(arrays))
	return nil
}

// check tells how the arrays differ from the tensors of a network.
func check(model string, classes int, arrays []weights.Array) error {
	network, err := resnet.Lookup(model, resnet.Options{Classes: classes})
	if err != nil {
		return err
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{})
	side := network.Info().Input
	network.Build(b, b.Input("x", 1, side, side, 3))
	if err := b.Err(); err != nil {
		return err
	}
	_, err = b.State().Load(arrays, graph.LoadOptions{})
	return err
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
		fmt.Printf("renamed: %d of %d tensors, such as %s to %s\n", renamed, len(arrays), given[last].Name, arrays[last].Name)
	}
	if doubles > 0 {
		fmt.Printf("rounded from float64 to float32: %d of %d tensors\n", doubles, len(arrays))
	}
	if names := weights.NotFinite(arrays); len(names) > 0 {
		fmt.Printf("warning: NaN or infinity in %s\n", strings.Join(names, ", "))
	}
}

// count is the number of values.
func count(arrays []weights.Array) (n int) {
	for _, a := range arrays {
		n += len(a.Data) + len(a.Ints)
	}
	return n
}
