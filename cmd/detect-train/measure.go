package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/pretrained"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/imagenet/annotations"
	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/gorgonet/gorgonet/internal/printable"
	networks "github.com/gorgonet/gorgonet/resnet/detection"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/detection"
	"github.com/gorgonet/gorgonet/training/report"
	"github.com/gorgonet/gorgonet/training/scoring/coco"
)

// figures are COCO's, of whole pictures.
type figures struct {
	Boxes *coco.Result
	Masks *coco.Result `json:",omitempty"` // nil of networks without
}

// count finds what is in all pictures and measures it.
func (s *options) count(ctx context.Context, net networks.Network, state *graph.State, test *annotations.Set) (f figures, err error) {
	p, err := detection.NewPredictor(net, state, s.preprocessing())
	if err != nil {
		return f, err
	}
	defer p.Close()
	bar := cli.NewProgress(0, int64(test.Len()), false)
	defer bar.Close()
	found, err := p.FindAll(ctx, test, func(done int) { bar.Set(int64(done), "measuring whole pictures") })
	if err != nil {
		return f, err
	}
	if f.Boxes, err = coco.Evaluate(test, found, coco.Boxes); err != nil {
		return f, err
	}
	if len(found) > 0 && found[0].Mask != nil {
		f.Masks, err = coco.Evaluate(test, found, coco.Masks)
	}
	return f, err
}

// measure measures a weights file.
func (s *options) measure(ctx context.Context, test *annotations.Set, path string) error {
	net, err := s.network(len(test.Categories))
	if err != nil {
		return err
	}
	state := graph.NewState()
	p, err := detection.NewPredictor(net, state, s.preprocessing()) // makes the tensors
	if err != nil {
		return err
	}
	defer p.Close()
	if _, err := pretrained.Take(os.Stdout, path, s.Pretrained.Options(), state.LoadFile); err != nil {
		return err
	}
	f, err := s.count(ctx, net, state, test)
	if err != nil {
		return err
	}
	cli.Printf("%s: %d pictures, boxes\n%s", printable.Name(path), test.Len(), f.Boxes.Figures)
	if f.Masks != nil {
		cli.Printf("masks\n%s", f.Masks.Figures)
	}
	return nil
}

// atEnd measures whole pictures when a run has ended, for its report and figures.json.
func (s *options) atEnd(net networks.Network, test *annotations.Set) func(context.Context, *training.Trainer, *training.Directory) error {
	return func(ctx context.Context, t *training.Trainer, dir *training.Directory) error {
		f, err := s.count(ctx, net, t.Measured(), test)
		if err != nil {
			return err
		}
		err = durable.WriteFile(filepath.Join(dir.Path(), "figures.json"), func(w io.Writer) error {
			twelve := map[string][12]float64{"bbox": f.Boxes.List()}
			if f.Masks != nil {
				twelve["segm"] = f.Masks.List()
			}
			return json.NewEncoder(w).Encode(twelve)
		})
		if err != nil {
			return err
		}
		return report.Record(dir.Path(), []report.Section{{Title: "Classes", Parts: []report.Part{f.table(test.Len())}}})
	}
}

// table is of the classes.
func (f figures) table(pictures int) report.Table {
	t := report.Table{
		Caption: fmt.Sprintf("COCO's average precision by the network at the end of the run, on the whole %d test pictures: of boxes %s, at an overlap of 0.5 %s.",
			pictures, percent(f.Boxes.AP), percent(f.Boxes.AP50)),
		Columns: []string{"class", "objects", "AP of boxes", "at 0.5"},
	}
	if f.Masks != nil {
		t.Columns = append(t.Columns, "AP of masks")
	}
	for i, c := range f.Boxes.Classes {
		row := []string{c.Name, printable.Thousands(c.Objects), percent(c.AP), percent(c.AP50)}
		if f.Masks != nil {
			row = append(row, percent(f.Masks.Classes[i].AP))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// percent writes a figure, nothing where there is none.
func percent(v float64) string {
	if v < 0 {
		return ""
	}
	return fmt.Sprintf("%.2f %%", 100*v)
}
