package imagenet

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/pkg/errors"
)

// PixelMean is the mean of every pixel of the examples as Test cuts them, [H W 3]
// in units of x/255: the Pixels of a Normalization (section 3.4). Pictures are
// read on all processors; the result is the same for any number of them.
func PixelMean(ctx context.Context, e *Examples) ([]float32, error) {
	if ctx == nil || e == nil {
		return nil, errors.New("imagenet: the mean of pixels needs a context and examples, got nil")
	}
	pipeline := e.test()
	size := pipeline.Shape()[0]
	if size < 1 || size > maxScratch/size {
		return nil, errors.Errorf("imagenet: mean of every pixel: want pictures of at least 1x1 pixels, and %d at most, got %dx%d", maxScratch, size, size)
	}
	workers := min(runtime.GOMAXPROCS(0), max(e.Len(), 1))
	sums, failures := make([][]uint64, workers), make([]error, workers)
	var next atomic.Int64
	var running sync.WaitGroup
	for w := range workers {
		running.Go(func() {
			sums[w] = make([]uint64, 3*size*size)
			add := func(p *Picture) error { return addPixels(sums[w], pipeline, p) }
			for failures[w] == nil {
				i := int(next.Add(1) - 1)
				if i >= max(e.Len(), 1) { // of an empty set the first is an error
					return
				}
				if failures[w] = ctx.Err(); failures[w] == nil {
					_, failures[w] = e.readable(i, add)
				}
			}
		})
	}
	running.Wait()
	for _, err := range failures {
		if err != nil {
			return nil, errors.WithMessage(err, "imagenet: mean of every pixel")
		}
	}
	mean := make([]float32, 3*size*size)
	for i := range mean {
		sum := uint64(0)
		for _, s := range sums {
			sum += s[i]
		}
		mean[i] = float32(float64(sum) / float64(255*e.Len()))
	}
	return mean, nil
}

// addPixels adds a picture's bytes, whose sum no order changes.
func addPixels(sum []uint64, pipeline Pipeline, p *Picture) error {
	if err := pipeline.transform(p, nil); err != nil {
		return err
	}
	m, err := p.flush()
	if err != nil {
		return err
	}
	for i := range sum {
		sum[i] += uint64(m.Pix[i/3*4+i%3])
	}
	return nil
}

// meanName is the array of a file with a mean.
const meanName = "mean"

// SavePixelMean writes a mean of height x width pixels as a safetensors file.
func SavePixelMean(path string, mean []float32, height, width int) error {
	return errors.WithMessage(weights.WriteSafetensors(path, []weights.Array{{Name: meanName, Shape: []int{height, width, 3}, Data: mean}}, nil), "imagenet")
}

// LoadPixelMean reads what SavePixelMean wrote.
func LoadPixelMean(path string) (mean []float32, height, width int, err error) {
	arrays, _, _, err := weights.ReadSafetensors(path)
	if err != nil {
		return nil, 0, 0, errors.WithMessage(err, "imagenet")
	}
	i := slices.IndexFunc(arrays, func(a weights.Array) bool { return a.Name == meanName })
	if i < 0 || len(arrays[i].Shape) != 3 || arrays[i].Shape[2] != 3 || len(arrays[i].Data) == 0 {
		return nil, 0, 0, errors.Errorf("imagenet: %s: want an array %q of floats [height width 3]", path, meanName)
	}
	return arrays[i].Data, arrays[i].Shape[0], arrays[i].Shape[1], nil
}
