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
// A convolution's Algorithm is chosen once, when the graph is built: plain products of
// patches, direct correlations, Winograd's filtering, either of those with narrow
// groups merged, or the depthwise one. A new one is a method in a file of its own and
// its line in methods.go; the tests try every one on all shapes that it takes.
//
// What kernels work in is lent for an operation, or for a task of it, and as much as
// an Algorithm's Workspace says, by which the graph's footprint is estimated.
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
