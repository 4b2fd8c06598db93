package cifar

import (
	"math"
	"slices"

	"github.com/pkg/errors"
)

// Normalization maps a byte x of an image to (x/255 - Mean) / Deviation. The
// zero value only divides by 255.
type Normalization struct {
	Mean      []float32         // [32 32 3], in units of x/255; nil is 0
	Deviation [Channels]float32 // per channel, in units of x/255; 0 is 1
}

// PerPixelMean is the normalisation of section 4.2, "the per-pixel mean
// subtracted": x/255 less the mean image of s, which should be the training
// set. An empty set gives a zero Mean.
func PerPixelMean(s *Set) Normalization {
	var sums [ImageSize]uint64
	n := 0
	for i := range s.Len() {
		image := s.Image(i)
		if image == nil {
			break
		}
		for j, x := range image {
			sums[j] += uint64(x)
		}
		n++
	}
	mean := make([]float32, ImageSize)
	for j, sum := range sums {
		mean[j] = float32(float64(sum) / (255 * float64(max(n, 1))))
	}
	return Normalization{Mean: mean}
}

// PerChannel is the normalisation by a mean and a standard deviation for each
// of red, green and blue, both in units of x/255. ChannelStatistics measures
// them.
func PerChannel(mean, deviation [Channels]float32) Normalization {
	image := make([]float32, ImageSize)
	for j := range image {
		image[j] = mean[j%Channels]
	}
	return Normalization{Mean: image, Deviation: deviation}
}

// Values are the means, of each channel where all pixels have the same and otherwise
// of each value of an image, and the deviations of the channels; nil stands for means
// of 0 and deviations of 1. NormalizationOf is the way back.
func (n Normalization) Values() (mean, deviation []float32) {
	if n.Deviation != [Channels]float32{} {
		deviation = n.Deviation[:]
		for i, d := range deviation {
			if d == 0 {
				deviation[i] = 1
			}
		}
	}
	for j, v := range n.Mean {
		if v != n.Mean[j%Channels] {
			return n.Mean, deviation
		}
	}
	return n.Mean[:min(len(n.Mean), Channels)], deviation
}

// NormalizationOf is the normalisation of these Values.
func NormalizationOf(mean, deviation []float32) (n Normalization, err error) {
	switch len(deviation) {
	case 0:
	case Channels:
		n.Deviation = [Channels]float32(deviation)
	default:
		return n, errors.Errorf("cifar: want a deviation for each of %d channels, got %d", Channels, len(deviation))
	}
	switch len(mean) {
	case 0:
	case Channels:
		n.Mean = PerChannel([Channels]float32(mean), n.Deviation).Mean
	case ImageSize:
		n.Mean = slices.Clone(mean)
	default:
		return n, errors.Errorf("cifar: want a mean for each of %d channels or %d values, got %d", Channels, ImageSize, len(mean))
	}
	return n, n.check()
}

// check refuses deviations that nothing can be divided by.
func (n Normalization) check() error {
	for _, d := range n.Deviation {
		if !(d >= 0) || math.IsInf(float64(d), 1) {
			return errors.Errorf("cifar: want deviations of 0, for 1, or more, got %v", n.Deviation)
		}
	}
	return nil
}

// ChannelStatistics returns the mean and the standard deviation (of the
// population) of each channel over all pixels of s, in units of x/255. An
// empty set has zeros.
func ChannelStatistics(s *Set) (mean, deviation [Channels]float32) {
	if s.Len() == 0 {
		return mean, deviation
	}
	// A histogram makes the sums exact and the pass one increment a byte.
	var histogram [Channels][256]uint64
	for j := 0; j+Channels <= len(s.Images); j += Channels {
		pixel := s.Images[j : j+Channels : j+Channels]
		histogram[0][pixel[0]]++
		histogram[1][pixel[1]]++
		histogram[2][pixel[2]]++
	}
	for c := range histogram {
		var n, sum, squares float64
		for x, count := range histogram[c] {
			n += float64(count)
			sum += float64(count) * float64(x)
			squares += float64(count) * float64(x*x)
		}
		if n == 0 {
			continue
		}
		m := sum / n
		mean[c] = float32(m / 255)
		deviation[c] = float32(math.Sqrt(max(0, squares/n-float64(m*m))) / 255)
	}
	return mean, deviation
}
