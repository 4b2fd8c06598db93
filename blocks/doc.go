// Package blocks emits the units that residual networks are made of, and their
// plain twins, as subgraphs on a graph.Builder.
package blocks
