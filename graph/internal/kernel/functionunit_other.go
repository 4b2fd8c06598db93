//go:build !amd64 || noasm

package kernel

var functionUnits map[string]*functionUnit
