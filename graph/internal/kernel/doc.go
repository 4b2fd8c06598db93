// Package kernel is the arithmetic of the graph operations on plain slices of
// float32; it knows nothing of Gorgonia.
//
// Images are NHWC, convolution weights HWIO. The functions trust their caller:
// lengths have been checked when the graph was built.
//
// Work is cut into tasks by the shape of the problem alone, and partial sums
// are added in the order of the tasks, so a result has the same bits whatever
// the number of processors.
//
// The assembly is chosen when the program starts, by GORGONET_KERNELS or by what the
// processor has; the build tag noasm leaves it out. It is generated:
//
//	cd graph/internal/kernel/asm && go run . -out ../tile_amd64.s -stubs ../tile_amd64.go -pkg kernel
//
// Another processor's kernels, with Debian's qemu-user:
//
//	GOARCH=arm64 CGO_ENABLED=0 go test -exec qemu-aarch64 -short ./graph/...
package kernel
