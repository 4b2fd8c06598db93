package kernel

import "math"

// Winograd's minimal filtering F(2x2, 3x3) (Lavin and Gray 2015, section 4.1):
// 2x2 outputs of a 3x3 correlation from 16 products instead of 36,
//
//	Y = A^T [(G g G^T) * (B^T d B)] A
//
// for each channel, summed over channels before A: 16 matrix products, one for
// each position of the 4x4 tile.

const positions = 16

// winograd tells whether the correlation is computed this way.
func (c correlation) winograd() bool {
	return c.r == 3 && c.s == 3 && c.step == 1 && c.groups == 1 && c.c%lanes == 0 && c.k%lanes == 0 &&
		c.oh%2 == 0 && c.ow%2 == 0
}

// transformed is the length of the transformed weights.
func (c correlation) transformed() int { return positions * c.c * c.k }

// transform computes G g G^T of packed weights [k/16 3 3 c 16] into
// dst [16 k/16 c 16].
func (c correlation) transform(dst, packed []float32) {
	blocks := c.k / lanes
	Parallel(blocks, func(b int) {
		src := packed[b*9*c.c*lanes : (b+1)*9*c.c*lanes]
		var g [3][3][lanes]float32
		var t [4][3][lanes]float32
		for ch := range c.c {
			for tap := range 9 {
				copy(g[tap/3][tap%3][:], src[(tap*c.c+ch)*lanes:])
			}
			for j := range 3 {
				for l := range lanes {
					even, odd := (g[0][j][l]+g[2][j][l])/2, g[1][j][l]/2
					t[0][j][l], t[1][j][l], t[2][j][l], t[3][j][l] = g[0][j][l], even+odd, even-odd, g[2][j][l]
				}
			}
			for i := range 4 {
				at := func(j int) []float32 { return dst[(((4*i+j)*blocks+b)*c.c+ch)*lanes:][:lanes] }
				d0, d1, d2, d3 := at(0), at(1), at(2), at(3)
				for l := range lanes {
					even, odd := (t[i][0][l]+t[i][2][l])/2, t[i][1][l]/2
					d0[l], d1[l], d2[l], d3[l] = t[i][0][l], even+odd, even-odd, t[i][2][l]
				}
			}
		}
	})
}

// tileFloats is how many transformed floats one task works on, so that they stay
// in the second-level cache.
const tileFloats = 1 << 16

// runWinograd is run with transformed weights.
func (c correlation) runWinograd(u *vectorUnit, y, x, weights []float32, e epilogue) {
	tiles := c.ow / 2
	rows := min(max(tileFloats/(positions*(c.c+c.k)*tiles), 1), c.oh/2)
	strips := (c.oh/2 + rows - 1) / rows
	Parallel(c.n*strips, func(task int) {
		image, lo := task/strips, task%strips*rows
		e := e
		if e.add != nil {
			e.add = e.add[image*c.yimage:]
		}
		size := c.h * c.w * c.c
		c.winogradStrip(u, y[image*c.yimage:], x[image*size:(image+1)*size], weights, e, lo, min(lo+rows, c.oh/2))
	})
}

var zeroOffset = [1]int{}

// winogradStrip computes the rows [lo, hi) of tiles of one image.
func (c correlation) winogradStrip(u *vectorUnit, y, x, weights []float32, e epilogue, lo, hi int) {
	in, width := x[min(2*lo*c.w*c.c, len(x)):], c.stripWidth()
	if c.padded() {
		buf := buffers.get((2*(hi-lo) + 2) * width * c.c)
		defer buffers.put(buf)
		c.pad(*buf, x, 2*lo-c.top, width)
		in = *buf
	}
	across := c.ow / 2
	tiles := (hi - lo) * across
	vbuf, mbuf := buffers.get(positions*tiles*c.c), buffers.get(positions*tiles*c.k)
	defer buffers.put(vbuf)
	defer buffers.put(mbuf)
	v, m := *vbuf, *mbuf
	for row := range hi - lo {
		for ch := 0; ch < c.c; ch += lanes {
			u.winogradInput(&v[row*across*c.c+ch], &in[2*row*width*c.c+ch], across, 4*width*c.c, 4*c.c, 4*tiles*c.c, 4*c.c)
		}
	}
	size, parts := split(tiles, len(u.conv)-1)
	blocks := c.k / lanes
	for pos := range positions {
		from, to := v[pos*tiles*c.c:], m[pos*tiles*c.k:]
		for b := range blocks {
			w := &weights[(pos*blocks+b)*c.c*lanes]
			for i := 0; i < parts; i += u.runs {
				t0 := min(i*size, tiles-size)
				t1 := min((i+u.runs-1)*size, tiles-size)
				u.conv[size](&to[t0*c.k+b*lanes], &to[t1*c.k+b*lanes], &from[t0*c.c], &from[t1*c.c], w, nil, nil, nil,
					&zeroOffset[0], 1, c.c, 4*c.c, 4*c.k, 0)
			}
		}
	}
	floor := float32(math.Inf(-1))
	if e.relu != 0 {
		floor = 0
	}
	floors := buffers.get(1)
	defer buffers.put(floors)
	(*floors)[0] = floor
	for row := range hi - lo {
		at := 2 * (lo + row) * c.yrow
		for k := 0; k < c.k; k += lanes {
			var bias, add *float32
			if e.bias != nil {
				bias = &e.bias[k]
			}
			if e.add != nil {
				add = &e.add[at+k]
			}
			u.winogradOutput(&y[at+k], &m[row*across*c.k+k], bias, add, &(*floors)[0], across, 4*c.yrow, 4*c.ypixel, 4*tiles*c.k, 4*c.k)
		}
	}
}
