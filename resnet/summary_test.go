package resnet_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"gorgonia.org/gorgonia"
)

func summarize(t *testing.T, name string, o resnet.Options) resnet.Summary {
	t.Helper()
	s, err := resnet.Summarize(lookup(t, name, o), 0)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestPaperFigures compares with what the papers state, rounded: multiply-adds
// of He et al. 2015, table 1 and section 3.3, and parameters of torchvision.
func TestPaperFigures(t *testing.T) {
	for _, test := range []struct {
		name         string
		parameters   int
		multiplyAdds float64
	}{
		{"resnet18", 11_689_512, 1.8e9},
		{"resnet34", 21_797_672, 3.6e9},
		{"plain34", 0, 3.6e9},
		{"resnet50_2015", 25_557_032, 3.8e9},
		{"resnet101_2015", 44_549_160, 7.6e9},
		{"resnet152_2015", 60_192_808, 11.3e9},
		{"vgg19", 143_667_240, 19.6e9},
	} {
		if testing.Short() && test.multiplyAdds > 4e9 {
			continue
		}
		sum := summarize(t, test.name, resnet.Options{}).Total()
		if test.parameters > 0 && sum.Parameters != test.parameters {
			t.Errorf("%s: want %d parameters, got %d", test.name, test.parameters, sum.Parameters)
		}
		if off := float64(sum.MultiplyAdds)/test.multiplyAdds - 1; math.Abs(off) > 0.03 {
			t.Errorf("%s: want about %.3g multiply-adds, got %d", test.name, test.multiplyAdds, sum.MultiplyAdds)
		}
	}
}

// TestEverySummary summarises and draws every named network.
func TestEverySummary(t *testing.T) {
	for _, name := range append(resnet.Names(), "resnet20", "plain56") {
		t.Run(name, func(t *testing.T) {
			network := lookup(t, name, resnet.Options{})
			giant := strings.HasPrefix(name, "vgg") || strings.HasPrefix(name, "wide") || network.Info().Layers > 100
			if testing.Short() && giant {
				t.Skip("takes long")
			}
			s, err := resnet.Summarize(network, 0)
			if err != nil {
				t.Fatal(err)
			}
			total := s.Total()
			var parameters, weighted int
			var multiplyAdds int64
			for _, stage := range s.Stages() {
				parameters += stage.Parameters
				multiplyAdds += stage.MultiplyAdds
			}
			for _, l := range s.Layers {
				squeeze := strings.Contains(l.Name, ".se.") || strings.HasSuffix(l.Name, ".fc1") || strings.HasSuffix(l.Name, ".fc2")
				if l.MultiplyAdds > 0 && !l.Shortcut && !squeeze {
					weighted++
				}
				if l.Stage == "" || l.Text == "" || l.Stride < 1 {
					t.Errorf("incomplete layer %+v", l)
				}
			}
			if parameters != total.Parameters || multiplyAdds != total.MultiplyAdds {
				t.Errorf("stages add up to %d and %d, layers to %d and %d", parameters, multiplyAdds, total.Parameters, total.MultiplyAdds)
			}
			switch { // as the papers count
			case name == "googlenet":
				weighted -= 58 - 22 // a unit's branches lie beside each other
			case strings.HasSuffix(name, "c"), strings.HasSuffix(name, "d") && strings.HasPrefix(name, "resnet"):
				weighted -= 2 // a stem of three convolutions is one of its predecessor's
			}
			if weighted != s.Info.Layers {
				t.Errorf("want %d layers with weights on the main path, got %d", s.Info.Layers, weighted)
			}
			if !slices.Equal(total.Shape, []int{s.Info.Classes}) {
				t.Errorf("want an output of %d classes, got %v", s.Info.Classes, total.Shape)
			}
			var table strings.Builder
			if err := s.WriteLayers(&table); err != nil {
				t.Fatal(err)
			}
			checkTable(t, table.String())
			checkDOT(t, s)
		})
	}
}

// checkTable looks whether a table's rows end in the same column.
func checkTable(t *testing.T, text string) {
	t.Helper()
	_, rows, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimSuffix(rows, "\n"), "\n")
	for _, line := range lines {
		if len(line) != len(lines[0]) {
			t.Fatalf("rows of different length:\n%s", text)
		}
	}
}

func TestSummaryTables(t *testing.T) {
	var text strings.Builder
	s := summarize(t, "resnet8", resnet.Options{Shortcut: blocks.ShortcutB})
	if err := s.WriteStages(&text); err != nil {
		t.Fatal(err)
	}
	if err := s.WriteLayers(&text); err != nil {
		t.Fatal(err)
	}
	const want = `resnet8: 8 layers, input 32x32x3, 10 classes

stage   composition             output  parameters  multiply-adds
stem    3x3, 16               32x32x16         464        442,368
layer1  [3x3, 16; 3x3, 16]    32x32x16       4,672      4,718,592
layer2  [3x3, 32; 3x3, 32]    16x16x32      14,528      3,670,016
layer3  [3x3, 64; 3x3, 64]      8x8x64      57,728      3,670,016
head    average pool; fc, 10        10         650            640
total                               10      78,042     12,501,632
resnet8: 8 layers, input 32x32x3, 10 classes

layer                  operation       output  parameters  multiply-adds
conv1                  3x3, 16       32x32x16         464        442,368
layer1.0.conv1         3x3, 16       32x32x16       2,336      2,359,296
layer1.0.conv2         3x3, 16       32x32x16       2,336      2,359,296
layer2.0.conv1         3x3, 32, /2   16x16x32       4,672      1,179,648
layer2.0.conv2         3x3, 32       16x16x32       9,280      2,359,296
layer2.0.downsample.0  1x1, 32, /2   16x16x32         576        131,072
layer3.0.conv1         3x3, 64, /2     8x8x64      18,560      1,179,648
layer3.0.conv2         3x3, 64         8x8x64      36,992      2,359,296
layer3.0.downsample.0  1x1, 64, /2     8x8x64       2,176        131,072
avgpool                average pool        64           0              0
fc                     fc, 10              10         650            640
total                                      10      78,042     12,501,632
`
	if text.String() != want {
		t.Errorf("want\n%s\ngot\n%s", want, text.String())
	}
}

// TestCompositions compares stages with the papers' tables.
func TestCompositions(t *testing.T) {
	for _, test := range []struct {
		name  string
		o     resnet.Options
		stage int
		want  string
		shape []int
	}{
		{"resnet50", resnet.Options{}, 0, "7x7, 64, /2; max pool, /2", []int{56, 56, 64}},
		{"resnet50", resnet.Options{}, 3, "[1x1, 256; 3x3, 256; 1x1, 1024] x 6", []int{14, 14, 1024}},
		{"resnet50", resnet.Options{Input: 32}, 0, "3x3, 64", []int{32, 32, 64}},
		{"resnext50_32x4d", resnet.Options{}, 1, "[1x1, 128; 3x3, 128, 32 groups; 1x1, 256] x 3", []int{56, 56, 256}},
		{"seresnet18", resnet.Options{}, 2, "[3x3, 128; 3x3, 128; fc, 8; fc, 128] x 2", []int{28, 28, 128}},
		{"preact_resnet18", resnet.Options{}, 5, "batch norm; average pool; fc, 1000", []int{1000}},
		{"vgg16", resnet.Options{Input: 32}, 4, "max pool, /2; 3x3, 512 x 3", []int{2, 2, 512}},
		{"vgg16", resnet.Options{Input: 32}, 5, "max pool, /2; fc, 4096 x 2; fc, 1000", []int{1000}},
	} {
		if testing.Short() && test.name == "vgg16" {
			continue
		}
		got := summarize(t, test.name, test.o).Stages()[test.stage]
		if got.Text != test.want || !slices.Equal(got.Shape, test.shape) {
			t.Errorf("%s, stage %d: want %s and %v, got %s and %v", test.name, test.stage, test.want, test.shape, got.Text, got.Shape)
		}
	}
}

// own is a network outside the package, with a node of Gorgonia's own in it.
type own struct{ fail bool }

func (own) Info() resnet.Info { return resnet.Info{Name: "own", Layers: 2, Input: 8, Classes: 3} }

func (o own) Features(b *graph.Builder, x *gorgonia.Node) []*gorgonia.Node {
	y := b.Conv("first", x, graph.Conv{Out: 4, Kernel: 3})
	if o.fail {
		return []*gorgonia.Node{b.Add("bad", x, y, graph.Identity)}
	}
	return []*gorgonia.Node{y}
}

func (o own) Build(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	y := o.Features(b, x)[0]
	if b.Err() != nil {
		return nil
	}
	return b.Linear("fc", b.GlobalAvgPool("pool", gorgonia.Must(gorgonia.Square(y))), 3)
}

func TestSummarizeOwn(t *testing.T) {
	s, err := resnet.Summarize(own{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range s.Layers {
		got = append(got, l.Stage+" "+l.Name+" "+l.String())
	}
	want := []string{"stage1 first 3x3, 4", "head pool average pool", "head fc fc, 3"}
	if !slices.Equal(got, want) || !slices.Equal(s.Layers[0].Shape, []int{8, 8, 4}) {
		t.Errorf("want %q, got %q with %v", want, got, s.Layers[0].Shape)
	}
	for _, test := range []struct {
		network resnet.Network
		side    int
		want    string
	}{
		{own{fail: true}, 0, "bad: only equal shapes"},
		{own{}, 2, "does not fit"},
		{resnet.Config{About: resnet.Info{Name: "empty"}}, 0, "empty: want a picture of at least 1 pixel"},
		{resnet.Config{About: resnet.Info{Name: "empty", Input: 8}}, 0, "empty: a network needs"},
	} {
		if _, err := resnet.Summarize(test.network, test.side); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("want an error with %q, got %v", test.want, err)
		}
	}
}
