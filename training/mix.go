package training

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gonum.org/v1/gonum/stat/distuv"
)

// Mix blends every example of a batch with the one before it, and their labels in
// the same proportion. The share of the example itself is drawn for each batch from
// the distribution Beta(alpha, alpha). Where both alphas are set, each batch is
// mixed one way or the other, as a coin decides.
type Mix struct {
	// Mixup is the alpha of sums of two pictures (Zhang et al. 2017); 0 means none.
	Mixup float64
	// CutMix is the alpha of pictures with a rectangle of another one in them (Yun
	// et al. 2019), whose area is the other's share; 0 means none.
	CutMix float64
}

func (m Mix) check() error {
	for _, alpha := range []float64{m.Mixup, m.CutMix} {
		if !(alpha >= 0) || math.IsInf(alpha, 1) {
			return errors.Errorf("training: the alpha of mixup or CutMix cannot be %v; it is 0 for none, or such as 0.2 or 1", alpha)
		}
	}
	return nil
}

// apply mixes a batch of examples of shape [H W C], and returns the share that
// example i keeps of itself; the rest is of example i-1, of the last for the first.
func (m Mix) apply(images []float32, shape []int, source rand.Source) (share float64) {
	if m == (Mix{}) {
		return 1
	}
	rng := rand.New(source)
	alpha, cut := m.Mixup, false
	if m.Mixup == 0 || m.CutMix > 0 && rng.IntN(2) == 1 {
		alpha, cut = m.CutMix, true
	}
	share = distuv.Beta{Alpha: alpha, Beta: alpha, Src: source}.Rand()
	if cut {
		return cutmix(images, shape, share, rng)
	}
	a := float32(share)
	blend(images, shape, func(dst, src []float32) {
		for i, v := range src {
			dst[i] = a*dst[i] + (1-a)*v
		}
	})
	return share
}

// cutmix puts into every picture the same rectangle of the one before it. Its sides
// have the ratio of the picture's, and what lies outside the picture is cut off.
func cutmix(images []float32, shape []int, share float64, rng *rand.Rand) float64 {
	h, w, c := shape[0], shape[1], shape[2]
	y, x := rng.IntN(h), rng.IntN(w)
	half := math.Sqrt(1-share) / 2
	dy, dx := int(half*float64(h)), int(half*float64(w))
	top, bottom := max(y-dy, 0), min(y+dy, h)
	left, right := max(x-dx, 0), min(x+dx, w)
	blend(images, shape, func(dst, src []float32) {
		for row := top; row < bottom; row++ {
			from, to := (row*w+left)*c, (row*w+right)*c
			copy(dst[from:to], src[from:to])
		}
	})
	return 1 - float64((bottom-top)*(right-left))/float64(h*w)
}

// blend calls mix for every example and the one before it as it was.
func blend(images []float32, shape []int, mix func(dst, src []float32)) {
	size := shape[0] * shape[1] * shape[2]
	last := append([]float32(nil), images[len(images)-size:]...)
	for at := len(images) - size; at > 0; at -= size {
		mix(images[at:at+size], images[at-size:at])
	}
	mix(images[:size], last)
}

// targets writes the probabilities [N classes] that the labels of a mixed batch
// stand for, smoothed: a part of the whole is spread over all classes evenly. Examples
// that are mixed of one whose label does not count have a row of zeros.
func targets(dst []float32, labels []int32, share, smoothing float64) error {
	n := len(labels)
	classes := len(dst) / n
	for i, l := range labels {
		before, row := labels[(i+n-1)%n], dst[i*classes:(i+1)*classes]
		if int(max(l, before)) >= classes {
			return errors.Errorf("training: labels %d and %d in a network of %d classes", before, l, classes)
		}
		if l < 0 || share < 1 && before < 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] = float32(smoothing / float64(classes))
		}
		row[l] += float32((1 - smoothing) * share)
		if share < 1 {
			row[before] += float32((1 - smoothing) * (1 - share))
		}
	}
	return nil
}
