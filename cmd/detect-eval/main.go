package main

import (
	"context"
	"io"
	"path/filepath"
	"slices"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/detector"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/gorgonet/gorgonet/training/scoring/coco"
)

const about = `Detect-eval measures what a detector, or a file of results, finds in a set of pictures in COCO's form: the twelve
figures of pycocotools, of boxes and of masks.`

func main() { cli.Main(run) }

// settings say what is measured.
type settings struct {
	detector.Flags
	data, pictures, results, out string
	limit                        int
}

func (s *settings) bind(f *cli.Flags) {
	s.Bind(f)
	f.Group("what is measured")
	f.StringVar(&s.data, "data", "", "`FILE` of annotations in COCO's form, needed")
	f.StringVar(&s.pictures, "pictures", "", "`DIR` of the pictures (default that of -data)")
	f.StringVar(&s.results, "results", "", "`FILE` of results to measure, in place of a network")
	f.IntVar(&s.limit, "limit", 0, "measure on the first N pictures (0: all)")
	f.StringVar(&s.out, "out", "", "`FILE` to write what the network finds to, in COCO's form of results; that of masks beside it")
}

func run(ctx context.Context, flags *cli.Flags, args []string) error {
	var s settings
	s.bind(flags)
	if err := cli.Parse(flags, about, args); err != nil {
		return err
	}
	switch {
	case s.data == "":
		return cli.Usagef("say with -data which file has the annotations")
	case (s.results == "") == (s.Weights == ""):
		return cli.Usagef("say what to measure: with -weights a network, or with -results a file")
	case s.limit < 0:
		return cli.Usagef("-limit is 0 or more, not %d", s.limit)
	}
	folder := s.pictures
	if folder == "" {
		folder = filepath.Dir(s.data)
	}
	set, err := annotations.OpenCOCO(s.data, folder)
	if err != nil {
		return err
	}
	for _, w := range set.Warnings {
		cli.Warnf("%s", w)
	}
	var found []annotations.Detection
	masks := false
	if s.results != "" {
		r, err := annotations.ReadResults(s.results, set)
		if err != nil {
			return err
		}
		for _, w := range r.Warnings {
			cli.Warnf("%s", w)
		}
		found, masks = r.Detections, r.Masks
	}
	if s.limit > 0 && s.limit < set.Len() {
		set.Pictures = set.Pictures[:s.limit]
		found = slices.DeleteFunc(found, func(d annotations.Detection) bool { return d.Picture >= s.limit })
	}
	if s.results == "" {
		if found, err = s.find(ctx, flags, set); err != nil {
			return err
		}
		masks = slices.ContainsFunc(found, func(d annotations.Detection) bool { return d.Mask != nil })
		if err := s.keep(set, found, masks); err != nil {
			return err
		}
	}
	return measure(set, found, masks)
}

// find finds what is in all pictures.
func (s *settings) find(ctx context.Context, flags *cli.Flags, set *annotations.Set) ([]annotations.Detection, error) {
	p, err := s.Open(flags)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	bar := cli.NewProgress(0, int64(set.Len()), false)
	defer bar.Close()
	found, err := p.FindAll(ctx, set, func(done int) { bar.Set(int64(done), "finding objects") })
	if err != nil && ctx.Err() != nil {
		return nil, cli.ErrInterrupted
	}
	return found, err
}

// keep writes what was found, if it is to be kept.
func (s *settings) keep(set *annotations.Set, found []annotations.Detection, masks bool) error {
	if s.out == "" {
		return nil
	}
	err := durable.WriteFile(s.out, func(w io.Writer) error { return annotations.WriteResults(w, set, found, false) })
	if err == nil && masks {
		end := filepath.Ext(s.out)
		path := s.out[:len(s.out)-len(end)] + "-masks" + end
		err = durable.WriteFile(path, func(w io.Writer) error { return annotations.WriteResults(w, set, found, true) })
	}
	return err
}

// measure prints the figures.
func measure(set *annotations.Set, found []annotations.Detection, masks bool) error {
	kinds := []coco.Kind{coco.Boxes}
	if masks {
		kinds = append(kinds, coco.Masks)
	}
	for _, kind := range kinds {
		r, err := coco.Evaluate(set, found, kind)
		if err != nil {
			return err
		}
		cli.Printf("%s, %d pictures, %d detections\n%s", kind, set.Len(), len(found), r.Figures)
	}
	return nil
}
