package kernel

// Conv is the shape of a convolution: x [N H W C] with weights w [R S C/Groups K]
// gives y [N OH OW K]. Output channel k belongs to group k/(K/Groups).
type Conv struct {
	N, H, W, C int // input
	K          int // output channels
	R, S       int // height and width of the kernel
	Stride     int
	Dilation   int    // pixels from one tap to the next; 0 means 1
	Pads       [4]int // zeros at the top, left, bottom and right
	Groups     int
	OH, OW     int // output, set by Resolve
}

// Sides is the same padding on each side.
func Sides(n int) [4]int { return [4]int{n, n, n, n} }

// Resolve returns c with its output size filled in, 0 where the kernel does not
// fit: floor((H + padding - Dilation (R-1) - 1) / Stride) + 1, as PyTorch has it.
func (c Conv) Resolve() Conv {
	c.Dilation = max(c.Dilation, 1)
	height, width := c.extent()
	c.OH = outSize(c.H+c.Pads[0]+c.Pads[2], height, c.Stride, 0)
	c.OW = outSize(c.W+c.Pads[1]+c.Pads[3], width, c.Stride, 0)
	return c
}

func outSize(n, kernel, stride, pad int) int {
	if n+2*pad < kernel {
		return 0
	}
	return (n+2*pad-kernel)/stride + 1
}

// extent is from the first tap to the last.
func (c Conv) extent() (height, width int) {
	return (c.R-1)*c.Dilation + 1, (c.S-1)*c.Dilation + 1
}

// Whole tells whether the kernel covers the picture and lies at one place of it, so that the
// convolution is a product with all of its values.
func (c Conv) Whole() bool {
	return c.R == c.H && c.S == c.W && c.OH == 1 && c.OW == 1 && c.Pads == [4]int{} && c.Groups == 1
}

// depth is the length of the dot product behind one output of one group.
func (c Conv) depth() int { return c.R * c.S * (c.C / c.Groups) }

// depthwise tells whether every channel is a group of its own.
func (c Conv) depthwise() bool { return c.Groups == c.C && c.K == c.C && c.C > 1 }
