// Package graph is the vocabulary that networks are written in: a Builder over
// one Gorgonia expression graph, the State of named tensors that outlives it,
// an operation a file, and the compiled Machine that runs it.
//
// Images are [N H W C] and convolution weights [H W I O] inside the graph;
// State reads and writes them under PyTorch's names and in PyTorch's layout.
package graph

// Gorgonia's tensors assert at start-up that the garbage collector does not
// move memory; this version of the assertion knows current releases of Go, and
// whoever imports this package inherits it.
import _ "go4.org/unsafe/assume-no-moving-gc"
