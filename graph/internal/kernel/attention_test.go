package kernel

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
)

func TestMatMul(t *testing.T) {
	s := newSweep(t)
	s.random(120, func(rng *rand.Rand) {
		p := MatMul{Batch: 1 + rng.IntN(4), M: channels(rng), N: channels(rng), K: channels(rng), TransposeX: rng.IntN(2) == 0, TransposeY: rng.IntN(2) == 0}
		x, y := random(rng.Uint64(), p.Batch*p.M*p.K), random(rng.Uint64(), p.Batch*p.K*p.N)
		want := make([]float64, p.Batch*p.M*p.N)
		for b := range p.Batch {
			for i := range p.M {
				for j := range p.N {
					for k := range p.K {
						u, v := x[(b*p.M+i)*p.K+k], y[(b*p.K+k)*p.N+j]
						if p.TransposeX {
							u = x[(b*p.K+k)*p.M+i]
						}
						if p.TransposeY {
							v = y[(b*p.N+j)*p.K+k]
						}
						want[(b*p.M+i)*p.N+j] += float64(u) * float64(v)
					}
				}
			}
		}
		s.try(p, func(t *trial) {
			z := t.output(len(want))
			p.Run(z, t.input(x), t.input(y))
			t.near("product", z, want, 1+math.Sqrt(float64(p.K)), 5e-6)
		})
	})
}

// attention is Attention in float64, with the gradient.
func (a Attention) reference(qkv, dy []float32) (y, dqkv []float64) {
	d, e := a.width(), a.E
	y, dqkv = make([]float64, a.N*a.L*e), make([]float64, len(qkv))
	factor := 1 / math.Sqrt(float64(d))
	for n := range a.N {
		at := func(part, token, h, j int) int { return ((n*a.L+token)*3+part)*e + h*d + j }
		for h := range a.Heads {
			for i := range a.L {
				seen := a.L
				if a.Causal {
					seen = i + 1
				}
				p, dp := make([]float64, seen), make([]float64, seen)
				top, sum, along := math.Inf(-1), 0.0, 0.0
				for k := range p {
					for j := range d {
						p[k] += float64(qkv[at(0, i, h, j)]) * float64(qkv[at(1, k, h, j)]) * factor
					}
					top = max(top, p[k])
				}
				for k := range p {
					p[k] = math.Exp(p[k] - top)
					sum += p[k]
				}
				for k := range p {
					p[k] /= sum
					for j := range d {
						v, g := float64(qkv[at(2, k, h, j)]), float64(dy[(n*a.L+i)*e+h*d+j])
						y[(n*a.L+i)*e+h*d+j] += p[k] * v
						dp[k] += g * v
						dqkv[at(2, k, h, j)] += p[k] * g
					}
					along += p[k] * dp[k]
				}
				for k := range p {
					ds := p[k] * (dp[k] - along) * factor
					for j := range d {
						dqkv[at(0, i, h, j)] += ds * float64(qkv[at(1, k, h, j)])
						dqkv[at(1, k, h, j)] += ds * float64(qkv[at(0, i, h, j)])
					}
				}
			}
		}
	}
	return y, dqkv
}

func TestAttention(t *testing.T) {
	s := newSweep(t)
	shapes := []Attention{
		{N: 1, L: 1, E: 1, Heads: 1}, {N: 2, L: 5, E: 6, Heads: 3, Causal: true}, {N: 1, L: 197, E: 64, Heads: 1}, {N: 1, L: 257, E: 32, Heads: 2},
		{N: 1, L: 600, E: 16, Heads: 1}, {N: 1, L: 600, E: 16, Heads: 1, Causal: true}, {N: 3, L: 65, E: 192, Heads: 3},
	}
	if testing.Short() {
		shapes = shapes[:4]
	}
	for i, a := range shapes {
		s.attention(a, uint64(i))
	}
	s.random(40, func(rng *rand.Rand) {
		heads := 1 + rng.IntN(4)
		s.attention(Attention{N: 1 + rng.IntN(3), L: 1 + rng.IntN(1+rng.IntN(90)), E: heads * (1 + rng.IntN(40)), Heads: heads, Causal: rng.IntN(2) == 0}, rng.Uint64())
	})
}

func (s *sweep) attention(a Attention, seed uint64) {
	s.Helper()
	qkv, dy := random(seed, a.N*a.L*3*a.E), random(seed+1, a.N*a.L*a.E)
	for i := range qkv {
		qkv[i] *= 1.5 // so that some keys stand out
	}
	want, gradient := a.reference(qkv, dy)
	s.try(a, func(t *trial) {
		y, sums, dqkv := t.output(len(want)), t.output(a.N*a.Heads*a.L), t.output(len(qkv))
		in := t.input(qkv)
		a.Forward(y, sums, in)
		t.near("output", y, want, 1, 1e-5)
		a.Backward(dqkv, t.input(dy), y, in, sums)
		t.near("gradient", dqkv, gradient, math.Sqrt(1+float64(a.L)/float64(a.width())), 2e-5)
		alone := t.output(len(want))
		a.Forward(alone, nil, in)
		t.same("output without sums", alone, y)
	})
}

// TestAttentionOfLargeScores wants scores whose exponentials have no float32.
func TestAttentionOfLargeScores(t *testing.T) {
	s := newSweep(t)
	a := Attention{N: 1, L: 300, E: 16, Heads: 1}
	qkv, dy := random(1, a.L*3*a.E), random(2, a.L*a.E)
	for i := range qkv {
		if i%(3*a.E) < 2*a.E {
			qkv[i] *= 30
		}
	}
	want, _ := a.reference(qkv, dy)
	s.try(a, func(t *trial) {
		y := t.output(len(want))
		a.Forward(y, nil, t.input(qkv))
		t.near("output", y, want, 1, 1e-3)
	})
}

func TestSoftmax(t *testing.T) {
	s := newSweep(t)
	s.random(60, func(rng *rand.Rand) {
		rows, c := side(rng), channels(rng)
		x, dy := random(rng.Uint64(), rows*c), random(rng.Uint64(), rows*c)
		want, gradient := make([]float64, len(x)), make([]float64, len(x))
		for i := 0; i < len(x); i += c {
			sum, along := 0.0, 0.0
			for j := i; j < i+c; j++ {
				x[j] *= 10
				want[j] = math.Exp(float64(x[j]))
				sum += want[j]
			}
			for j := i; j < i+c; j++ {
				want[j] /= sum
				along += want[j] * float64(dy[j])
			}
			for j := i; j < i+c; j++ {
				gradient[j] = want[j] * (float64(dy[j]) - along)
			}
		}
		s.try(struct{ Rows, C int }{rows, c}, func(t *trial) {
			y, dx := t.inPlace(x), t.output(len(x))
			Softmax(y, y, c)
			t.near("softmax", y, want, 1, 2e-6)
			SoftmaxGrad(dx, t.input(dy), y, c)
			t.near("gradient", dx, gradient, 1, 1e-5)
		})
	})
}

func TestTokens(t *testing.T) {
	s := newSweep(t)
	s.random(40, func(rng *rand.Rand) {
		n, tokens, c := 1+rng.IntN(4), side(rng), channels(rng)
		x, token, add := random(rng.Uint64(), n*tokens*c), random(rng.Uint64(), c), random(rng.Uint64(), tokens*c)
		at := rng.IntN(tokens)
		sum, scaled, sums, factors := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(add)), make([]float64, c)
		for i, v := range x {
			sum[i] = float64(v + add[i%len(add)])
			scaled[i] = float64(v * token[i%c])
			sums[i%len(add)] += float64(v)
			factors[i%c] += float64(v) * float64(v)
		}
		s.try(struct{ N, Tokens, C, At int }{n, tokens, c, at}, func(t *trial) {
			in, y, z := t.input(x), t.output(len(x)), t.output(len(x))
			AddEach(y, in, t.input(add))
			t.near("sum", y, sum, 1, 0)
			ScaleEach(z, in, t.input(token))
			t.near("scaled", z, scaled, 1, 0)
			back, f := t.output(len(add)), t.output(c)
			SumEach(back, in)
			t.near("sum over examples", back, sums, 2, 1e-6)
			ScaleEachFactorGrad(f, in, in)
			t.near("gradient of factors", f, factors, float64(n*tokens), 1e-6)
			joined := t.output(n * (tokens + 1) * c)
			JoinToken(joined, t.input(token), in, n)
			first, taken, apart, dtoken := t.output(n*c), t.output(n*c), t.output(len(x)), t.output(c)
			TakeToken(first, joined, n, 0)
			TakeToken(taken, joined, n, at+1)
			WithoutToken(apart, joined, n)
			t.same("joined and taken apart", apart, x)
			for i := range n {
				t.same("the first token", first[i*c:(i+1)*c], token)
				t.same("a token", taken[i*c:(i+1)*c], x[(i*tokens+at)*c:][:c])
			}
			SumToken(dtoken, joined, n)
			for j, v := range dtoken {
				if math.Abs(float64(v-float32(n)*token[j])) > 1e-5 {
					t.errorf("gradient of the token: %v, want %d times %v", v, n, token[j])
				}
			}
			dx := t.output(len(x))
			TakeTokenGrad(dx, first, n, at)
			for i, v := range dx {
				want := float32(0)
				if i/c%tokens == at {
					want = token[i%c]
				}
				if v != want {
					t.errorf("gradient of a token's taking: value %d is %v, want %v", i, v, want)
					break
				}
			}
		})
	})
}

func TestLayerNormOfRandomShapes(t *testing.T) {
	s := newSweep(t)
	s.random(60, func(rng *rand.Rand) {
		rows, c := 1+rng.IntN(600), channels(rng)
		x, dy := random(rng.Uint64(), rows*c), random(rng.Uint64(), rows*c)
		weight, bias := random(rng.Uint64(), c), random(rng.Uint64(), c)
		shift := []float32{0, 0, 100, -3000}[rng.IntN(4)]
		const epsilon = 1e-3
		y, dx, dw, db := make([]float64, len(x)), make([]float64, len(x)), make([]float64, c), make([]float64, c)
		for i := 0; i < len(x); i += c {
			var m, v, sum, along float64
			for j := i; j < i+c; j++ {
				x[j] += shift
				m += float64(x[j]) / float64(c)
			}
			for j := i; j < i+c; j++ {
				v += (float64(x[j]) - m) * (float64(x[j]) - m) / float64(c)
			}
			inv := 1 / math.Sqrt(v+epsilon)
			for j := i; j < i+c; j++ {
				h, g := (float64(x[j])-m)*inv, float64(dy[j])*float64(weight[j-i])
				y[j] = h*float64(weight[j-i]) + float64(bias[j-i])
				dw[j-i] += float64(dy[j]) * h
				db[j-i] += float64(dy[j])
				sum += g / float64(c)
				along += g * h / float64(c)
			}
			for j := i; j < i+c; j++ {
				dx[j] = inv * (float64(dy[j])*float64(weight[j-i]) - sum - (float64(x[j])-m)*inv*along)
			}
		}
		size := 1 + math.Abs(float64(shift))/4
		if c == 1 {
			size *= 1 / math.Sqrt(epsilon)
		}
		s.try(struct {
			Rows, C int
			Shift   float32
		}{rows, c, shift}, func(t *trial) {
			out, mean, invstd, in, grad := t.output(len(x)), t.output(rows), t.output(rows), t.input(x), t.input(dy)
			LayerNorm(out, in, t.input(weight), t.input(bias), mean, invstd, epsilon)
			t.near("output", out, y, size, 1e-5)
			dinput, dweight, dbias := t.output(len(x)), t.output(c), t.output(c)
			LayerNormGradInput(dinput, grad, in, t.input(weight), mean, invstd)
			t.near("input gradient", dinput, dx, size*30, 1e-5)
			LayerNormGradParameters(dweight, dbias, grad, in, mean, invstd)
			t.near("weight gradient", dweight, dw, size*math.Sqrt(float64(rows)), 1e-5)
			t.near("bias gradient", dbias, db, math.Sqrt(float64(rows)), 1e-5)
		})
	})
}

// TestSameBitsOfTokens runs kernels of tokens with one, two and three processors.
func TestSameBitsOfTokens(t *testing.T) {
	a := Attention{N: 1, L: 77, E: 96, Heads: 3}
	qkv, dy := random(1, a.L*3*a.E), random(2, a.L*a.E)
	big := random(3, 400*a.E)
	p := MatMul{Batch: 1, M: 300, N: 96, K: 77}
	m := random(4, p.M*p.K)
	run := func() (out [][]float32) {
		y, sums, dqkv, z := dirty(len(dy)), dirty(a.Heads*a.L), dirty(len(qkv)), dirty(p.M*p.N)
		a.Forward(y, sums, qkv)
		a.Backward(dqkv, dy, y, qkv, sums)
		p.Run(z, m, qkv[:p.K*p.N])
		soft, norm, mean, invstd := dirty(len(big)), dirty(len(big)), dirty(400), dirty(400)
		Softmax(soft, big, a.E)
		LayerNorm(norm, big, dy[:a.E], qkv[:a.E], mean, invstd, 1e-6)
		dw, db, dx := dirty(a.E), dirty(a.E), dirty(len(big))
		LayerNormGradParameters(dw, db, soft, big, mean, invstd)
		LayerNormGradInput(dx, soft, big, dy[:a.E], mean, invstd)
		sum := dirty(40 * a.E)
		SumEach(sum, big)
		return [][]float32{y, sums, dqkv, z, soft, norm, dw, db, dx, sum}
	}
	s := newSweep(t)
	for _, procs := range []int{1, 2, 3} {
		s.try(struct{ Processors int }{procs}, func(t *trial) {
			old := runtime.GOMAXPROCS(1)
			want := run()
			runtime.GOMAXPROCS(procs)
			got := run()
			runtime.GOMAXPROCS(old)
			for i := range want {
				t.same("result", got[i], want[i])
			}
		})
	}
}

func BenchmarkAttention(b *testing.B) {
	a := Attention{N: 8, L: 197, E: 768, Heads: 12}
	qkv, dy := random(1, a.N*a.L*3*a.E), random(2, a.N*a.L*a.E)
	y, sums, dqkv := make([]float32, len(dy)), make([]float32, a.N*a.Heads*a.L), make([]float32, len(qkv))
	flops := 4 * float64(a.N*a.L*a.L*a.E)
	b.Run("forward", func(b *testing.B) {
		for range b.N {
			a.Forward(y, sums, qkv)
		}
		b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
	})
	b.Run("backward", func(b *testing.B) {
		for range b.N {
			a.Backward(dqkv, dy, y, qkv, sums)
		}
		b.ReportMetric(2.5*flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
	})
}

func BenchmarkLayerNorm(b *testing.B) {
	const rows, c = 1576, 768
	x, dy, y := random(1, rows*c), random(2, rows*c), make([]float32, rows*c)
	w, mean, invstd := random(3, c), make([]float32, rows), make([]float32, rows)
	dw, db := make([]float32, c), make([]float32, c)
	for name, f := range map[string]func(){
		"forward":             func() { LayerNorm(y, x, w, w, mean, invstd, 1e-6) },
		"input gradient":      func() { LayerNormGradInput(y, dy, x, w, mean, invstd) },
		"parameter gradients": func() { LayerNormGradParameters(dw, db, dy, x, mean, invstd) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(8 * rows * c)
			for range b.N {
				f()
			}
		})
	}
}
