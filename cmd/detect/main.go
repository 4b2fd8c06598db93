package main

import (
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/detector"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/training/detection"
)

const about = `Detect finds objects in pictures: NAME.png shows them, and results.json has them all in COCO's form of results.
Checkpoints of this project say what their network and classes are; for others they are by default torchvision's
fasterrcnn_resnet50_fpn, for the 91 numbers of COCO.`

func main() { cli.Main(run) }

// settings say which network looks, and what becomes of what it finds.
type settings struct {
	detector.Flags
	out   string
	score float64
}

func (s *settings) bind(f *cli.Flags) {
	s.Bind(f)
	f.Float64Var(&s.score, "score", 0.5, "least score of what is drawn and printed; results.json has all")
	f.StringVar(&s.out, "out", "detected", "`DIR` that is written to")
}

func run(ctx context.Context, flags *cli.Flags, args []string) error {
	var s settings
	s.bind(flags)
	pictures, err := cli.ParseArgs(flags, about, args, "PICTURE...")
	if err != nil {
		return err
	}
	if err := cli.DistinctStems(pictures, "drawn"); err != nil {
		return err
	}
	if !(s.score >= 0 && s.score <= 1) {
		return cli.Usagef("-score is 0 to 1, not %v", s.score)
	}
	p, err := s.Open(flags)
	if err != nil {
		return err
	}
	defer p.Close()
	if err := os.MkdirAll(s.out, 0o755); err != nil {
		return fmt.Errorf("-out: %w", err)
	}
	r := results{set: s.set(pictures)}
	broken, err := cli.EachPicture(ctx, pictures, func(i int, path string) error { return s.find(ctx, p, &r, i, path) })
	if err != nil {
		return err
	}
	if err := r.write(s.out); err != nil {
		return err
	}
	if broken > 0 {
		return fmt.Errorf("%d of %d pictures could not be read", broken, len(pictures))
	}
	return nil
}

// set is of the pictures, numbered from 1, with the network's classes as categories.
func (s *settings) set(pictures []string) *annotations.Set {
	set := &annotations.Set{}
	for i, path := range pictures {
		set.Pictures = append(set.Pictures, annotations.Picture{ID: int64(i + 1), File: path})
	}
	for class := 1; class < s.Classes(); class++ {
		set.Categories = append(set.Categories, annotations.Category{ID: int64(class), Name: s.Name(class)})
	}
	return set
}

// find finds what is in a picture, draws it and prints it.
func (s *settings) find(ctx context.Context, p *detection.Predictor, r *results, i int, path string) error {
	m, err := imagenet.Open(path)
	if err != nil {
		return err
	}
	picture, err := imagenet.NewPicture(m)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	canvas := image.NewRGBA(m.Bounds().Sub(m.Bounds().Min))
	draw.Draw(canvas, canvas.Bounds(), m, m.Bounds().Min, draw.Src)
	size := annotations.Size{Height: canvas.Bounds().Dy(), Width: canvas.Bounds().Dx()}
	found, err := p.Find(ctx, picture)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	cli.Printf("%s\n", printable.Name(path))
	shown := drawing{canvas: canvas}
	for _, o := range found {
		if err := r.add(o, i, size); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if float64(o.Score) >= s.score {
			shown.objects = append(shown.objects, o)
			cli.Printf("  %6.2f %%  %s at %.0f,%.0f to %.0f,%.0f\n", 100*o.Score, printable.Name(s.Name(o.Class)), o.Box[0], o.Box[1], o.Box[2], o.Box[3])
		}
	}
	shown.draw(s.Name)
	return durable.WriteFile(filepath.Join(s.out, cli.Stem(path)+".png"), func(w io.Writer) error { return png.Encode(w, canvas) })
}

// results are what is found in all pictures.
type results struct {
	set   *annotations.Set
	found []annotations.Detection
	masks bool
}

// add takes in an object of picture i.
func (r *results) add(o detection.Object, i int, size annotations.Size) error {
	d, err := o.Detection(i, o.Class-1, size)
	if err == nil {
		r.found = append(r.found, d)
		r.masks = r.masks || d.Mask != nil
	}
	return err
}

// write writes the files of results.
func (r *results) write(dir string) error {
	err := durable.WriteFile(filepath.Join(dir, "results.json"), func(w io.Writer) error { return annotations.WriteResults(w, r.set, r.found, false) })
	if err == nil && r.masks {
		err = durable.WriteFile(filepath.Join(dir, "results-masks.json"), func(w io.Writer) error { return annotations.WriteResults(w, r.set, r.found, true) })
	}
	return err
}
