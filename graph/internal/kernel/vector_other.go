//go:build !amd64 || noasm

package kernel

func units() []*vectorUnit { return nil }
