package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/testdata/corrupt"
	"github.com/gorgonet/gorgonet/training"
)

// TestCorruptRecords resumes from damaged predictions.csv: an error, or a place from
// which the evaluation goes on with as many pictures counted, all of them of the set.
func TestCorruptRecords(t *testing.T) {
	const classes, pictures = 7, 9
	set := &imagenet.Set{}
	for i := range classes {
		set.Classes = append(set.Classes, fmt.Sprintf("class %d", i))
	}
	var text bytes.Buffer
	text.WriteString("index,path,label,rank,error,class1,score1,class2,score2,class3,score3,class4,score4,class5,score5\n")
	for i := range pictures {
		set.Files = append(set.Files, imagenet.File{Path: fmt.Sprintf("%d.png", i), Label: int32(i % classes)})
		if i == 4 || i == 8 {
			fmt.Fprintf(&text, "%d,%d.png,%d,,no picture,,,,,,,,,,\n", i, i, i%classes)
			continue
		}
		fmt.Fprintf(&text, "%d,%d.png,%d,1,,%d,2.5,%d,1.25,0,0.5,1,0.25,2,0\n", i, i, i%classes, (i+1)%classes, i%classes)
	}
	path := corrupt.Dir(t)
	dir, err := training.CreateDirectory(filepath.Join(path, "run"), struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	corrupt.Every(t, text.Bytes(), 1<<20, func(damaged []byte) error {
		corrupt.Write(t, filepath.Join(dir.Path(), "predictions.csv"), damaged)
		r, err := newRecords(dir, set, set.Classes)
		if err != nil {
			t.Fatal(err)
		}
		done, err := r.restore(2)
		if err != nil {
			return err
		}
		if done < 0 || done > pictures || done%2 != 0 || r.len() != done {
			t.Errorf("%d pictures are done and %d counted, after\n%s", done, r.len(), damaged)
		}
		rows, err := r.table.Rows()
		if err == nil && len(rows) != done {
			t.Errorf("%d rows are left of %d", len(rows), done)
		}
		return nil
	})
}

// TestCorruptSettings resumes from damaged config.json: an error, or settings that are
// the same but for what was changed.
func TestCorruptSettings(t *testing.T) {
	path := filepath.Join(corrupt.Dir(t), "run")
	weights := write(t, filepath.Join(path, "weights"), nil)
	text := fmt.Appendf(nil, `{"command": "imagenet-eval", "version": "v1", "weights": ["resnet8=%s"], "sha256": ["12"], "data": "val", "protocol": "multi-scale", "sides": "64,96", `+
		`"average": "logits", "batch": 32, "preprocessing": {"resize": 64, "crop": 32, "interpolation": "bilinear", "mean": "0.5,0.5,0.5", "std": "1,1,1"}}`, weights)
	corrupt.Every(t, text, 1<<20, func(damaged []byte) error {
		corrupt.Write(t, filepath.Join(path, "config.json"), damaged)
		p, err := command().Open(cli.NewFlags("imagenet-eval"), []string{"-resume", "-out", path})
		if err != nil {
			return err
		}
		p.Directory.Close()
		if s := p.Settings; s.Batch < 1 || len(s.Members) == 0 || s.Protocol == "" {
			t.Errorf("%+v", s)
		}
		return nil
	})
}
