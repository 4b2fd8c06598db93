package kernel

// CopyChannels copies n channels of every row of src, from a channel on, to dst from
// another: src has rows of from channels, dst of to.
func CopyChannels(dst, src []float32, to, at, from, first, n int) {
	rows := len(dst) / to
	if to == n && from == n {
		parallelRange(len(src), 1, func(lo, hi int) { copy(dst[lo:hi], src[lo:hi]) })
		return
	}
	parallelRows(rows, n, func(lo, hi int) {
		unit.copyPixels(dst[lo*to+at:], src[lo*from+first:], hi-lo, n, to, from)
	})
}
