package training_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/testdata/corrupt"
	"github.com/gorgonet/gorgonet/training"
)

var (
	_ training.Gallery = cifar.Examples{}
	_ training.Gallery = (*imagenet.Examples)(nil)
)

// shown is blobs with names and pictures.
type shown struct{ blobs }

func (shown) ClassNames() []string {
	return []string{"left  top", "right\ntop", "left bottom", "right bottom"}
}

func (shown) Picture(i int) image.Image {
	p := image.NewGray(image.Rect(0, 0, 8, 8))
	p.SetGray(0, 0, color.Gray{uint8(i)})
	return p
}

func TestPredictions(t *testing.T) {
	for _, d := range []training.Dataset{shown{blobs{50}}, blobs{50}} {
		dir, err := training.CreateDirectory(filepath.Join(t.TempDir(), "run"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := dir.Predictions(); p != nil || err != nil {
			t.Errorf("before there are any: %v, %v", p, err)
		}
		c := config()
		c.Test = d
		tr := newTrainer(t, c)
		if err := tr.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		result, err := dir.Finish(t.Context(), tr)
		if err != nil {
			t.Fatal(err)
		}
		p, err := dir.Predictions()
		if err != nil {
			t.Fatal(err)
		}
		mistakes := p.Mistakes()
		if len(p.Of) != 50 || float64(len(mistakes))/50 != result.TestError {
			t.Fatalf("%d predictions and %d mistakes do not fit a test error of %g", len(p.Of), len(mistakes), result.TestError)
		}
		if !slices.IsSortedFunc(mistakes, func(a, b training.Prediction) int {
			if a.Probability < b.Probability {
				return 1
			}
			return -1
		}) {
			t.Errorf("mistakes are not by probability: %v", mistakes)
		}
		total, right := 0, 0
		for class, n := range p.Confusion().Of() {
			total += n
			right += p.Confusion().Count(class, class)
		}
		if total != 50 || right != 50-len(mistakes) {
			t.Errorf("confusion of %d examples, %d of them right, does not fit %d mistakes", total, right, len(mistakes))
		}
		for _, x := range p.Of {
			if x.Probability < 0.25 || x.Probability > 1 {
				t.Errorf("the likeliest of 4 classes has a probability of %g", x.Probability)
			}
		}
		if _, ok := d.(training.Gallery); !ok {
			if !reflect.DeepEqual(p.Classes, []string{"0", "1", "2", "3"}) || p.Pictures != nil {
				t.Errorf("classes %v and %d pictures of a set without", p.Classes, len(p.Pictures))
			}
			continue
		}
		if !reflect.DeepEqual(p.Classes, []string{"left top", "right top", "left bottom", "right bottom"}) {
			t.Errorf("classes %q", p.Classes)
		}
		if len(p.Pictures) != min(len(mistakes), 24) || len(p.Pictures) == 0 {
			t.Fatalf("%d pictures of %d mistakes", len(p.Pictures), len(mistakes))
		}
		for i, picture := range p.Pictures {
			at := picture.Bounds().Min
			if v, _, _, _ := picture.At(at.X, at.Y).RGBA(); int(v>>8) != mistakes[i].Index || picture.Bounds().Dx() != 8 {
				t.Errorf("picture %d is that of example %d, want %d", i, v>>8, mistakes[i].Index)
			}
		}
	}
}

// TestOldMistakes reads the strip of pictures where older versions left it, and
// takes no sheet that is made of it for one.
func TestOldMistakes(t *testing.T) {
	dir, err := training.CreateDirectory(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	corrupt.Write(t, filepath.Join(dir.Path(), "classes.txt"), []byte("a\nb\n"))
	corrupt.Write(t, filepath.Join(dir.Path(), "predictions.csv"), []byte("index,true,predicted,probability\n0,0,1,0.5\n1,1,1,0.5\n2,1,0,0.7\n"))
	for _, test := range []struct{ width, height, pictures int }{{16, 8, 2}, {32, 8, 0}, {60, 40, 0}} {
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, test.width, test.height))); err != nil {
			t.Fatal(err)
		}
		corrupt.Write(t, filepath.Join(dir.Path(), "mistakes.png"), b.Bytes())
		p, err := dir.Predictions()
		if err != nil || len(p.Pictures) != test.pictures {
			t.Errorf("%d x %d pixels for two mistakes: %d pictures, want %d (%v)", test.width, test.height, len(p.Pictures), test.pictures, err)
		}
	}
}

func TestRecords(t *testing.T) {
	dir, err := training.CreateDirectory(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var want []training.Record
	for _, withTest := range []bool{true, false} {
		c := config()
		if !withTest {
			c.Test = nil
		}
		var tr *training.Trainer
		c.OnEpoch = func(r training.Record) error {
			if r.Test != nil {
				r.Test = &training.Score{Loss: r.Test.Loss, Error: r.Test.Error}
			}
			want = append(want, r)
			return dir.Record(tr, r)
		}
		tr = newTrainer(t, c)
		if err := tr.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	got, err := dir.Records()
	if err != nil {
		t.Fatal(err)
	}
	for i := range want { // times are rounded
		want[i].Seconds, want[i].ImagesPerSecond = got[i].Seconds, got[i].ImagesPerSecond
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if err := os.WriteFile(filepath.Join(dir.Path(), "log.csv"), []byte("none"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.Records(); err == nil || !strings.Contains(err.Error(), "is not a log") {
		t.Errorf("another file: %v", err)
	}
}
