// Package kernel is the arithmetic of the graph operations on plain slices of
// float32; it knows nothing of Gorgonia.
//
// Images are NHWC, convolution weights HWIO. The functions trust their caller:
// lengths have been checked when the graph was built.
//
// Work is cut into tasks by the shape of the problem alone, and partial sums
// are added in the order of the tasks, so a result has the same bits whatever
// the number of processors.
package kernel
