package experiment

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/testdata/corrupt"
	"github.com/gorgonet/gorgonet/training"
)

// recorded is the directory of an experiment that has ended, of which only the
// network that was constructed is left, and that network's directory.
func recorded(t testing.TB) (path, network string) {
	t.Helper()
	path = corrupt.Dir(t)
	c := small()
	c.Kinds, c.Iterations, c.Every = []Kind{Residual}, 4, 2
	e, err := New(path, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, n := range e.networks {
		if n.From > 0 {
			network = filepath.Join(path, n.directory())
		} else if err := os.RemoveAll(filepath.Join(path, n.directory())); err != nil {
			t.Fatal(err)
		}
	}
	return path, network
}

// TestCorruptExperiment damages the records of an experiment, which have no
// checksums: whatever passes makes a verdict and a page.
func TestCorruptExperiment(t *testing.T) {
	path, network := recorded(t)
	for _, name := range []string{"config.json", constructionFile, scores.file} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(network, name)
			whole, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			defer corrupt.Write(t, file, whole)
			corrupt.Every(t, whole, 4<<20, func(damaged []byte) error {
				corrupt.Write(t, file, damaged)
				r, err := Read(path)
				if err == nil {
					_ = fmt.Sprint(r.Verdict())
					r.Page()
				}
				return err
			})
		})
	}
}

// TestCorruptPaths does so where paths were followed.
func TestCorruptPaths(t *testing.T) {
	d, _ := Lookup("paths") // there is one
	c := tiny(d)
	c.Kinds, c.Seeds = []Kind{Residual}, []uint64{1}
	path := corrupt.Dir(t)
	if err := newExperiment(t, path, c).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"config.json", paths.file, unravelling.file} {
		file := filepath.Join(path, "resnet8-seed1", name)
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		corrupt.Every(t, whole, 4<<20, func(damaged []byte) error {
			corrupt.Write(t, file, damaged)
			r, err := Read(path)
			if err == nil {
				_ = fmt.Sprint(r.Verdict())
				r.Page()
			}
			return err
		})
		corrupt.Write(t, file, whole)
	}
}

// FuzzRead reads damaged records of an experiment and draws what passes.
func FuzzRead(f *testing.F) {
	path, network := recorded(f)
	config, err := os.ReadFile(filepath.Join(network, "config.json"))
	if err != nil {
		f.Fatal(err)
	}
	construction, err := os.ReadFile(filepath.Join(network, constructionFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(config), string(construction), "iteration,train_loss,train_error\n0,1,0.5\n2,1,0.25\n", "iteration,unit,test_loss,test_error\n4,,1,0.5\n4,layer1.1,1,0.75\n")
	f.Add(`{"experiment": "degradation", "depth": -1, "picture": [0, -1]}`, "null", "iteration,train_loss,train_error\n-5,NaN,Inf\n", "\n")
	f.Fuzz(func(t *testing.T, config, construction, scores, unravelling string) {
		for name, text := range map[string]string{"config.json": config, constructionFile: construction, "scores.csv": scores, "unravelling.csv": unravelling} {
			corrupt.Write(t, filepath.Join(network, name), []byte(text))
		}
		r, err := Read(path)
		if err != nil {
			return
		}
		_ = fmt.Sprint(r.Verdict())
		if err := r.Page().HTML(io.Discard); err != nil {
			t.Fatal(err)
		}
	})
}

// TestHostileNames makes a page of records whose texts are markup.
func TestHostileNames(t *testing.T) {
	const attack = `"><script>alert('1')</script>`
	point := []Point{{Iteration: 0, Of: attack, Value: 1}, {Iteration: 4, Of: attack, Value: 0.5}}
	r := &Results{}
	for _, kind := range []Kind{Plain, Residual, attack} {
		r.Networks = append(r.Networks, &Trained{
			Network: Network{Experiment: "degradation", Kind: kind, Depth: 8, Shortcut: attack, Schedule: attack, Iterations: 4, Test: 10},
			Result:  &training.Result{Model: attack}, Construction: &Construction{From: attack, To: attack},
			BatchError: point, TestError: point, TrainError: point, Gradients: point, Responses: point, Shares: point, Unravelling: point,
		})
	}
	var page strings.Builder
	if err := r.Page().HTML(&page); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(page.String(), "<script") || strings.Count(page.String(), "&lt;script") < 2 {
		t.Errorf("markup got into the page, or was lost: %d times", strings.Count(page.String(), "&lt;script"))
	}
}
