package experiment

import (
	"encoding/csv"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph/weights"
)

// blobs is a data set of 8x8 pictures: noise, brighter in the quarter that the
// label names. Augmentation adds more noise.
type blobs struct{ n, first int }

func (d blobs) Len() int   { return d.n }
func (blobs) Shape() []int { return []int{8, 8, 3} }

func (d blobs) Example(i int, rng *rand.Rand, dst []float32) (int32, error) {
	r := rand.New(rand.NewPCG(7, uint64(d.first+i)))
	label := int32(r.IntN(4))
	for at := range dst {
		y, x := at/24, at/3%8
		v := r.NormFloat64()
		if rng != nil {
			v += rng.NormFloat64() / 4
		}
		if y/4*2+x/4 == int(label) {
			v++
		}
		dst[at] = float32(v)
	}
	return label, nil
}

// small is an experiment of a second.
func small() Config {
	c := Config{Experiment: "degradation", Depths: []int{8, 14}, Kinds: []Kind{Plain, Residual}, Seeds: []uint64{1}, Classes: 4,
		Train: blobs{96, 0}, Test: blobs{40, 1000}, Batch: 16, Iterations: 12, Every: 4, Subset: 32}
	if testing.Short() {
		c.Iterations, c.Every = 8, 3
	}
	return c
}

func newExperiment(t *testing.T, path string, c Config) *Experiment {
	t.Helper()
	e, err := New(path, c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// contents are all files of an experiment but what depends on time, or on when it
// was interrupted.
func contents(t *testing.T, path string) map[string]any {
	t.Helper()
	out := map[string]any{}
	err := filepath.WalkDir(path, func(file string, entry os.DirEntry, err error) error {
		name, _ := filepath.Rel(path, file)
		if err != nil || entry.IsDir() || entry.Name() == "previous.safetensors" || entry.Name() == ".lock" {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		switch filepath.Ext(file) {
		case ".safetensors":
			arrays, _, _, err := weights.ReadSafetensors(file)
			out[name] = arrays
			return err
		case ".csv":
			rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
			for i, row := range rows {
				if filepath.Base(file) == "log.csv" {
					rows[i] = row[:7] // the rest is time
				}
			}
			out[name] = rows
			return err
		case ".json":
			v := map[string]any{}
			err := json.Unmarshal(text, &v)
			delete(v, "seconds")
			delete(v, "finished")
			delete(v, "images_per_second")
			out[name] = v
			return err
		}
		if !strings.Contains(file, "tfevents") { // whose events have a time
			out[name] = string(text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func compareContents(t *testing.T, what string, got, want map[string]any) {
	t.Helper()
	for name := range want {
		if !reflect.DeepEqual(got[name], want[name]) {
			t.Errorf("%s: %s differs:\n%v\n%v", what, name, got[name], want[name])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d files, want %d", what, len(got), len(want))
	}
}
