package kernel

import (
	"math"
	"slices"
)

// PixelCrossEntropy is WeightedCrossEntropy of many rows of few classes: of vectors of
// float32, shared out, and keeping nothing for the gradient. It is for one goroutine at
// a time.
type PixelCrossEntropy struct {
	options CrossEntropyOptions
	rows    int
	classes int
	weights []float64 // of the classes
	shared  float64   // sum over the classes of what smoothing gives them
	parts   []partialLoss
}

// partialLoss is that of a part of the rows.
type partialLoss struct {
	loss, weight float64
	correct      int
}

// NewPixelCrossEntropy is for so many rows of logits of so many classes.
func NewPixelCrossEntropy(rows, classes int, o CrossEntropyOptions) *PixelCrossEntropy {
	p := &PixelCrossEntropy{options: o, rows: rows, classes: classes, weights: make([]float64, classes), parts: make([]partialLoss, chunks(rows))}
	for c := range p.weights {
		p.weights[c] = o.weight(c)
		p.shared += p.weights[c] * o.Smoothing / float64(classes)
	}
	return p
}

// counts tells whether a label does.
func (p *PixelCrossEntropy) counts(label int32) bool {
	return label >= 0 && !slices.Contains(p.options.Ignored, label)
}

// Loss is that of logits [rows classes] and labels [rows], and how many rows have their
// largest logit, the first among equals, at the label.
func (p *PixelCrossEntropy) Loss(logits []float32, labels []int32) (loss float64, correct int) {
	c, smoothing := p.classes, p.options.Smoothing
	parallel(len(p.parts), func(s *space, i int) {
		lo, hi := chunk(p.rows, len(p.parts), i)
		var sum partialLoss
		p.blocks(s, logits, lo, hi, func(from int, e []float32) {
			for r := range len(e) / c {
				label := labels[from+r]
				if !p.counts(label) {
					continue
				}
				x := logits[(from+r)*c : (from+r+1)*c]
				best, total := 0, 0.0
				for j, v := range x {
					if v > x[best] {
						best = j
					}
					total += float64(e[r*c+j])
				}
				if best == int(label) && x[best] == x[best] {
					sum.correct++
				}
				w := p.weights[label]
				sum.weight += w
				entropy := math.Log(total) + float64(x[best])
				own := (1 - smoothing) * w
				if own != 0 {
					sum.loss += own * (entropy - float64(x[label]))
				}
				for j, v := range x {
					if smoothing == 0 {
						break
					}
					if t := p.weights[j] * smoothing / float64(c); t != 0 {
						sum.loss += t * (entropy - float64(v))
					}
				}
			}
		})
		p.parts[i] = sum
	})
	var all partialLoss
	for _, part := range p.parts {
		all.loss += part.loss
		all.weight += part.weight
		all.correct += part.correct
	}
	if all.weight == 0 {
		return all.loss * 0, all.correct // of NaN is NaN
	}
	return all.loss / all.weight, all.correct
}

// Gradient writes factor times the gradient of the loss, to where the logits may lie.
func (p *PixelCrossEntropy) Gradient(dx, logits []float32, labels []int32, factor float64) {
	total := 0.0
	for _, l := range labels {
		if p.counts(l) {
			total += p.weights[l]
		}
	}
	scale := 0.0
	if total > 0 {
		scale = factor / total
	}
	c, smoothing := p.classes, p.options.Smoothing
	parallel(len(p.parts), func(s *space, i int) {
		lo, hi := chunk(p.rows, len(p.parts), i)
		p.blocks(s, logits, lo, hi, func(from int, e []float32) {
			for r := range len(e) / c {
				d, label := dx[(from+r)*c:(from+r+1)*c], labels[from+r]
				if !p.counts(label) {
					clear(d)
					continue
				}
				probabilities := e[r*c : (r+1)*c]
				sum := 0.0
				for _, v := range probabilities {
					sum += float64(v)
				}
				own := (1 - smoothing) * p.weights[label]
				by := float32((own + p.shared) * scale / sum)
				for j, v := range probabilities {
					d[j] = v * by
				}
				// What is taken away at the label, in float64: of a probability near 1 little stays.
				d[label] = float32(((own+p.shared)*float64(probabilities[label])/sum - own) * scale)
				for j := range d {
					if smoothing == 0 {
						break
					}
					d[j] -= float32(p.weights[j] * smoothing / float64(c) * scale)
				}
			}
		})
	})
}

// blocks calls do for runs of the rows [lo, hi) with the exponentials of what their
// logits are below the largest of their row.
func (p *PixelCrossEntropy) blocks(s *space, logits []float32, lo, hi int, do func(from int, e []float32)) {
	f, c := functions(), p.classes
	block := max(Grain/8/c, 1)
	room := s.floats.get((block*c + f.width - 1) / f.width * f.width)
	for ; lo < hi; lo += block {
		n := min(block, hi-lo)
		x, e := logits[lo*c:(lo+n)*c], room[:n*c]
		for i := 0; i < len(x); i += c {
			row, to := x[i:i+c], e[i:i+c]
			top := row[0]
			for _, v := range row {
				if v > top {
					top = v
				}
			}
			for j, v := range row {
				to[j] = v - top
			}
		}
		whole := (len(e) + f.width - 1) / f.width * f.width
		clear(room[len(e):whole])
		f.exp(room[:whole], room[:whole])
		do(lo, e)
	}
}
