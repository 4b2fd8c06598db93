package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// product is a matrix product, m x k times k x n.
type product struct {
	m, n, k         int
	add, transposed bool
}

func TestGemm(t *testing.T) {
	s := newSweep(t)
	for _, p := range []product{
		{m: 1, n: 1, k: 1}, {m: 1, n: 4, k: 3}, {m: 2, n: 4, k: 5}, {m: 3, n: 5, k: 7}, {m: 2, n: 3, k: 1}, {m: 7, n: 10, k: 27},
		{m: 5, n: 16, k: 9}, {m: 64, n: 64, k: 144}, {m: 3, n: 2, k: 600},
	} {
		for _, p.add = range []bool{false, true} {
			for _, p.transposed = range []bool{false, true} {
				s.gemm(p, 1)
			}
		}
	}
}

func TestRandomGemm(t *testing.T) {
	s := newSweep(t)
	s.random(200, func(rng *rand.Rand) {
		s.gemm(product{side(rng), channels(rng), channels(rng), rng.IntN(2) == 0, rng.IntN(2) == 0}, rng.Uint64())
	})
}

// gemm multiplies matrices inside larger ones, whose other elements must neither be
// read nor written.
func (s *sweep) gemm(p product, seed uint64) {
	s.Helper()
	lda, ldb, ldc := p.k+2, p.n+3, p.n+1
	row, col, size := ldb, 1, p.k*ldb
	if p.transposed {
		ldb = p.k + 3
		row, col, size = 1, ldb, p.n*ldb
	}
	a, b, c := random(seed, p.m*lda), random(seed+1, size), random(seed+2, p.m*ldc)
	want := make([]float64, len(c))
	for i, v := range c {
		want[i] = float64(v)
	}
	for i := range p.m {
		for j := range p.n {
			sum := 0.0
			if p.add {
				sum = want[i*ldc+j]
			}
			for q := range p.k {
				sum += float64(a[i*lda+q]) * float64(b[q*row+j*col])
			}
			want[i*ldc+j] = sum
		}
		a[i*lda+p.k], a[i*lda+p.k+1] = nan, nan
	}
	s.try(p, func(t *trial) {
		c, wide := t.inPlace(c), t.output(packed(p.k, p.n))
		pack(wide, t.input(b), p.k, p.n, row, col)
		gemm(c, t.input(a), wide, p.m, p.n, p.k, lda, ldc, p.add)
		t.near("product", c, want, 2+math.Sqrt(float64(p.k)), 5e-6)
	})
}

func TestTranspose(t *testing.T) {
	for _, s := range []struct{ rows, cols int }{{1, 1}, {1, 5}, {7, 1}, {3, 4}, {128, 27}} {
		src := random(1, s.rows*s.cols)
		dst := dirty(len(src))
		transpose(dst, src, s.rows, s.cols)
		for i := range s.rows {
			for j := range s.cols {
				if dst[j*s.rows+i] != src[i*s.cols+j] {
					t.Fatalf("%dx%d: element (%d, %d) is %v, want %v", s.rows, s.cols, i, j, dst[j*s.rows+i], src[i*s.cols+j])
				}
			}
		}
	}
}
