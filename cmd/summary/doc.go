// Summary tells what a network is made of: its stages or layers, the shapes of their
// outputs, parameters and multiply-adds.
//
//	go run ./cmd/summary -model resnet50
//	go run ./cmd/summary -model resnet50 -dot resnet50.dot
//	go run ./cmd/summary -all
//
// The first prints a table, the second writes a drawing for Graphviz, and the last lists
// the named networks with their layers, parameters and multiply-adds beside the figures of
// He et al. 2015. -h lists all flags.
package main
