package evaluation

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// sums is a network whose logits are sums over parts of an image.
type sums struct {
	classes int
	factor  float32
	asked   func()
}

func (s sums) Predict(ctx context.Context, images []float32, h, w int) ([]float32, error) {
	if s.asked != nil {
		s.asked()
	}
	size := 3 * h * w
	out := make([]float32, len(images)/size*s.classes)
	for i, v := range images {
		out[i/size*s.classes+i%size*7/3%s.classes] += v * s.factor / float32(size)
	}
	return out, ctx.Err()
}

// predictor is a network for three classes that calls the function when it is asked.
func predictor(asked func()) Predictor { return sums{3, 1, asked} }

// pictures are folders of small pictures, of which one cannot be read where there are
// more than two to a class.
func pictures(t *testing.T, path string, classes, each int) *imagenet.Set {
	t.Helper()
	set := &imagenet.Set{Folder: path}
	for c := range classes {
		set.Classes = append(set.Classes, fmt.Sprintf("%d<script>", c))
		for i := range each {
			m := image.NewRGBA(image.Rect(0, 0, 40+i%2*8, 36))
			for p := range m.Pix {
				m.Pix[p] = uint8(p*(i+1) + c*31)
			}
			m.Set(0, 0, color.RGBA{uint8(c), uint8(i), 0, 255})
			var data bytes.Buffer
			if err := png.Encode(&data, m); err != nil {
				t.Fatal(err)
			}
			if c == 1 && i == 2 {
				data.Reset()
				data.WriteString("no picture")
			}
			name := fmt.Sprintf("%d/%d.png", c, i)
			if err := os.MkdirAll(filepath.Dir(filepath.Join(path, name)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(path, name), data.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			set.Files = append(set.Files, imagenet.File{Path: name, Label: int32(c)})
		}
	}
	return set
}

// begin makes an evaluation of two networks in a directory of its own within path.
func begin(t *testing.T, path string, classes, each int, change func(*Config)) (*Evaluation, *training.Directory) {
	t.Helper()
	set := pictures(t, filepath.Join(path, "data"), classes, each)
	dir, err := training.CreateDirectory(filepath.Join(path, "run"), struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	c := Config{
		Networks: []Network{{Name: "one", File: "one.pth", Predictor: sums{classes, 1, nil}}, {Name: "two", Predictor: sums{classes, 2, nil}}},
		Examples: &imagenet.Examples{Set: set}, Protocol: imagenet.TenCropTest{Preprocessing: imagenet.Preprocessing{Resize: 34, Crop: 32}}, Together: 2,
	}
	if change != nil {
		change(&c)
	}
	e, err := New(dir, c)
	if err != nil {
		t.Fatal(err)
	}
	return e, dir
}

// TestScores compares the scores that are recorded with the mean of what the networks say
// to each view.
func TestScores(t *testing.T) {
	for _, average := range []Average{Logits, Probabilities} {
		e, _ := begin(t, t.TempDir(), 3, 2, func(c *Config) { c.Average = average })
		if _, err := e.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		rows, err := e.records.rows()
		if err != nil || len(rows) != 6 {
			t.Fatal(len(rows), err)
		}
		for i, x := range rows {
			views, _, err := e.config.Examples.Views(i, e.config.Protocol)
			if err != nil {
				t.Fatal(err)
			}
			want := make([]float64, 3)
			for _, n := range e.config.Networks {
				for _, v := range views {
					scores, err := n.Predictor.Predict(t.Context(), v.Pixels, v.Height, v.Width)
					if err != nil {
						t.Fatal(err)
					}
					sum := 0.0
					for _, s := range scores {
						sum += math.Exp(float64(s))
					}
					for c, s := range scores {
						if average == Probabilities {
							want[c] += math.Exp(float64(s)) / sum / 20
						} else {
							want[c] += float64(s) / 20
						}
					}
				}
			}
			rank := 0
			for c := range want {
				if want[c] > want[x.label] {
					rank++
				}
			}
			if x.rank != rank {
				t.Errorf("%s, picture %d: rank %d, want %d", average, i, x.rank, rank)
			}
			for _, b := range x.best {
				if math.Abs(b.score-want[b.class]) > 1e-6 {
					t.Errorf("%s, picture %d: class %d has %v, want %v", average, i, b.class, b.score, want[b.class])
				}
			}
		}
	}
}

// outcome are the files of an evaluation, without when it was made.
func outcome(t *testing.T, dir *training.Directory) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range []string{"predictions.csv", "classes.csv", "confusion.csv", "result.json", "report.html", "mistakes.png"} {
		text, err := os.ReadFile(filepath.Join(dir.Path(), name))
		if err != nil {
			t.Fatal(err)
		}
		before, _, _ := strings.Cut(strings.ReplaceAll(string(text), filepath.Dir(dir.Path()), "PATH"), "Where and when")
		files[name], _, _ = strings.Cut(before, `"finished"`)
	}
	return files
}

// TestResume interrupts an evaluation again and again; each time another Evaluation goes
// on. The files are those of one left alone.
func TestResume(t *testing.T) {
	path := t.TempDir()
	alone, dir := begin(t, filepath.Join(path, "alone"), 3, 4, func(c *Config) { c.Data = "pictures" })
	if _, err := alone.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := outcome(t, dir)

	e, dir := begin(t, filepath.Join(path, "broken"), 3, 4, func(c *Config) { c.Data = "pictures" })
	done := []int{}
	for {
		ctx, cancel := context.WithCancel(t.Context())
		e.config.OnProgress = func(p Progress) {
			if p.Done >= 4*(len(done)+1) {
				cancel()
			}
		}
		r, err := e.Run(ctx)
		cancel()
		if err == nil {
			if r.Pictures != 11 || r.Unreadable != 1 || r.Classes != 3 || r.Protocol != "10-crop" || !slices.Equal(r.Networks, []string{"one=one.pth", "two"}) {
				t.Errorf("%+v", r)
			}
			if r.Machine != training.ThisMachine() || r.Version != training.Version() || r.Go == "" || time.Since(r.Finished) > time.Hour {
				t.Errorf("where and when: %+v", r)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		done = append(done, e.Done())
		if len(done) > 20 {
			t.Fatalf("it never ends: %v", done)
		}
		path := filepath.Join(dir.Path(), "predictions.csv")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text[:len(text)-3], 0o644); err != nil { // what a crash leaves of the last row
			t.Fatal(err)
		}
		if e, err = New(dir, e.config); err != nil {
			t.Fatal(err)
		}
	}
	if len(done) < 2 || !slices.IsSorted(done) {
		t.Errorf("interrupted after %v pictures", done)
	}
	for name, text := range outcome(t, dir) {
		if text != want[name] {
			t.Errorf("%s of the resumed evaluation differs from that of the one left alone:\n%.2000s\n%.2000s", name, want[name], text)
		}
	}
}

// TestPage wants pictures of the worst mistakes on the page, not too many, with the
// rank and the scores beneath; names as they are; the error of the five likeliest
// only where there are more classes; and where and when it was.
func TestPage(t *testing.T) {
	for _, test := range []struct {
		classes, pictures int // pictures of each class
		average           Average
		want, absent      []string
	}{
		{3, 14, Probabilities, []string{`<span>1. `, "\u00a0%</span>", "rank 3 of 3", "Top-1 error ", "kernels</td>", " on 41 pictures.", "weights of one"}, []string{"op-5", "weights of two"}},
		{8, 2, Logits, []string{"top-5 error", "rank ", " of 8</span>", "&lt;script&gt;"}, []string{"<script"}},
	} {
		e, dir := begin(t, t.TempDir(), test.classes, test.pictures, func(c *Config) { c.Average = test.average })
		r, err := e.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir.Path(), "report.html"))
		if err != nil {
			t.Fatal(err)
		}
		page := string(text)
		wrong := int(r.Top1Error*float64(r.Pictures) + 0.5)
		if n := strings.Count(page, "<img "); n != min(wrong, 24) || n == 0 {
			t.Errorf("%d classes: %d pictures for %d mistakes", test.classes, n, wrong)
		}
		for _, want := range test.want {
			if !strings.Contains(page, want) {
				t.Errorf("%d classes: no %q", test.classes, want)
			}
		}
		for _, absent := range test.absent {
			if strings.Contains(page, absent) {
				t.Errorf("%d classes: %q is on the page", test.classes, absent)
			}
		}
		if info, err := os.Stat(filepath.Join(dir.Path(), "mistakes.png")); err != nil || info.Size() == 0 {
			t.Error(err)
		}
	}
}

// TestProtocolName wants what records call a protocol.
func TestProtocolName(t *testing.T) {
	for _, test := range []struct {
		p    imagenet.Protocol
		want string
	}{
		{imagenet.Preprocessing{}, "1-crop"}, {imagenet.TenCropTest{}, "10-crop"}, {imagenet.FullTest{}, "multi-scale"},
		{imagenet.FullTest{Sides: []int{224, 256}}, "multi-scale, shorter sides of 224,256"}, {&imagenet.FullTest{}, "*imagenet.FullTest"},
	} {
		if name, more := protocolName(test.p); name+more != test.want {
			t.Errorf("%T: %q, want %q", test.p, name+more, test.want)
		}
	}
}

// broken is a network that answers so many values, all the same.
type broken struct {
	values int
	value  float32
	err    error
}

func (b broken) Predict(context.Context, []float32, int, int) ([]float32, error) {
	return slices.Repeat([]float32{b.value}, b.values), b.err
}

// TestRefuses wants one clear line, and no panic, of what makes no sense.
func TestRefuses(t *testing.T) {
	network := func(p Predictor) func(*Config) {
		return func(c *Config) { c.Networks, c.Together = []Network{{Name: "broken", Predictor: p}}, 1 }
	}
	for _, test := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"no network", func(c *Config) { c.Networks = nil }, "want at least one network"},
		{"no predictor", func(c *Config) { c.Networks[1].Predictor = nil }, `network 1, "two", has no predictor`},
		{"no pictures", func(c *Config) { c.Examples = nil }, "want pictures, got nil"},
		{"no set", func(c *Config) { c.Examples = &imagenet.Examples{} }, "want pictures, got nil"},
		{"no protocol", func(c *Config) { c.Protocol = nil }, "want a protocol"},
		{"a negative number at once", func(c *Config) { c.Together = -1 }, "want at least one picture at once, got -1"},
		{"another average", func(c *Config) { c.Average = "median" }, `of logits or probabilities, not of "median"`},
		{"names of other classes", func(c *Config) { c.Classes = []string{"a"} }, "want names for the 3 classes of the pictures, got 1"},
		{"no classes", func(c *Config) { c.Examples, c.Classes = &imagenet.Examples{Set: &imagenet.Set{}}, nil }, "want 1 to 1048576 classes, got 0"},
		{"few scores", network(broken{values: 20}), "broken: want scores of 3 classes for 10 pictures, got 20 scores"},
		{"no numbers", network(broken{values: 30, value: float32(math.NaN())}), "broken: the network answers NaN for class 0; these weights are damaged"},
		{"a network that fails", network(broken{err: errors.New("it is broken")}), "it is broken"},
		{"only unreadable pictures", func(c *Config) { c.Examples.Set.Folder = "nowhere" }, "none of the 6 pictures could be used"},
		{"a label of no class", func(c *Config) { c.Examples.Set.Files[0].Label = 3 }, "0/0.png: scoring: want a label from 0 to 2, got 3"},
	} {
		path := t.TempDir()
		e, dir := begin(t, path, 3, 2, nil)
		c := e.config
		test.change(&c)
		e, err := New(dir, c)
		if err == nil {
			_, err = e.Run(t.Context())
		}
		if err == nil || !strings.HasPrefix(err.Error(), "evaluation: ") && test.name != "a network that fails" || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: want one line with %q, got %v", test.name, test.want, err)
		}
	}
	if _, err := New(nil, Config{}); err == nil || !strings.Contains(err.Error(), "want a directory") {
		t.Error(err)
	}
}
