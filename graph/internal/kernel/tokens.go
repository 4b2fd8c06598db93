package kernel

// Rows of c channels [N T C]: tokens, positions, and factors of channels.

// AddEach computes y = x + add for each of the pieces of x that are as long as add.
func AddEach(y, x, add []float32) { each(y, x, add, functions().add) }

// ScaleEach computes y = x*factors for each of the pieces of x that are as long as
// the factors.
func ScaleEach(y, x, factors []float32) { each(y, x, factors, functions().mul) }

func each(y, x, with []float32, do func(x, y, z []float32)) {
	f, c := functions(), len(with)
	ranges(len(x), min(c, Grain), func(s *space, lo, hi int) {
		for lo < hi {
			from := lo % c
			n := min(c-from, hi-lo)
			s.reset()
			f.over2(s, x[lo:lo+n], with[from:from+n], y[lo:lo+n], do)
			lo += n
		}
	})
}

// SumEach adds up the pieces of x that are as long as sum.
func SumEach(sum, x []float32) {
	f, c := functions(), len(sum)
	parallelRange(c, 1, func(lo, hi int) {
		copy(sum[lo:hi], x[lo:hi])
		for at := c; at < len(x); at += c {
			n := lo + f.whole(hi-lo)
			f.add(sum[lo:n], x[at+lo:at+n], sum[lo:n])
			for i := n; i < hi; i++ {
				sum[i] += x[at+i]
			}
		}
	})
}

// ScaleEachFactorGrad computes dfactors [c], the sums over rows of dy*x.
func ScaleEachFactorGrad(dfactors, dy, x []float32) {
	c, f := len(dfactors), functions()
	channelSums(len(x)/c, c, 1, func(s *space, lo, hi int, sum []float64) {
		f.productSums(s, sum, dy[lo*c:], x[lo*c:], hi-lo, c)
	}, func(sums []float64) {
		for j, v := range sums {
			dfactors[j] = float32(v)
		}
	})
}

// JoinToken computes y [n 1+T C] from the token [C] and x [n T C]: each example
// begins with the token.
func JoinToken(y, token, x []float32, n int) {
	c, size := len(token), len(x)/n
	Parallel(n, func(i int) {
		to := y[i*(c+size) : (i+1)*(c+size)]
		copy(to, token)
		copy(to[c:], x[i*size:(i+1)*size])
	})
}

// WithoutToken is JoinToken's way back to x.
func WithoutToken(dx, dy []float32, n int) {
	size, whole := len(dx)/n, len(dy)/n
	Parallel(n, func(i int) { copy(dx[i*size:(i+1)*size], dy[(i+1)*whole-size:(i+1)*whole]) })
}

// SumToken is JoinToken's way back to the token.
func SumToken(dtoken, dy []float32, n int) {
	whole := len(dy) / n
	copy(dtoken, dy)
	for i := 1; i < n; i++ {
		for j, v := range dy[i*whole : i*whole+len(dtoken)] {
			dtoken[j] += v
		}
	}
}

// TakeToken computes y [n C]: the given token of each example of x [n T C].
func TakeToken(y, x []float32, n, token int) {
	c, size := len(y)/n, len(x)/n
	for i := range n {
		copy(y[i*c:(i+1)*c], x[i*size+token*c:])
	}
}

// TakeTokenGrad is TakeToken's way back: dx is zero but for that token.
func TakeTokenGrad(dx, dy []float32, n, token int) {
	c, size := len(dy)/n, len(dx)/n
	Parallel(n, func(i int) {
		to := dx[i*size : (i+1)*size]
		clear(to)
		copy(to[token*c:(token+1)*c], dy[i*c:])
	})
}
