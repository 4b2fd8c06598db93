package kernel

import "math"

// RoIs is the shape of a pooling of regions of interest: of maps [N H W C], each of its own
// size and scale, and regions [R Row], it makes y [R Size Size C]. The first five values of a
// region are its picture, which is below 0 where there is none, and x1, y1, x2, y2 in pixels of
// the picture.
type RoIs struct {
	C, Row  int
	Size    int
	Maps    []RoIMap
	Samples int  // of a bin, each way; 0 means as many as it is pixels large
	Aligned bool // pixels have their middle, not their corner, at whole numbers
	// Level tells from which map a box is taken; nil where there is one.
	Level func(box []float32) int
}

// RoIMap is one of the maps.
type RoIMap struct {
	H, W  int
	Scale float32 // of the map to the picture
}

// region is region i: its picture, or -1, its box, and its map.
func (r *RoIs) region(regions []float32, i int) (picture int, box []float32, level int) {
	row := regions[i*r.Row : i*r.Row+5]
	if row[0] < 0 {
		return -1, nil, 0
	}
	if r.Level != nil {
		level = min(max(r.Level(row[1:]), 0), len(r.Maps)-1)
	}
	return int(row[0]), row[1:], level
}

// bins are where the values of the bins along an axis come from.
type bins struct {
	taps []Tap
	ends []int // in taps, of each bin
}

// of is the taps of a bin.
func (b *bins) of(i int) []Tap {
	if i == 0 {
		return b.taps[:b.ends[0]]
	}
	return b.taps[b.ends[i-1]:b.ends[i]]
}

// align finds the taps of the bins between two places of an axis of n pixels, of which each
// bin is the mean over its samples. What is further than a pixel outside counts as 0.
func (b *bins) align(r *RoIs, from, to, scale float32, n int) {
	offset := float32(0)
	if r.Aligned {
		offset = 0.5
	}
	start := from*scale - offset
	length := to*scale - offset - start
	if !r.Aligned {
		length = max(length, 1)
	}
	bin := length / float32(r.Size)
	samples := r.Samples
	if samples == 0 {
		samples = int(math.Ceil(float64(length / float32(r.Size))))
	}
	b.taps, b.ends = b.taps[:0], b.ends[:0]
	part := 1 / float32(max(samples, 1))
	for i := range r.Size {
		first := len(b.taps)
		for j := range samples {
			at := start + float32(i)*bin + (float32(j)+0.5)*bin/float32(samples)
			if at < -1 || at > float32(n) {
				continue
			}
			at = max(at, 0)
			low := int(at)
			if low >= n-1 {
				b.add(first, n-1, part)
				continue
			}
			after := at - float32(low)
			b.add(first, low, (1-after)*part)
			b.add(first, low+1, after*part)
		}
		b.ends = append(b.ends, len(b.taps))
	}
}

// add adds a tap to the bin whose taps begin at first.
func (b *bins) add(first, at int, weight float32) {
	for i := len(b.taps) - 1; i >= first; i-- {
		if b.taps[i].At == at {
			b.taps[i].Weight += weight
			return
		}
	}
	b.taps = append(b.taps, Tap{at, weight})
}

// Align computes the bilinear means (He et al. 2017, "Mask R-CNN", section 3) of the bins of
// the regions.
func (r *RoIs) Align(y, regions []float32, maps [][]float32) {
	size := r.Size * r.Size * r.C
	Parallel(len(y)/size, func(i int) {
		out := y[i*size : (i+1)*size]
		clear(out)
		n, box, level := r.region(regions, i)
		if n < 0 {
			return
		}
		m := r.Maps[level]
		x := maps[level][n*m.H*m.W*r.C:]
		var rows, cols bins
		rows.align(r, box[1], box[3], m.Scale, m.H)
		cols.align(r, box[0], box[2], m.Scale, m.W)
		for j := range r.Size {
			for k := range r.Size {
				to := out[(j*r.Size+k)*r.C:][:r.C]
				for _, p := range rows.of(j) {
					for _, q := range cols.of(k) {
						addTimes(to, x[(p.At*m.W+q.At)*r.C:][:r.C], p.Weight*q.Weight)
					}
				}
			}
		}
	})
}

// roiChannels is how many channels a task of AlignGradient works on.
const roiChannels = 32

// AlignGradient computes the gradient of map level: each dy times the weights that Align took
// the pixels with. Tasks share out the channels, so that every sum has its order.
func (r *RoIs) AlignGradient(dx, dy, regions []float32, level int) {
	m := r.Maps[level]
	Range(len(dx), func(lo, hi int) { clear(dx[lo:hi]) })
	size := r.Size * r.Size * r.C
	Parallel((r.C+roiChannels-1)/roiChannels, func(part int) {
		lo, hi := part*roiChannels, min((part+1)*roiChannels, r.C)
		var rows, cols bins
		for i := range len(dy) / size {
			n, box, at := r.region(regions, i)
			if n < 0 || at != level {
				continue
			}
			x := dx[n*m.H*m.W*r.C:]
			rows.align(r, box[1], box[3], m.Scale, m.H)
			cols.align(r, box[0], box[2], m.Scale, m.W)
			for j := range r.Size {
				for k := range r.Size {
					from := dy[i*size+(j*r.Size+k)*r.C:][lo:hi]
					for _, p := range rows.of(j) {
						for _, q := range cols.of(k) {
							addTimes(x[(p.At*m.W+q.At)*r.C:][lo:hi], from, p.Weight*q.Weight)
						}
					}
				}
			}
		}
	})
}

// addTimes adds x times weight to y.
func addTimes(y, x []float32, weight float32) {
	x = x[:len(y)]
	for len(y) >= 4 {
		y[0] += weight * x[0]
		y[1] += weight * x[1]
		y[2] += weight * x[2]
		y[3] += weight * x[3]
		y, x = y[4:], x[4:]
	}
	for i := range y {
		y[i] += weight * x[i]
	}
}
