package diffusion

import (
	"image"
	"math"

	"github.com/pkg/errors"
)

// gridGap is how many pixels lie between the pictures of a grid, and around them.
const gridGap = 2

// Grid lays pictures [N H W C] of the shape [H W C], with values of [-1, 1], out in rows of
// so many, 0 meaning as many as make it square, on white. C is 1 or 3. Values beyond are cut
// off; x becomes the byte 127.5 (x+1), rounded.
func Grid(pictures []float32, shape []int, columns int) (*image.NRGBA, error) {
	if len(shape) != 3 || min(shape[0], shape[1]) < 1 || shape[2] != 1 && shape[2] != 3 {
		return nil, errors.Errorf("diffusion: want pictures of shape [H W 1] or [H W 3], got %v", shape)
	}
	height, width, channels := shape[0], shape[1], shape[2]
	size := height * width * channels
	n := len(pictures) / size
	if n < 1 || len(pictures)%size != 0 || columns < 0 {
		return nil, errors.Errorf("diffusion: want whole pictures of %d values and rows of at least 1, got %d values and %d", size, len(pictures), columns)
	}
	if columns == 0 {
		columns = int(math.Ceil(math.Sqrt(float64(n))))
	}
	columns = min(columns, n)
	rows := (n + columns - 1) / columns
	m := image.NewNRGBA(image.Rect(0, 0, columns*(width+gridGap)+gridGap, rows*(height+gridGap)+gridGap))
	for i := range m.Pix {
		m.Pix[i] = 0xff
	}
	for i := range n {
		left, top := gridGap+i%columns*(width+gridGap), gridGap+i/columns*(height+gridGap)
		for j := range height * width {
			at := m.PixOffset(left+j%width, top+j/width)
			for c := range 3 {
				m.Pix[at+c] = pixel(pictures[i*size+j*channels+c%channels])
			}
		}
	}
	return m, nil
}

// pixel is a value of [-1, 1] as a byte; what is no number is black.
func pixel(x float32) byte {
	if v := math.Round(127.5 * (float64(x) + 1)); v >= 0 {
		return byte(min(v, 255))
	}
	return 0
}
