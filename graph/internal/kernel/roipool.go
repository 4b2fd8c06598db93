package kernel

import "math"

// Pool takes the largest value of each bin of the regions, whose sides are rounded to pixels,
// both of them counting (Girshick 2015, "Fast R-CNN", section 2.1); of an empty bin it is 0. at
// is where in its map each came from, -1 for nowhere.
func (r *RoIs) Pool(y []float32, at []int32, regions []float32, maps [][]float32) {
	size := r.Size * r.Size * r.C
	Parallel(len(y)/size, func(i int) {
		out, places := y[i*size:(i+1)*size], at[i*size:(i+1)*size]
		n, box, level := r.region(regions, i)
		if n < 0 {
			clear(out)
			for j := range places {
				places[j] = -1
			}
			return
		}
		m := r.Maps[level]
		x := maps[level][n*m.H*m.W*r.C:]
		for j := range r.Size {
			top, bottom := r.span(j, box[1], box[3], m.Scale, m.H)
			for k := range r.Size {
				left, right := r.span(k, box[0], box[2], m.Scale, m.W)
				for c := range r.C {
					most, place := float32(0), int32(-1)
					for p := top; p < bottom; p++ {
						for q := left; q < right; q++ {
							if v := x[(p*m.W+q)*r.C+c]; place < 0 || v > most {
								most, place = v, int32(p*m.W+q)
							}
						}
					}
					o := (j*r.Size+k)*r.C + c
					out[o], places[o] = most, place
				}
			}
		}
	})
}

// span are the pixels of bin i between two places of an axis of n pixels.
func (r *RoIs) span(i int, from, to, scale float32, n int) (first, end int) {
	start := int(math.Round(float64(from * scale)))
	length := max(int(math.Round(float64(to*scale)))-start+1, 1)
	bin := float32(length) / float32(r.Size)
	first = start + int(math.Floor(float64(float32(i)*bin)))
	end = start + int(math.Ceil(float64(float32(i+1)*bin)))
	return min(max(first, 0), n), min(max(end, 0), n)
}

// PoolGradient computes the gradient of map level: each dy goes to where the value came from.
func (r *RoIs) PoolGradient(dx, dy []float32, at []int32, regions []float32, level int) {
	m := r.Maps[level]
	Range(len(dx), func(lo, hi int) { clear(dx[lo:hi]) })
	size := r.Size * r.Size * r.C
	Parallel((r.C+roiChannels-1)/roiChannels, func(part int) {
		lo, hi := part*roiChannels, min((part+1)*roiChannels, r.C)
		for i := range len(dy) / size {
			n, _, from := r.region(regions, i)
			if n < 0 || from != level {
				continue
			}
			x := dx[n*m.H*m.W*r.C:]
			for o := i * size; o < (i+1)*size; o += r.C {
				for c := lo; c < hi; c++ {
					if place := at[o+c]; place >= 0 {
						x[int(place)*r.C+c] += dy[o+c]
					}
				}
			}
		}
	})
}
