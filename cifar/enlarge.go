package cifar

// enlarge writes an image [32 32 3] to dst, [side side 3], with values between those of
// pixels' centres: bilinear, as PyTorch's interpolate with align_corners=False.
func enlarge(dst []float32, image *[ImageSize]float32, side int) {
	const row = Side * Channels
	var between [row]float32 // a row of the image, between two of it
	columns := make([]tap, side)
	for x := range columns {
		columns[x] = tapOf(x, side)
	}
	for y := range side {
		t := tapOf(y, side)
		above, below := image[t.low*row:(t.low+1)*row], image[t.high*row:(t.high+1)*row]
		for i := range between {
			between[i] = above[i] + t.share*(below[i]-above[i])
		}
		out := dst[y*side*Channels : (y+1)*side*Channels]
		for x, t := range columns {
			for c := range Channels {
				left, right := between[t.low*Channels+c], between[t.high*Channels+c]
				out[x*Channels+c] = left + t.share*(right-left)
			}
		}
	}
}

// tap is where a row or a column of an enlarged image lies: between two of the image.
type tap struct {
	low, high int
	share     float32 // of high
}

func tapOf(i, side int) tap {
	at := max((float32(i)+0.5)*Side/float32(side)-0.5, 0)
	low := min(int(at), Side-1)
	return tap{low, min(low+1, Side-1), at - float32(low)}
}
