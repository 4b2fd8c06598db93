//go:build !amd64 || noasm

package kernel

func adamRegisters(w, m, v, grad []float32, c *AdamStep) (done int) { return 0 }
