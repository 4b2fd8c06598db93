// Package graph is the vocabulary that networks are written in: a Builder over one
// Gorgonia expression graph, the State of named tensors that outlives it, an operation a
// file, and the compiled Machine that runs it.
//
// The Example builds a layer, loads weights and runs it. Those of [Builder.Apply] and
// [Builder.Parameter] are an operation and a parameter of one's own, with their gradients:
// an upsampling, and a gate with a single number that is learnt. Whole networks are in
// package resnet.
//
// # Layout
//
// Images are [N H W C] and convolution weights [H W I O] inside the graph; State reads and
// writes them under PyTorch's names and in PyTorch's layout. Values are float32.
//
// # From building to running
//
// A Builder emits operations; its first error is kept, so networks read without error
// checks, and [Builder.Compile] reports it. [Builder.Gradients] adds the way back. Compile
// joins operations by rules (see [Rules]; each can be left out), plans which outputs may
// share memory, and returns a Machine. Batches are written to the memory of the inputs and
// results read from that of the outputs, by [Floats]. Operations own their outputs, so that a
// run allocates nothing that grows, and it gives the same bits on any number of processors.
//
// [Builder.Operations] describes a graph as data: kinds, attributes, shapes, work. Summaries,
// drawings and exporters read it. Nodes of Gorgonia's own can stand among the operations.
//
// # Numbers
//
// The tests compare with what PyTorch 1.13 computed in float64 (go test -v ./graph prints
// the errors): relative L2 errors of single layers, outputs and gradients, are below 1e-6
// with AVX-512. Winograd's filtering alone is off by 1.4e-7 to 5.0e-7 in output and
// gradients of input and weights, as much as adding up directly (go test -v -run
// WinogradError ./graph/internal/kernel).
//
// Where a value stops being finite, [Machine.RunChecked] names the layer and operation
// where that began, forward or backward, with the range of what it was computed from.
//
// # Memory
//
// A graph that does not fit is refused by Compile before it takes memory, with the
// estimate, what is available (machine, control groups, GOMEMLIMIT) and the largest batch
// that fits, what Options.Beside says included. Estimates were within 6 % of the measured
// peak on eight networks of 100 MB to 2 GB; go test ./resnet -run TestFootprint -v compares
// five with Go's heap. GORGONET_MEMORY=8GiB sets another limit, GORGONET_MEMORY=off none.
//
// # Kernels
//
// The arithmetic is chosen when the program starts: AVX-512 or AVX2 where the processor has
// it, plain Go elsewhere. GORGONET_KERNELS=avx512, avx2 or go sets another choice, and the
// build tag noasm leaves the assembly out. The bits of a result depend on the choice.
package graph

// Gorgonia's tensors assert at start-up that the garbage collector does not
// move memory; this version of the assertion knows current releases of Go, and
// whoever imports this package inherits it.
import _ "go4.org/unsafe/assume-no-moving-gc"
