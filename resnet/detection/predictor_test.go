package detection

import (
	"context"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// TestFit wants the sizes of torchvision's transform, which computes in float64.
func TestFit(t *testing.T) {
	for in, want := range map[[2]int][2]int{
		{480, 640}: {800, 1066}, {161, 200}: {799, 993}, {426, 640}: {800, 1201}, {100, 400}: {333, 1333}, {640, 480}: {1066, 800}, {1, 5000}: {1, 1333},
	} {
		if h, w := (Fit{}).Size(in[0], in[1]); h != want[0] || w != want[1] {
			t.Errorf("%v: %dx%d, want %v", in, h, w, want)
		}
	}
	if h, w := Canvas(799, 1088); h != 800 || w != 1088 {
		t.Errorf("a canvas of %dx%d", h, w)
	}
}

// wave is a picture.
func wave(height, width int) []float32 {
	picture := make([]float32, 3*height*width)
	for i := range picture {
		picture[i] = float32(math.Sin(float64(i) * 0.37))
	}
	return picture
}

// TestPredictor wants pictures of several sizes to be answered as before when they come again,
// boxes within the picture, masks of its size.
func TestPredictor(t *testing.T) {
	g, network := readGoldens(t), narrowMask()
	state := g.state(t, "mask", func(b *graph.Builder) { network.Detect(b, pictures(b, 2, goldenHeight, goldenWidth)) })
	p, err := NewPredictor(network, state, Fit{Short: 48, Long: 80})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[2]int][]Object{}
	for _, size := range [][2]int{{30, 40}, {90, 60}, {30, 40}, {20, 200}, {90, 60}} {
		found, err := p.Find(context.Background(), wave(size[0], size[1]), size[0], size[1])
		if err != nil || len(found) == 0 {
			t.Fatalf("%v: %d objects, %v", size, len(found), err)
		}
		for _, o := range found {
			if o.Box[0] < 0 || o.Box[1] < 0 || o.Box[2] > float32(size[1])*1.0001 || o.Box[3] > float32(size[0])*1.0001 || o.Class < 1 || o.Class > 4 || !(o.Score > 0.05) {
				t.Fatalf("%v: %+v", size, o)
			}
		}
		if m := found[0].Mask(size[0], size[1]); len(m) != size[0]*size[1] || slices.Max(m) <= 0 {
			t.Errorf("%v: a mask of %d values", size, len(m))
		}
		if before := seen[size]; before != nil && !slices.EqualFunc(before, found, func(a, b Object) bool { return a.Box == b.Box && a.Score == b.Score }) {
			t.Errorf("%v: something else when asked again", size)
		}
		seen[size] = found
	}
	for words, ask := range map[string]func() error{
		"want a context and a picture": func() error {
			_, err := p.Find(context.Background(), wave(3, 3), 3, 4)
			return err
		},
		"context canceled": func() error {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			p.turn <- struct{}{}
			defer func() { <-p.turn }()
			_, err := p.Find(ctx, wave(3, 3), 3, 3)
			return err
		},
		"negative": func() error {
			_, err := NewPredictor(network, state, Fit{Short: -1})
			return err
		},
	} {
		if err := ask(); err == nil || !strings.Contains(err.Error(), strings.Replace(words, "negative", "sides of -1", 1)) {
			t.Errorf("%v, want %q", err, words)
		}
	}
	p.Close()
	p.Close()
	if _, err := p.Find(context.Background(), wave(3, 3), 3, 3); err != resnet.ErrClosed {
		t.Errorf("after Close: %v", err)
	}
}

// TestWeights wants files with the names of torchvision's published detectors, and today's, to
// be read, and to be written as they were read.
func TestWeights(t *testing.T) {
	old := []struct{ now, before string }{
		{`rpn\.head\.conv\.0\.0\.`, "rpn.head.conv."}, {`(inner|layer)_blocks\.(\d)\.0\.`, "${1}_blocks.$2."},
		{`mask_head\.0\.0\.`, "mask_head.mask_fcn1."}, {`mask_head\.1\.0\.`, "mask_head.mask_fcn2."},
		{`mask_head\.2\.0\.`, "mask_head.mask_fcn3."}, {`mask_head\.3\.0\.`, "mask_head.mask_fcn4."},
		{`_head\.conv\.0\.0\.`, "_head.conv.0."}, {`_head\.conv\.1\.0\.`, "_head.conv.2."}, {`_head\.conv\.2\.0\.`, "_head.conv.4."}, {`_head\.conv\.3\.0\.`, "_head.conv.6."},
	}
	for name, network := range map[string]Network{"mask": narrowMask(), "retina": narrowRetina()} {
		emit := func(b *graph.Builder) { network.Detect(b, pictures(b, 1, goldenHeight, goldenWidth)) }
		source := readGoldens(t).state(t, name, emit)
		for _, renamed := range []bool{false, true} {
			arrays := source.Arrays()
			for i := range arrays {
				for _, o := range old {
					if renamed {
						arrays[i].Name = regexp.MustCompile(o.now).ReplaceAllString(arrays[i].Name, o.before)
					}
				}
			}
			path := filepath.Join(t.TempDir(), "weights.pth")
			if err := weights.WriteTorch(path, arrays); err != nil {
				t.Fatal(err)
			}
			b := graph.NewBuilder(graph.NewState(), graph.Options{Seed: 9})
			emit(b)
			if err := training.LoadWeights(b.State(), path); err != nil {
				t.Errorf("%s, old names %v: %v", name, renamed, err)
				continue
			}
			for _, x := range source.Tensors() {
				if !slices.Equal(b.State().Get(x.Name).Data(), x.Data()) {
					t.Errorf("%s: %s differs", name, x.Name)
				}
			}
		}
	}
}
