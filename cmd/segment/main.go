package main

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/training/segmentation"
)

const about = `Segment says what the pixels of pictures belong to, and paints them: NAME.png is a mask of the picture's size in
the colours of Pascal VOC, whose numbers are the classes, and NAME-over.png the same over the picture.
Checkpoints of this project say what their network, classes and preprocessing are; for others they are by
default torchvision's fcn_resnet50, for the classes of Pascal VOC.`

func main() { cli.Main(run) }

func run(ctx context.Context, flags *cli.Flags, args []string) error {
	var s settings
	s.bind(flags)
	pictures, err := cli.ParseArgs(flags, about, args, "PICTURE...")
	if err != nil {
		return err
	}
	if err := cli.DistinctStems(pictures, "painted"); err != nil {
		return err
	}
	w, names, err := s.open(flags)
	if err != nil {
		return err
	}
	defer w.Predictor.Close()
	if err := os.MkdirAll(s.out, 0o755); err != nil {
		return fmt.Errorf("-out: %w", err)
	}
	broken, err := cli.EachPicture(ctx, pictures, func(_ int, path string) error { return paint(ctx, w, path, s.out, names) })
	if err != nil {
		return err
	}
	if broken > 0 {
		return fmt.Errorf("%d of %d pictures could not be painted", broken, len(pictures))
	}
	return nil
}

// paint writes the two files of a picture and prints what is in it.
func paint(ctx context.Context, w segmentation.Whole, path, out string, names []string) error {
	picture, err := imagenet.Open(path)
	if err != nil {
		return err
	}
	mask, err := w.Find(ctx, picture)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for end, m := range map[string]image.Image{".png": segmentation.Paint(mask), "-over.png": segmentation.Overlay(picture, mask)} {
		if err := durable.WriteFile(filepath.Join(out, cli.Stem(path)+end), func(w io.Writer) error { return png.Encode(w, m) }); err != nil {
			return err
		}
	}
	counts := make([]int, len(names))
	for _, class := range mask.Pix {
		counts[class]++
	}
	cli.Printf("%s: %s\n", printable.Name(path), filepath.Join(out, cli.Stem(path)+".png"))
	for class, n := range counts {
		if n > 0 {
			cli.Printf("  %6.2f %%  %s\n", 100*float64(n)/float64(len(mask.Pix)), printable.Name(names[class]))
		}
	}
	return nil
}
