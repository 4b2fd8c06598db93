package imagenet

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/gorgonet/gorgonet/internal/misuse"
)

// TestNil wants an error, or nothing, of pictures and data that are not there.
func TestNil(t *testing.T) {
	misuse.Methods(t, nil, (*Picture)(nil), &Picture{}, &Examples{}, (*Set)(nil), &Set{}, Pipeline{}, Preprocessing{}, Normalization{})
	transforms := []Transform{Resize{}, RandomResize{}, CenterCrop{}, RandomCrop{}, RandomFlip{}, RandomResizedCrop{}, ColorJitter{}, Lighting{}}
	for _, x := range transforms {
		if x.Apply(nil, rand.New(rand.NewPCG(1, 2))) == nil {
			t.Errorf("%T of no picture has no error", x)
		}
	}
	for _, x := range transforms[:6] {
		if _, flip := x.(RandomFlip); !flip && x.Apply(&Picture{}, rand.New(rand.NewPCG(1, 2))) == nil {
			t.Errorf("%T of an empty picture has no error", x)
		}
	}
	for _, size := range []int{-1, 1 << 40} {
		e := &Examples{Test: Pipeline{Size: size, Transforms: transforms}}
		if _, err := PixelMean(context.Background(), e); err == nil {
			t.Errorf("the mean of pictures of %d pixels has no error", size)
		}
	}
}
