package kernel

// vectorUnit is a processor's vector instructions at work on blocks of 16
// channels. A nil unit means that everything is plain Go.
type vectorUnit struct {
	name string
	runs int // runs of pixels that one call of conv takes: 1 or 2
	// conv[n] computes 16 output channels of runs of n pixels; grad[n] adds to n
	// rows of 16 weight gradients. See the generator for what they do exactly.
	conv []func(y0, y1, x0, x1, w *float32, offsets *int, segments, length, step, ystep int)
	grad []func(dw, x, dy *float32, rows, cols, dwstep, xstep, xrow, dystep, dyrow int)
}

// lanes is the number of channels of a block.
const lanes = 16

// roundUp is n rounded up to whole blocks.
func roundUp(n int) int { return (n + lanes - 1) / lanes * lanes }

// unit is what this process computes with.
var unit = chooseUnit()

// split cuts n into parts of one size, at most limit: the size, and how many.
// Where they cannot be equal the last ones overlap.
func split(n, limit int) (size, parts int) {
	parts = (n + limit - 1) / limit
	size = (n + parts - 1) / parts
	for p := parts + 1; p <= parts+parts/2+1 && size > 3; p++ {
		if s := (n + p - 1) / p; s*p < size*parts {
			size, parts = s, p
		}
	}
	return size, parts
}
