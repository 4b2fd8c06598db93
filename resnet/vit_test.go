package resnet_test

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet"
)

// smallViT is vit_tiny_cifar with fewer blocks, for pictures of a side.
func smallViT(t *testing.T, side int) resnet.ViT {
	t.Helper()
	v := lookup(t, "vit_tiny_cifar", resnet.Options{Input: side}).(resnet.ViT)
	v.Blocks, v.Width, v.Encoder.Hidden = 3, 24, 48
	return v
}

// TestFigures wants torchvision's parameters, and multiply-adds as published.
func TestFigures(t *testing.T) {
	for _, test := range []struct {
		name         string
		parameters   int
		multiplyAdds float64
	}{
		{"vit_b_16", 86_567_656, 17.56e9},
		{"vit_b_32", 88_224_232, 4.41e9},
		{"vit_l_16", 304_326_632, 61.55e9},
		{"vit_l_32", 306_535_400, 15.38e9},
		{"efficientnet_b0", 5_288_548, 0.386e9},
		{"efficientnet_b1", 7_794_184, 0.687e9},
		{"efficientnet_b2", 9_109_994, 1.088e9},
		{"efficientnet_b3", 12_233_232, 1.827e9},
		{"efficientnet_b4", 19_341_616, 4.394e9},
		{"efficientnet_b5", 30_389_784, 10.266e9},
		{"efficientnet_b6", 43_040_704, 19.068e9},
		{"efficientnet_b7", 66_347_960, 37.746e9},
		{"efficientnet_v2_s", 21_458_488, 8.366e9},
		{"efficientnet_v2_m", 54_139_356, 24.582e9},
		{"efficientnet_v2_l", 118_515_272, 56.08e9},
		{"convnext_tiny", 28_589_128, 4.456e9},
		{"convnext_small", 50_223_688, 8.684e9},
		{"convnext_base", 88_591_464, 15.355e9},
		{"convnext_large", 197_767_336, 34.361e9},
	} {
		if testing.Short() && test.parameters > 60e6 {
			continue
		}
		sum := summarize(t, test.name, resnet.Options{}).Total()
		if sum.Parameters != test.parameters {
			t.Errorf("%s: want %d parameters, got %d", test.name, test.parameters, sum.Parameters)
		}
		if off := float64(sum.MultiplyAdds)/test.multiplyAdds - 1; math.Abs(off) > 0.001 {
			t.Errorf("%s: want about %.4g multiply-adds, got %d", test.name, test.multiplyAdds, sum.MultiplyAdds)
		}
	}
}

// TestViTStart wants tensors to start as torchvision's: logits of zero, and the spread
// of the others.
func TestViTStart(t *testing.T) {
	network := lookup(t, "vit_tiny_cifar", resnet.Options{})
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{Seed: 5})
	x := b.Input("x", 1, 32, 32, 3)
	y := network.Build(b, x)
	run(t, b, func() { copy(graph.Floats(x), noise(32*32*3)) }, y)
	for _, v := range graph.Floats(y) {
		if v != 0 {
			t.Fatalf("logits %v, want zeros", graph.Floats(y))
		}
	}
	for name, want := range map[string]float64{
		"class_token": 0, "encoder.pos_embedding": 0.02, "conv_proj.weight": math.Sqrt(1. / 48), "conv_proj.bias": 0, "heads.head.weight": 0, "heads.head.bias": 0,
		"encoder.layers.encoder_layer_3.self_attention.in_proj_weight":  math.Sqrt(2. / (4 * 192)),
		"encoder.layers.encoder_layer_3.self_attention.in_proj_bias":    0,
		"encoder.layers.encoder_layer_3.self_attention.out_proj.weight": math.Sqrt(1. / (3 * 192)),
		"encoder.layers.encoder_layer_3.self_attention.out_proj.bias":   0,
		"encoder.layers.encoder_layer_3.mlp.0.weight":                   math.Sqrt(2. / (5 * 192)),
		"encoder.layers.encoder_layer_3.mlp.3.weight":                   math.Sqrt(2. / (5 * 192)),
		"encoder.layers.encoder_layer_3.mlp.3.bias":                     1e-6,
	} {
		square := 0.0
		data := state.Get(name).Data()
		for _, v := range data {
			square += float64(v) * float64(v) / float64(len(data))
		}
		if got := math.Sqrt(square); math.Abs(got-want) > 0.15*want {
			t.Errorf("%s starts with a deviation of %v, want %v", name, got, want)
		}
	}
}

func TestViTErrors(t *testing.T) {
	if _, err := resnet.Lookup("vit_b_16", resnet.Options{Input: 225}); err == nil || !strings.Contains(err.Error(), "multiple of 16, got 225") {
		t.Errorf("a picture of 225x225: %v", err)
	}
	for want, side := range map[string][2]int{"of 32x32 alone, got 36x36": {36, 36}, "of 32x32 alone, got 32x36": {32, 36}} {
		b := graph.NewBuilder(graph.NewState(), graph.Options{})
		smallViT(t, 32).Build(b, b.Input("x", 1, side[0], side[1], 3))
		if b.Err() == nil || !strings.Contains(b.Err().Error(), want) || strings.Contains(b.Err().Error(), "\n") {
			t.Errorf("want a line with %q, got %v", want, b.Err())
		}
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{})
	resnet.ViT{About: resnet.Info{Name: "mine", Input: 32, Classes: 2}, Patch: 4}.Build(b, b.Input("x", 1, 32, 32, 3))
	if b.Err() == nil || !strings.Contains(b.Err().Error(), "mine: a ViT needs") {
		t.Errorf("without blocks: %v", b.Err())
	}
	if _, ok := resnet.Network(smallViT(t, 32)).(resnet.FullyConvolutional); ok {
		t.Error("a ViT has no fully convolutional form")
	}
}

// TestViTRecognized wants files of Vision Transformers to be known, for other sizes
// and classes too.
func TestViTRecognized(t *testing.T) {
	for want, o := range map[string]resnet.Options{"vit_tiny_cifar": {Classes: 7}, "vit_tiny_cifar for pictures of 48x48": {Input: 48, Classes: 7}} {
		state := graph.NewState()
		b := graph.NewBuilder(state, graph.Options{})
		side := max(o.Input, 32)
		lookup(t, "vit_tiny_cifar", o).Build(b, b.Input("x", 1, side, side, 3))
		if got, classes := resnet.Recognize(state.Specs()); got != want || classes != 7 {
			t.Errorf("recognized as %q for %d classes, want %q for 7", got, classes, want)
		}
	}
}

// TestViTPositions loads weights for pictures of another size.
func TestViTPositions(t *testing.T) {
	small, large := graph.NewState(), graph.NewState()
	for state, side := range map[*graph.State]int{small: 32, large: 48} {
		b := graph.NewBuilder(state, graph.Options{Seed: uint64(side)})
		smallViT(t, side).Build(b, b.Input("x", 1, side, side, 3))
	}
	path := filepath.Join(t.TempDir(), "vit.pth")
	if err := weights.Write(path, small.Arrays()); err != nil {
		t.Fatal(err)
	}
	if _, err := large.LoadFile(path, weights.FitOptions{}); err == nil || !strings.Contains(err.Error(), "pos_embedding has shape [1 65 24], want [1 145 24]") {
		t.Errorf("positions of another size: %v", err)
	}
	taken, err := large.LoadFile(path, weights.FitOptions{ResizePositions: true})
	if err != nil || taken.Resized != "encoder.pos_embedding" || taken.Patches != 8 || !strings.Contains(taken.String(), "encoder.pos_embedding resized from 8x8 patches") {
		t.Fatalf("took %q, %v", taken, err)
	}
	from, to := small.Get("encoder.pos_embedding").Data(), large.Get("encoder.pos_embedding").Data()
	if !slices.Equal(from[:48], to[:48]) || !slices.Equal(from[len(from)-24:], to[len(to)-24:]) {
		t.Error("class token and corners have other positions than in the file")
	}
	if a, b := small.Get("conv_proj.weight"), large.Get("conv_proj.weight"); !slices.Equal(a.Data(), b.Data()) {
		t.Error("other tensors are not those of the file")
	}
}
