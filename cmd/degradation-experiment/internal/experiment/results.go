package experiment

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/report"
	"github.com/pkg/errors"
)

// Results are what the directories of an experiment record.
type Results struct {
	Networks []*Trained // by kind, depth and seed, those that were constructed last; of one experiment

	origin report.Origin // of the network that was finished last
}

// Trained is a network with its records. Errors and shares are fractions.
type Trained struct {
	Network
	Result       *training.Result // nil before it has ended
	Diverged     *Divergence      // nil but for one that diverged and was left out
	Construction *Construction    // nil but for one that was constructed

	BatchError  []Point // on the augmented batches since the last measurement
	TestError   []Point
	TrainError  []Point // on the subset, in evaluation mode
	Gradients   []Point // L2 norm, of each layer's weights
	Responses   []Point // standard deviation, of each 3x3 layer
	Shares      []Point // of the gradient, through each shortcut of the first stage
	Unravelling []Point // test error without each unit; the first is the whole network
	Paths       []Point // L2 norm of the gradient through a path, of each length
}

// Point is a measured value.
type Point struct {
	Iteration int
	Of        string // layer or unit, where there is one
	Value     float64
}

// Read reads what an experiment has recorded so far. A directory without any of
// its networks is an error.
func Read(path string) (*Results, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, errors.Wrap(err, "experiment: cannot read the experiment")
	}
	r := &Results{}
	for _, entry := range entries {
		t := &Trained{}
		sub := filepath.Join(path, entry.Name())
		if _, err := os.Stat(filepath.Join(sub, "config.json")); err != nil {
			continue
		}
		dir, err := training.OpenDirectory(sub, &t.Network)
		if err != nil {
			return nil, err
		}
		if t.design() == nil {
			continue
		}
		if first := r.Networks; len(first) > 0 && first[0].Experiment != t.Experiment {
			return nil, errors.Errorf("experiment: %s holds networks of two experiments, %s and %s", path, first[0].Experiment, t.Experiment)
		}
		if err := t.read(dir); err != nil {
			return nil, err
		}
		r.Networks = append(r.Networks, t)
		o, err := report.ReadOrigin(sub)
		if err != nil {
			return nil, err
		}
		if !o.Finished.Before(r.origin.Finished) {
			r.origin = o
		}
	}
	if len(r.Networks) == 0 {
		return nil, errors.Errorf("experiment: %s holds no network of a degradation experiment", path)
	}
	slices.SortFunc(r.Networks, func(a, b *Trained) int {
		for _, d := range []int{a.From - b.From, a.design().rank(a.Kind) - b.design().rank(b.Kind), a.Depth - b.Depth} {
			if d != 0 {
				return d
			}
		}
		return int(a.Seed) - int(b.Seed)
	})
	return r, nil
}

func (t *Trained) read(dir *training.Directory) (err error) {
	if t.Result, err = dir.Result(); err != nil {
		return err
	}
	if t.Diverged, err = readDivergence(dir); err != nil {
		return err
	}
	for _, column := range []struct {
		table *training.Table
		name  int // column of what it belongs to, 0 for none
		value int
		to    *[]Point
	}{
		{dir.Log(), 0, 4, &t.BatchError},
		{dir.Log(), 0, 6, &t.TestError},
		{scores.table(dir), 0, 2, &t.TrainError},
		{gradients.table(dir), 1, 2, &t.Gradients},
		{responses.table(dir), 1, 2, &t.Responses},
		{shares.table(dir), 1, 2, &t.Shares},
		{unravelling.table(dir), 1, 3, &t.Unravelling},
		{paths.table(dir), 1, 2, &t.Paths},
	} {
		rows, err := column.table.Rows()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for _, row := range rows {
			at, err := strconv.Atoi(row[0])
			value, err2 := strconv.ParseFloat(row[column.value], 64)
			if err != nil || err2 != nil {
				return errors.Errorf("experiment: %s: a table is damaged at %q", dir.Path(), row)
			}
			p := Point{Iteration: at, Value: value}
			if column.name > 0 {
				p.Of = row[column.name]
			}
			*column.to = append(*column.to, p)
		}
	}
	return t.readConstruction(dir)
}

func (t *Trained) readConstruction(dir *training.Directory) error {
	text, err := os.ReadFile(filepath.Join(dir.Path(), constructionFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(text, &t.Construction)
	}
	return errors.Wrapf(err, "experiment: %s: %s", dir.Path(), constructionFile)
}

// Final is the newest training error on the subset, a fraction; false before the
// network has ended.
func (t *Trained) Final() (trainError float64, ok bool) {
	if t.Result == nil || len(t.TrainError) == 0 {
		return 0, false
	}
	return t.TrainError[len(t.TrainError)-1].Value, true
}

// at are the points of one iteration.
func at(points []Point, iteration int) (out []Point) {
	for _, p := range points {
		if p.Iteration == iteration {
			out = append(out, p)
		}
	}
	return out
}

// ends are the first and the last iteration of the points.
func ends(points []Point) (first, last int) {
	if len(points) == 0 {
		return 0, 0
	}
	return points[0].Iteration, points[len(points)-1].Iteration
}
