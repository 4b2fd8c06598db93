package jpeg

// estimated is the last of the coefficients, in zigzag order, that can be estimated
// from the first ones of the blocks around.
const estimated = 9

// smooths tells whether coefficients are to be estimated, as libjpeg does where a
// progressive file leaves some open: T.81, section K.8, but from 25 blocks.
func (d *decoder) smooths() bool {
	if !d.progressive {
		return false
	}
	useful := false
	for i := range d.components {
		if d.planes[i].quant == nil || d.known[i][0] < 0 {
			return false
		}
		for k := range estimated + 1 {
			if d.planes[i].quant[k] == 0 {
				return false
			}
			useful = useful || k > 0 && d.known[i][k] != 0
		}
	}
	if d.count == 1 {
		for i := range d.components {
			d.before[i] = unknown
		}
	}
	return useful
}

// estimate is how a coefficient is made of the first ones of five by five blocks:
// weights in units of 1/256, where no others are known and where some are.
type estimate struct {
	alone, along [25]int32
}

// estimates are those of coefficients 0 to 9 in zigzag order.
var estimates = [estimated + 1]estimate{
	{alone: [25]int32{
		-2, -6, -8, -6, -2,
		-6, 6, 42, 6, -6,
		-8, 42, 152, 42, -8,
		-6, 6, 42, 6, -6,
		-2, -6, -8, -6, -2}},
	{[25]int32{
		-1, -1, 0, 1, 1,
		-3, 13, 0, -13, 3,
		-3, 38, 0, -38, 3,
		-3, 13, 0, -13, 3,
		-1, -1, 0, 1, 1},
		[25]int32{10: -7, 11: 50, 13: -50, 14: 7}},
	{[25]int32{
		-1, -3, -3, -3, -1,
		-1, 13, 38, 13, -1,
		0, 0, 0, 0, 0,
		1, -13, -38, -13, 1,
		1, 3, 3, 3, 1},
		[25]int32{2: -7, 7: 50, 17: -50, 22: 7}},
	{[25]int32{
		0, 0, 1, 0, 0,
		0, 2, 7, 2, 0,
		0, -5, -14, -5, 0,
		0, 2, 7, 2, 0,
		0, 0, 1, 0, 0},
		[25]int32{2: -1, 7: 13, 12: -24, 17: 13, 22: -1}},
	{[25]int32{
		-1, 0, 0, 0, 1,
		0, 9, 0, -9, 0,
		0, 0, 0, 0, 0,
		0, -9, 0, 9, 0,
		1, 0, 0, 0, -1},
		[25]int32{
			0, -1, 0, 1, 0,
			-1, 10, 0, -10, 1,
			0, 0, 0, 0, 0,
			1, -10, 0, 10, -1,
			0, 1, 0, -1, 0}},
	{[25]int32{
		0, 0, 0, 0, 0,
		0, 2, -5, 2, 0,
		1, 7, -14, 7, 1,
		0, 2, -5, 2, 0,
		0, 0, 0, 0, 0},
		[25]int32{10: -1, 11: 13, 12: -24, 13: 13, 14: -1}},
	{alone: [25]int32{6: 1, 8: -1, 11: 2, 13: -2, 16: 1, 18: -1}},
	{alone: [25]int32{6: 1, 7: -3, 8: 1, 16: -1, 17: 3, 18: -1}},
	{alone: [25]int32{6: 1, 8: -1, 11: -3, 13: 3, 16: 1, 18: -1}},
	{alone: [25]int32{6: 1, 7: 2, 8: 1, 16: -1, 17: -2, 18: -1}},
}

// smooth estimates coefficients of block x, y of component i, b, where they are zero
// and not wholly known.
func (d *decoder) smooth(i, x, y int, b *[64]int16) {
	c, p := &d.components[i], &d.planes[i]
	state := &d.known[i]
	if y/c.v > d.good { // the last scan ended before
		state = &d.before[i]
	}
	alone := true
	for _, k := range state[1 : estimated+1] {
		alone = alone && k == -1
	}
	var first [25]int32
	for row := range 5 {
		for column := range 5 {
			first[5*row+column] = int32(p.block(c.column(x, column-2), d.blockRow(c, y, row-2), c)[0])
		}
	}
	for k := 1; k <= estimated; k++ {
		weights := &estimates[k].along
		if alone {
			weights = &estimates[k].alone
		}
		if low := state[k]; low != 0 && b[k] == 0 && (alone || k <= 5) {
			v := p.mean(k, weights, &first)
			if low > 0 {
				v = min(max(v, -(1<<low-1)), 1<<low-1)
			}
			b[k] = int16(v)
		}
	}
	if alone {
		b[0] = int16(p.mean(0, &estimates[0].alone, &first))
	}
}

// mean is the sum of the weighted values as a multiple of quant k, rounded.
func (p *plane) mean(k int, weights, values *[25]int32) int {
	sum := 0
	for i, w := range weights {
		sum += int(w) * int(values[i])
	}
	sum *= int(p.quant[0])
	q := int(p.quant[k])
	if sum < 0 {
		return -((q<<7 - sum) / (q << 8))
	}
	return (q<<7 + sum) / (q << 8)
}

// column is the block column that lies off columns from x, beyond the edges the
// nearest; with two columns libjpeg-turbo 2.1 takes the first for those on the right.
func (c *component) column(x, off int) int {
	if c.blocks.X == 2 && x+off > 1 && off > 0 {
		return 0
	}
	return min(max(x+off, 0), c.blocks.X-1)
}

// blockRow is the block row that lies off rows from y, at the edges as libjpeg has it.
func (d *decoder) blockRow(c *component, y, off int) int {
	unit, in, rows := y/c.v, y%c.v, c.v // of blocks that are not only filling
	last := d.units.Y - 1
	if unit == last {
		rows -= c.padded.Y - c.blocks.Y
	}
	switch {
	case off == -2 && (in > 1 || unit > 1), off == 2 && (in < rows-2 || unit+1 < last):
		return y + off
	case off < 0 && y > 0:
		return y - 1
	case off > 0 && (in < rows-1 || unit < last):
		return y + 1
	}
	return y
}
