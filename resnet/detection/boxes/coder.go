package boxes

import "math"

// Coder writes a box as its difference from another one, the anchor: the way between their
// middles in sides of the anchor, and the logarithms of the ratios of the sides, each times a
// weight (Girshick et al. 2014, appendix C). The zero value has weights of 1.
type Coder struct {
	X, Y, W, H float32
}

// weights are those of the fields.
func (c Coder) weights() (x, y, w, h float32) {
	if c == (Coder{}) {
		return 1, 1, 1, 1
	}
	return c.X, c.Y, c.W, c.H
}

// largest is the logarithm up to which sides are made larger: 1000 pixels of 16.
var largest = float32(math.Log(1000.0 / 16))

// middle is the middle of a box, and its sides.
func middle(b []float32) (x, y, w, h float32) {
	w, h = b[2]-b[0], b[3]-b[1]
	return b[0] + 0.5*w, b[1] + 0.5*h, w, h
}

// Encode writes the code of a box against an anchor.
func (c Coder) Encode(code, box, anchor []float32) {
	x, y, w, h := middle(anchor)
	bx, by, bw, bh := middle(box)
	wx, wy, ww, wh := c.weights()
	code[0], code[1] = wx*(bx-x)/w, wy*(by-y)/h
	code[2], code[3] = ww*log(bw/w), wh*log(bh/h)
}

// Decode writes the box that a code against an anchor stands for.
func (c Coder) Decode(box, code, anchor []float32) {
	x, y, w, h := middle(anchor)
	wx, wy, ww, wh := c.weights()
	cx, cy := code[0]/wx*w+x, code[1]/wy*h+y
	halfW, halfH := 0.5*(exp(min(code[2]/ww, largest))*w), 0.5*(exp(min(code[3]/wh, largest))*h)
	box[0], box[1], box[2], box[3] = cx-halfW, cy-halfH, cx+halfW, cy+halfH
}

func log(x float32) float32 { return float32(math.Log(float64(x))) }
func exp(x float32) float32 { return float32(math.Exp(float64(x))) }
