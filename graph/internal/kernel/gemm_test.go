package kernel

import (
	"fmt"
	"testing"
)

// TestGemm multiplies matrices inside larger ones, whose other elements must
// neither be read nor written.
func TestGemm(t *testing.T) {
	for _, s := range []struct{ m, n, k int }{
		{1, 1, 1}, {1, 4, 3}, {2, 4, 5}, {3, 5, 7}, {2, 3, 1}, {7, 10, 27}, {5, 16, 9}, {64, 64, 144}, {3, 2, 600},
	} {
		for _, add := range []bool{false, true} {
			for _, transposed := range []bool{false, true} {
				t.Run(fmt.Sprintf("%dx%dx%d add %v transposed %v", s.m, s.n, s.k, add, transposed), func(t *testing.T) {
					lda, ldb, ldc := s.k+2, s.n+3, s.n+1
					a, b, c := random(1, s.m*lda), random(2, s.k*ldb), random(3, s.m*ldc)
					at := func(p, j int) int { return p*ldb + j }
					row, col := ldb, 1
					if transposed {
						ldb = s.k + 3
						b = random(2, s.n*ldb)
						at = func(p, j int) int { return j*ldb + p }
						row, col = 1, ldb
					}
					want := make([]float64, len(c))
					for i, v := range c {
						want[i] = float64(v)
					}
					for i := range s.m {
						for j := range s.n {
							sum := 0.0
							if add {
								sum = want[i*ldc+j]
							}
							for p := range s.k {
								sum += float64(a[i*lda+p]) * float64(b[at(p, j)])
							}
							want[i*ldc+j] = sum
						}
					}
					for i := range s.m { // outside of a
						a[i*lda+s.k], a[i*lda+s.k+1] = nan, nan
					}
					wide := dirty(packed(s.k, s.n))
					pack(wide, b, s.k, s.n, row, col)
					gemm(c, a, wide, s.m, s.n, s.k, lda, ldc, add)
					near(t, "product", c, want, 1e-6)
				})
			}
		}
	}
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
