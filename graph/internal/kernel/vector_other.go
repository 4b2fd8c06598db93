//go:build !amd64 || noasm

package kernel

func vectorUnits() []arithmetic { return nil }
