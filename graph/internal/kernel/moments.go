package kernel

// Moments are the mean and the biased variance of every channel of rows of
// channels. They are measured strip by strip, each from its first row on, so that a
// large mean does not swallow a small variance; sums of rows are kept in float64.
type Moments struct {
	Mean, Variance []float64

	// While strips are measured, lent by the operation that does so: of each its rows,
	// means and sums of squared differences from them [strips 1+2c].
	strips []float64
}

// NewMoments makes room for c channels.
func NewMoments(c int) *Moments {
	return &Moments{Mean: make([]float64, c), Variance: make([]float64, c)}
}

// momentsRoom is how many floats measuring a strip takes: three groups.
const momentsRoom = 3 * 64

// Measure takes the moments of x [rows c].
func (m *Moments) Measure(x []float32) {
	c := len(m.Mean)
	rows := len(x) / c
	parts := chunks(rows)
	k := takeWork(Workspace{})
	defer k.release()
	m.begin(k, parts)
	k.parallel(parts, func(s *space, i int) {
		lo, hi := chunk(rows, parts, i)
		m.strip(s, i, x[lo*c:hi*c])
	})
	m.end()
}

// begin makes room for so many strips in the operation's memory.
func (m *Moments) begin(k work, strips int) {
	size := stripsLen(strips, len(m.Mean))
	k.sums.reserve(room(size))
	m.strips = k.sums.get(size)
}

// stripsLen is what so many strips of c channels take.
func stripsLen(strips, c int) int { return strips * (1 + 2*c) }

// strip measures one strip of rows; a strip without any counts for nothing.
func (m *Moments) strip(s *space, i int, x []float32) {
	c := len(m.Mean)
	part := m.strips[i*(1+2*c) : (i+1)*(1+2*c)]
	clear(part)
	rows := len(x) / c
	if rows == 0 {
		return
	}
	sum := s.sums.get(2 * c)
	clear(sum)
	if unit.uneven(c) {
		Wide{x, c}.moments(s, sum, rows)
	} else {
		unit.moments(s, sum, x, unit.repeat(s, x[:c]))
	}
	settle(part, sum, x, rows)
}

// settle makes of the sums over so many rows, which begin with x, what is kept of a strip.
func settle(part, sum []float64, x []float32, rows int) {
	c := len(sum) / 2
	n := float64(rows)
	part[0] = n
	for j, v := range sum[:c] {
		part[1+j] = float64(x[j]) + v/n
		part[1+c+j] = max(sum[c+j]-v*v/n, 0)
	}
}

// end puts the strips together in order (Chan et al. 1979).
func (m *Moments) end() {
	c := len(m.Mean)
	clear(m.Mean)
	clear(m.Variance)
	rows := 0.0
	for i := 0; i < len(m.strips); i += 1 + 2*c {
		n, means, squares := m.strips[i], m.strips[i+1:i+1+c], m.strips[i+1+c:i+1+2*c]
		if n == 0 {
			continue
		}
		rows += n
		share := n / rows
		for j, mean := range means {
			d := mean - m.Mean[j]
			m.Mean[j] += d * share
			m.Variance[j] += squares[j] + d*d*(n-n*share)
		}
	}
	for j := range m.Variance {
		m.Variance[j] /= rows
	}
	m.strips = nil
}
