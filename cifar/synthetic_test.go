package cifar

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"testing"
)

// TestSyntheticBytes pins the first images: they may not change from release
// to release nor from machine to machine.
func TestSyntheticBytes(t *testing.T) {
	d := Synthetic(1, 40, 20)
	hash := sha256.New()
	hash.Write(d.Train.Images)
	hash.Write(d.Test.Images)
	const want = "bd6aa9b02ccee380f4672633fd2846c51b663a30104ac32f58979592701bd558"
	if got := hex.EncodeToString(hash.Sum(nil)); got != want {
		t.Errorf("SHA-256 %s, want %s", got, want)
	}
}

func TestSyntheticSets(t *testing.T) {
	d := Synthetic(1, 200, 57)
	if d.Name != "synthetic" || d.Train.Len() != 200 || d.Test.Len() != 57 || len(d.Train.Classes) != 10 || !distinct(d.Train.Classes) {
		t.Fatalf("%s: %d and %d images of %v", d.Name, d.Train.Len(), d.Test.Len(), d.Train.Classes)
	}
	for label, n := range counted(d.Test) {
		if n < 5 || n > 6 {
			t.Errorf("%d test images of class %d of 57", n, label)
		}
	}
	if small := Synthetic(1, 31, 0); !bytes.Equal(small.Train.Images, d.Train.Head(31).Images) || !slices.Equal(small.Train.Labels, d.Train.Head(31).Labels) {
		t.Error("a smaller set is not the head of a larger one")
	}
	if bytes.Equal(d.Train.Head(10).Images, d.Test.Head(10).Images) {
		t.Error("the training images are the test images")
	}
	if bytes.Equal(d.Train.Images, Synthetic(2, 200, 0).Train.Images) {
		t.Error("another seed draws the same images")
	}
	if none := Synthetic(1, -1, 0); none.Train.Len() != 0 || none.Test.Len() != 0 {
		t.Error("images in a set of none")
	}
}

// TestSyntheticIsHard: softmax regression on pixels stays below 25 % on new
// images, where chance is 10 %. The same regression is right on images whose
// first pixel tells the class, so it can learn.
func TestSyntheticIsHard(t *testing.T) {
	if testing.Short() {
		t.Skip("trains a classifier")
	}
	d := Synthetic(3, 3000, 1000)
	accuracy := regress(t, d, 8)
	t.Logf("a linear classifier reaches %.3f", accuracy)
	if accuracy > 0.25 {
		t.Errorf("a linear classifier reaches %.3f, want at most 0.25", accuracy)
	}
	easy := Synthetic(3, 500, 200)
	for _, s := range []*Set{easy.Train, easy.Test} {
		for i, label := range s.Labels {
			clear(s.Image(i))
			for j := range 300 {
				s.Image(i)[int(label)*300+j] = 255
			}
		}
	}
	if accuracy := regress(t, easy, 8); accuracy < 0.95 {
		t.Errorf("the classifier of the test reaches only %.3f on an easy set", accuracy)
	}
}

// regress trains softmax regression by stochastic gradient descent and returns
// its accuracy on the test part.
func regress(t *testing.T, d *Dataset, epochs int) float64 {
	t.Helper()
	normalization := PerChannel(ChannelStatistics(d.Train))
	var weights [10][ImageSize]float32
	x := make([]float32, ImageSize)
	logits := func(s *Set, i int) (z [10]float64, label int32) {
		label, err := Examples{Set: s, Normalization: normalization}.Example(i, nil, x)
		if err != nil {
			t.Fatal(err)
		}
		for k := range z {
			var sum float32
			for j, v := range x {
				sum += v * weights[k][j]
			}
			z[k] = float64(sum)
		}
		return z, label
	}
	for epoch := range epochs {
		rate := 5e-4 / float64(1+epoch)
		for i := range d.Train.Len() {
			z, label := logits(d.Train, i)
			top, total := slices.Max(z[:]), 0.0
			for k := range z {
				z[k] = math.Exp(z[k] - top)
				total += z[k]
			}
			for k := range z {
				step := z[k] / total
				if int32(k) == label {
					step--
				}
				step *= rate
				for j, v := range x {
					weights[k][j] -= float32(step) * v
				}
			}
		}
	}
	right := 0
	for i := range d.Test.Len() {
		z, label := logits(d.Test, i)
		if int32(slices.Index(z[:], slices.Max(z[:]))) == label {
			right++
		}
	}
	return float64(right) / float64(d.Test.Len())
}

func BenchmarkSynthetic(b *testing.B) {
	for b.Loop() {
		Synthetic(1, 5000, 1000)
	}
}
