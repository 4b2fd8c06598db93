package imagenet

import (
	"context"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph/weights"
)

func TestPixelMean(t *testing.T) {
	files := map[string]string{}
	for _, kind := range []string{"rgb.jpg", "gray.jpg", "cmyk.jpg", "alpha.png", "palette.png"} {
		files["a/"+kind] = fixture(t, "kind-"+kind)
	}
	e := examples(t, tree(t, files), nil)
	mean, err := PixelMean(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	want, x := make([]float64, 8*8*3), make([]float32, 8*8*3)
	plain := &Examples{Set: e.Set, Test: e.Test}
	plain.Test.Normalization = Normalization{Deviation: [3]float32{1, 1, 1}}
	for i := range e.Len() {
		if _, err := plain.Example(i, nil, x); err != nil {
			t.Fatal(err)
		}
		for k, v := range x {
			want[k] += float64(v) / float64(e.Len())
		}
	}
	for k, v := range mean {
		if math.Abs(float64(v)-want[k]) > 1e-6 {
			t.Fatalf("value %d: want %v, got %v", k, want[k], v)
		}
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(7))
	if again, err := PixelMean(context.Background(), e); err != nil || !slices.Equal(again, mean) {
		t.Error("not the same mean with more processors", err)
	}

	// What is subtracted from a picture belongs to its place, flipped or not.
	subtracted := &Examples{Set: e.Set, Test: plain.Test}
	subtracted.Test.Normalization = Normalization{Deviation: [3]float32{0.5, 0.25, 1}, Pixels: mean}
	y := make([]float32, len(x))
	if _, err := plain.Example(1, nil, x); err != nil {
		t.Fatal(err)
	}
	if _, err := subtracted.Example(1, nil, y); err != nil {
		t.Fatal(err)
	}
	for k := range y {
		if want := (x[k] - mean[k]) / []float32{0.5, 0.25, 1}[k%3]; math.Abs(float64(y[k]-want)) > 1e-5 {
			t.Fatalf("value %d: want %v, got %v", k, want, y[k])
		}
	}

	path := filepath.Join(t.TempDir(), "mean.safetensors")
	if err := SavePixelMean(path, mean, 8, 8); err != nil {
		t.Fatal(err)
	}
	if got, h, w, err := LoadPixelMean(path); err != nil || h != 8 || w != 8 || !slices.Equal(got, mean) {
		t.Error(h, w, err)
	}
}

func TestBadPixelMean(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	e := examples(t, tree(t, map[string]string{"a/1.jpg": fixture(t, "kind-rgb.jpg"), "a/2.jpg": ""}), nil)
	other := filepath.Join(t.TempDir(), "other.safetensors")
	if err := weights.WriteSafetensors(other, []weights.Array{{Name: "mean", Shape: []int{3}, Data: make([]float32, 3)}}, nil); err != nil {
		t.Fatal(err)
	}
	for want, do := range map[string]func() error{
		"context canceled": func() error { _, err := PixelMean(ended, e); return err },
		"the set is empty": func() error { _, err := PixelMean(context.Background(), &Examples{Set: &Set{}}); return err },
		"got nil":          func() error { _, err := PixelMean(context.Background(), nil); return err },
		"needs random": func() error {
			good := examples(t, tree(t, map[string]string{"a/1.jpg": fixture(t, "kind-rgb.jpg")}), nil)
			_, err := PixelMean(context.Background(), &Examples{Set: good.Set, Test: good.Train})
			return err
		},
		`want an array "mean"`: func() error { _, _, _, err := LoadPixelMean(other); return err },
		"no such file":         func() error { _, _, _, err := LoadPixelMean(other + "?"); return err },
		"imagenet: weights":    func() error { return SavePixelMean(other, make([]float32, 5), 1, 1) },
		"want a mean of every pixel of 8x8, 192 values, got 3; pictures of other sizes": func() error {
			p := e.Test
			p.Normalization.Pixels = make([]float32, 3)
			return p.Apply(make([]float32, 8*8*3), open(t, "picture.png"), nil)
		},
	} {
		if err := do(); err == nil || !strings.HasPrefix(err.Error(), "imagenet: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}
