package kernel

import "math"

// Winograd's minimal filtering F(2x2, 3x3) (Lavin and Gray 2015, section 4.1):
// 2x2 outputs of a 3x3 correlation from 16 products instead of 36,
//
//	Y = A^T [(G g G^T) * (B^T d B)] A
//
// for each channel, summed over channels before A: 16 matrix products, one for
// each position of the 4x4 tile. Transformed pictures lie in panels of 16
// channels, [16 c/16 tiles 16], so that what a product reads and writes lies
// together.

const positions = 16

// winograd tells whether the correlation is computed this way: where there are
// enough tiles to be worth the transformed weights, which are nearly twice as many.
func (c *correlation) winograd() bool {
	return c.r == 3 && c.s == 3 && c.step == 1 && c.apart == 1 && c.groups == 1 && c.c%lanes == 0 && c.k%lanes == 0 &&
		c.n*c.tileRows()*c.tilesAcross() >= 2*lanes
}

// tileRows is the number of rows of tiles of an image, tilesAcross that of the
// tiles of a row. Tiles may reach beyond the last row and column.
func (c *correlation) tileRows() int    { return (c.oh + 1) / 2 }
func (c *correlation) tilesAcross() int { return (c.ow + 1) / 2 }

// transformed is the length of the transformed weights.
func (c *correlation) transformed() int { return positions * c.c * c.k }

// transform computes G g G^T of weights into dst [16 k/16 c 16]; their taps,
// input channels and blocks of 16 output channels lie so many floats apart.
func (c *correlation) transform(u *vectorUnit, dst, w []float32, tap, channel, block int) {
	blocks, channels, size := c.k/lanes, c.c, c.c*lanes
	parallel(blocks, func(_ *space, b int) {
		u.winogradWeights(&dst[b*size], &w[b*block], channels, 4*tap, 4*channel, 4*blocks*size, 4*lanes)
	})
}

// tileStrip is how many rows of tiles are worked on at once: so many tiles that each
// weight is used often, so few that what is transformed stays in the caches.
func (c *correlation) tileStrip() int {
	most := max(stripTiles/(positions*max(c.c, c.k)), lanes)
	return max(most/c.tilesAcross(), 1)
}

// stripTiles is the size of a strip of the forward direction in floats of the
// transformed picture, taskTiles how many tiles one task works on, strip by strip.
const (
	stripTiles = 1 << 13
	taskTiles  = 64
)

// tileTasks is how many rows of tiles a task works on, and how many tasks there are.
func (c *correlation) tileTasks() (share, tasks int) {
	total, rows := c.n*c.tileRows(), c.tileStrip()
	share = max(min(taskTiles/c.tilesAcross(), total/fewTasks)/rows, 1) * rows
	return share, (total + share - 1) / share
}

// runWinograd is run with transformed weights.
func (c *correlation) runWinograd(k work, u *vectorUnit, y, x, weights []float32, e epilogue) {
	c.y, c.x, c.weights, c.epilogue = y, x, weights, e
	total, rows := c.n*c.tileRows(), c.tileStrip()
	share, tasks := c.tileTasks()
	e.begin(k, tasks)
	k.parallel(tasks, func(s *space, task int) {
		end := min((task+1)*share, total)
		for lo := task * share; lo < end; lo += rows {
			s.reset()
			hi := min(lo+rows, end)
			c.winogradStrip(u, s, lo, hi)
			c.epilogue.activate(s, c.y, c.rowAt(lo), c.rowAt(hi), c.k, 0, c.k)
		}
		c.epilogue.measure(s, task, c.y, c.rowAt(task*share), c.rowAt(end))
	})
	e.end()
}

// transformTask is how many floats a task of runWinograd takes.
func (c *correlation) transformTask() int {
	tiles := min(c.tileStrip(), c.n*c.tileRows()) * c.tilesAcross()
	span := panelSpan(tiles)
	return room(positions*span*c.c, positions*span*c.k, c.ow*c.ypixel, 8*lanes, 1) + c.inputRoom(c.c) + momentsRoom
}

// inputRoom is what transformInput takes for n channels.
func (c *correlation) inputRoom(n int) int {
	first, end := c.inner()
	return room(c.w*c.c, (c.tilesAcross()-end+first)*positions*n)
}

// rowAt is where the output of a row of tiles begins, counted over all images.
func (c *correlation) rowAt(t int) int { return t/c.tileRows()*c.yimage + t%c.tileRows()*2*c.yrow }

// winogradStrip computes the rows [lo, hi) of tiles, counted over all images.
func (c *correlation) winogradStrip(u *vectorUnit, s *space, lo, hi int) {
	tiles := (hi - lo) * c.tilesAcross()
	span := panelSpan(tiles)
	v, m := s.floats.get(positions*span*c.c), s.floats.get(positions*span*c.k)
	panels, blocks := c.c/lanes, c.k/lanes
	c.transformInput(u, s, v, c.x, lo, hi, panels)

	together := min(len(u.conv), blocks)
	size, parts := split(tiles, len(u.conv[together-1])-1)
	segments, places := s.ints.get(panels), s.ints.get(2*parts)
	for i := range segments {
		segments[i] = 4 * i * span * lanes
	}
	for i := range parts {
		at := 4 * lanes * min(i*size, tiles-size)
		places[2*i], places[2*i+1] = at, at
	}
	ahead := c.ahead(lo, hi)
	for pos := range positions {
		for b := 0; b < blocks; b += together {
			n := min(together, blocks-b)
			next := ahead.next(n * parts * size)
			u.conv[n-1][size](&m[(pos*blocks+b)*span*lanes], &v[pos*panels*span*lanes], &c.weights[(pos*blocks+b)*c.c*lanes], nil, nil, next,
				&places[0], parts, &segments[0], panels, lanes, 4*c.c*lanes, 4*lanes, 4*lanes, 4*span*lanes, 0)
		}
	}
	c.transformOutput(u, s, m, lo, hi)
}

// ahead is the memory that is worth fetching while the products of some rows of
// tiles are computed: where they will be stored, and the input of as many rows after
// them.
type ahead struct{ out, in []float32 }

func (c *correlation) ahead(lo, hi int) ahead {
	size := 2 * (hi - lo)
	out := c.y[c.rowAt(lo):]
	in := c.x[min((hi/c.tileRows()*c.h+hi%c.tileRows()*2)*c.w*c.c, len(c.x)):]
	return ahead{out[:min(len(out), size*c.yrow)], in[:min(len(in), size*c.w*c.c)]}
}

// next is where so many cache lines begin.
func (a *ahead) next(lines int) (p *float32) {
	part := &a.out
	if len(*part) == 0 {
		part = &a.in
	}
	if len(*part) > 0 {
		p = &(*part)[0]
		*part = (*part)[min(lines*lanes, len(*part)):]
	}
	return p
}

// transformInput computes B^T d B of the rows [lo, hi) of tiles, for so many panels
// of channels.
func (c *correlation) transformInput(u *vectorUnit, s *space, v, x []float32, lo, hi, panels int) {
	across := c.tilesAcross()
	span := panelSpan((hi - lo) * across)
	row, n := c.w*c.c, panels*lanes
	first, end := c.inner() // the tiles beside are copied to where there are zeros around
	zeros := s.floats.get(row)
	clear(zeros)
	edges := s.floats.get((across - end + first) * positions * n)
	clear(edges)
	for t := lo; t < hi; t++ {
		image := x[t/c.tileRows()*c.h*row:]
		top := t%c.tileRows()*2 - c.top
		var rows [4][]float32
		for i := range rows {
			rows[i] = zeros
			if h := top + i; h >= 0 && h < c.h {
				rows[i] = image[h*row:]
			}
		}
		at := (t - lo) * across
		out := func(panel, tile int) *float32 { return &v[(panel*span+at+tile)*lanes] }
		if first < end {
			from := (2*first - c.left) * c.c
			for p := range panels {
				j := from + p*lanes
				u.winogradInput(out(p, first), &rows[0][j], &rows[1][j], &rows[2][j], &rows[3][j], end-first,
					4*c.c, 4*panels*span*lanes, 4*lanes)
			}
		}
		for i := range across - end + first {
			tile := i
			if i >= first {
				tile += end - first
			}
			edge := edges[i*positions*n:]
			c.edgeTile(edge, rows, 2*tile-c.left, n)
			for p := range panels {
				e := edge[p*lanes:]
				u.winogradInput(out(p, tile), &e[0], &e[4*n], &e[8*n], &e[12*n], 1, 4*n, 4*panels*span*lanes, 4*lanes)
			}
		}
	}
}

// inner is which tiles [first, end) of a row lie within the image's columns.
func (c *correlation) inner() (first, end int) {
	across := c.tilesAcross()
	first = min((max(c.left, 0)+1)/2, across)
	return first, max(min((c.w+c.left-4)>>1+1, across), first)
}

// edgeTile copies n channels of the 4x4 pixels from column left on, but for those
// outside of the image, which are zero already.
func (c *correlation) edgeTile(dst []float32, rows [4][]float32, left, n int) {
	lo, hi := max(-left, 0), min(c.w-left, 4)
	if lo >= hi {
		return
	}
	for i, row := range rows {
		if n == c.c {
			copy(dst[(4*i+lo)*n:(4*i+hi)*n], row[(left+lo)*n:])
			continue
		}
		for j := lo; j < hi; j++ {
			copy(dst[(4*i+j)*n:][:n], row[(left+j)*c.c:])
		}
	}
}

// transformOutput stores A^T m A of the rows [lo, hi) of tiles.
func (c *correlation) transformOutput(u *vectorUnit, s *space, m []float32, lo, hi int) {
	y, e := c.y, c.epilogue
	across := c.tilesAcross()
	span, blocks := panelSpan((hi-lo)*across), c.k/lanes
	whole := c.ow / 2 // tiles of a row that lie within it
	// Rows and columns beyond the picture come from and go to spare memory.
	below, tile, floors := s.floats.get(c.ow*c.ypixel), s.floats.get(8*lanes), s.floats.get(1)
	floor := &floors[0]
	*floor = float32(math.Inf(-1))
	if e.relu != 0 {
		*floor = 0
	}
	for t := lo; t < hi; t++ {
		at, r := c.rowAt(t), t%c.tileRows()*2
		rows := [2][]float32{y[at:], below}
		adds := [2][]float32{nil, below}
		if e.add != nil {
			adds[0] = e.add[at:]
		}
		if r+1 < c.oh {
			rows[1] = y[at+c.yrow:]
			if e.add != nil {
				adds[1] = e.add[at+c.yrow:]
			}
		}
		for b := range blocks {
			k := b * lanes
			from := m[(b*span+(t-lo)*across)*lanes:]
			var bias, add0, add1 *float32
			if e.bias != nil {
				bias = &e.bias[k]
			}
			if whole > 0 {
				if e.add != nil {
					add0, add1 = &adds[0][k], &adds[1][k]
				}
				u.winogradOutput(&rows[0][k], &rows[1][k], &from[0], bias, add0, add1, floor, whole, 4*c.ypixel, 4*blocks*span*lanes, 4*lanes)
			}
			if whole == across {
				continue
			}
			last := whole*2*c.ypixel + k
			if e.add != nil {
				for i := range 2 {
					copy(tile[(4+2*i)*lanes:][:lanes], adds[i][last:])
				}
				add0, add1 = &tile[4*lanes], &tile[6*lanes]
			}
			u.winogradOutput(&tile[0], &tile[2*lanes], &from[whole*lanes], bias, add0, add1, floor, 1, 4*lanes, 4*blocks*span*lanes, 4*lanes)
			for i := range 2 {
				copy(rows[i][last:][:lanes], tile[2*i*lanes:])
			}
		}
	}
}
