package detection

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

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

// TestLoadBackbone wants the tensors of a network that tells pictures apart in the places that
// the detectors have for them.
func TestLoadBackbone(t *testing.T) {
	config := narrow(blocks.NoTop, 0).Network.(resnet.Config)
	b := graph.NewBuilder(graph.NewState(), graph.Options{Seed: 5})
	config.Build(b, b.Input("x", 1, goldenHeight, goldenWidth, 3))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	path := filepath.Join(t.TempDir(), "backbone.pth")
	if err := weights.WriteTorch(path, b.State().Arrays()); err != nil {
		t.Fatal(err)
	}
	for name, network := range map[string]Network{"mask": narrowMask(), "retina": narrowRetina(), "c4": narrowC4()} {
		of := graph.NewBuilder(graph.NewState(), graph.Options{Seed: 9})
		network.Detect(of, pictures(of, 1, goldenHeight, goldenWidth))
		if _, err := network.LoadBackbone(of.State(), path, weights.FitOptions{}); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, x := range b.State().Tensors() {
			if strings.HasPrefix(x.Name, "fc.") {
				continue
			}
			scope := "backbone.body."
			if name == "c4" {
				scope = "backbone."
			}
			if got := of.State().Get(scope + x.Name); got == nil || !slices.Equal(got.Data(), x.Data()) {
				t.Errorf("%s: %s differs", name, scope+x.Name)
			}
		}
	}
}
