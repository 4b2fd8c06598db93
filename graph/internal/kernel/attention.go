package kernel

import "math"

// Attention is the shape of multi-head self-attention: qkv [N L 3E], in whose rows
// the queries, keys and values of L tokens follow each other, each with those of the
// Heads beside each other, gives y [N L E]. Causal lets a token see none behind it.
//
// The scores of a head are worked on in blocks (Dao et al. 2022, "FlashAttention"),
// with the largest so far and the sum of each row, so no L x L of them are stored;
// the way back computes them again.
type Attention struct {
	N, L, E, Heads int
	Causal         bool
}

const (
	attentionRows = 24  // queries that are worked on at once
	attentionKeys = 256 // and keys: whole panels
)

// width is the numbers of a head.
func (a Attention) width() int { return a.E / a.Heads }

// factor is what scores are multiplied by.
func (a Attention) factor() float32 { return float32(1 / math.Sqrt(float64(a.width()))) }

// Workspaces are what the directions take.
func (a Attention) Workspaces() Workspaces {
	f := functions()
	d, wide := a.width(), f.panels(a.width())
	keys, rows := f.panels(a.L)*d, a.L*wide
	scores, part := attentionRows*attentionKeys, attentionRows*wide
	return Workspaces{
		Forward:       Workspace{Task: room(keys, rows, scores, part, attentionRows, attentionRows)},
		BackwardInput: Workspace{Task: room(keys, keys, rows, rows, rows, scores, scores, part, part, part, attentionRows)},
	}
}

// head is the part of the rows of one example and head, stride floats apart.
type head struct {
	q, k, v []float32
	stride  int
}

func (a Attention) head(qkv []float32, i int) head {
	at := i/a.Heads*a.L*3*a.E + i%a.Heads*a.width()
	return head{qkv[at:], qkv[at+a.E:], qkv[at+2*a.E:], 3 * a.E}
}

// out is where the head's part of y begins.
func (a Attention) out(i int) int { return i/a.Heads*a.L*a.E + i%a.Heads*a.width() }

// Forward computes y, and unless it is nil the logarithm of the sum of every row's
// exponentials, for the way back: sums [N Heads L].
func (a Attention) Forward(y, sums, qkv []float32) {
	f := functions()
	heads, factor := a.N*a.Heads, a.factor()
	shares := min(max(fewTasks/heads, 1), (a.L+attentionRows-1)/attentionRows)
	parallelIn(a.Workspaces().Forward.Task, heads*shares, func(s *space, task int) {
		i := task / shares
		from, to := chunk(a.L, shares, task%shares)
		h, d := a.head(qkv, i), a.width()
		wide, w := f.panels(d), f.panelWidth()
		keys, values := s.floats.get(f.panels(a.L)*d), s.floats.get(a.L*wide)
		f.packColumns(keys, h.k, d, a.L, h.stride)
		f.packRows(values, h.v, a.L, d, h.stride)
		scores, out := s.floats.get(attentionRows*attentionKeys), s.floats.get(attentionRows*wide)
		top, sum := s.floats.get(attentionRows), s.floats.get(attentionRows)
		for lo := from; lo < to; lo += attentionRows {
			rows := min(attentionRows, to-lo)
			for r := range rows {
				top[r], sum[r] = float32(math.Inf(-1)), 0
			}
			for first := 0; first < a.seen(lo+rows); first += attentionKeys {
				n := a.scores(f, scores, h.q[lo*h.stride:], keys, h.stride, lo, rows, first)
				for r := range rows {
					row := scores[r*attentionKeys:][:f.panels(n)]
					largest := max(top[r], f.rowMax(row)*factor)
					if first > 0 {
						fade := float32(math.Exp(float64(top[r] - largest)))
						sum[r] *= fade
						f.scale(out[r*wide:(r+1)*wide], out[r*wide:(r+1)*wide], fade)
					}
					top[r] = largest
					sum[r] += f.expSum(row, row, factor, largest)
				}
				f.multiply(out, wide, leftHand{scores, attentionKeys, 1}, values[first*w:], a.L*w, rows, d, n, first > 0)
			}
			for r := range rows {
				row := out[r*wide : (r+1)*wide]
				f.scale(row, row, 1/sum[r])
				copy(y[a.out(i)+(lo+r)*a.E:][:d], row)
				if sums != nil {
					sums[i*a.L+lo+r] = top[r] + float32(math.Log(float64(sum[r])))
				}
			}
		}
	})
}

// seen is how many keys the queries before the given one look at.
func (a Attention) seen(query int) int {
	if a.Causal {
		return query
	}
	return a.L
}

// scores computes the products of so many queries from lo on with a block of keys,
// and returns how many keys there are in it. What a query does not see, and what
// fills up the last panel, is negative infinity.
func (a Attention) scores(f *functionUnit, scores, q, keys []float32, stride, lo, rows, first int) (n int) {
	d := a.width()
	n = min(attentionKeys, a.L-first)
	f.multiply(scores, attentionKeys, leftHand{q, stride, 1}, keys[first*d:], d*f.panelWidth(), rows, n, d, false)
	for r := range rows {
		valid := max(min(a.seen(lo+r+1)-first, n), 0)
		fillWith32(scores[r*attentionKeys+valid:r*attentionKeys+f.panels(n)], float32(math.Inf(-1)))
	}
	return n
}

// Backward computes dqkv from dy, the output y, qkv and Forward's sums.
func (a Attention) Backward(dqkv, dy, y, qkv, sums []float32) {
	f, factor := functions(), a.factor()
	parallelIn(a.Workspaces().BackwardInput.Task, a.N*a.Heads, func(s *space, i int) {
		h, g, d := a.head(qkv, i), a.head(dqkv, i), a.width()
		y, dy := y[a.out(i):], dy[a.out(i):]
		wide, w := f.panels(d), f.panelWidth()
		keys, values := s.floats.get(f.panels(a.L)*d), s.floats.get(f.panels(a.L)*d)
		f.packColumns(keys, h.k, d, a.L, h.stride)
		f.packColumns(values, h.v, d, a.L, h.stride)
		across := s.floats.get(a.L * wide)
		f.packRows(across, h.k, a.L, d, h.stride)
		dkeys, dvalues := s.floats.get(a.L*wide), s.floats.get(a.L*wide)
		clear(dkeys)
		clear(dvalues)
		p, dp := s.floats.get(attentionRows*attentionKeys), s.floats.get(attentionRows*attentionKeys)
		queries, outs := s.floats.get(attentionRows*wide), s.floats.get(attentionRows*wide)
		dq, along := s.floats.get(attentionRows*wide), s.floats.get(attentionRows)
		for lo := 0; lo < a.L; lo += attentionRows {
			rows := min(attentionRows, a.L-lo)
			f.packRows(queries, h.q[lo*h.stride:], rows, d, h.stride)
			f.packRows(outs, dy[lo*a.E:], rows, d, a.E)
			for r := range rows {
				at := (lo + r) * a.E
				along[r] = f.product(y[at:at+d], dy[at:at+d])
			}
			for first := 0; first < a.seen(lo+rows); first += attentionKeys {
				n := a.scores(f, p, h.q[lo*h.stride:], keys, h.stride, lo, rows, first)
				f.multiply(dp, attentionKeys, leftHand{dy[lo*a.E:], a.E, 1}, values[first*d:], d*w, rows, n, d, false)
				for r := range rows {
					row, drow := p[r*attentionKeys:][:f.panels(n)], dp[r*attentionKeys:][:f.panels(n)]
					f.expSum(row, row, factor, sums[i*a.L+lo+r])
					f.softmaxGrad(row, drow, drow, along[r], factor)
				}
				f.multiply(dvalues[first*wide:], wide, leftHand{p, 1, attentionKeys}, outs, rows*w, n, d, rows, true)
				f.multiply(dkeys[first*wide:], wide, leftHand{dp, 1, attentionKeys}, queries, rows*w, n, d, rows, true)
				f.multiply(dq, wide, leftHand{dp, attentionKeys, 1}, across[first*w:], a.L*w, rows, d, n, first > 0)
			}
			for r := range rows {
				copy(g.q[(lo+r)*g.stride:][:d], dq[r*wide:])
			}
		}
		for l := range a.L {
			copy(g.k[l*g.stride:][:d], dkeys[l*wide:])
			copy(g.v[l*g.stride:][:d], dvalues[l*wide:])
		}
	})
}

// product is the scalar product of rows of any length.
func (f *functionUnit) product(x, y []float32) float32 {
	n := f.whole(len(x))
	sum := f.dot(x[:n], y[:n])
	for i := n; i < len(x); i++ {
		sum += x[i] * y[i]
	}
	return sum
}
