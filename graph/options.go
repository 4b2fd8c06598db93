package graph

// Options say what a Builder builds. The zero value is an inference graph.
type Options struct {
	// Training makes batch norm use the statistics of the batch and update the
	// running ones, and lets dropout drop.
	Training bool
	// Seed decides the initial values of parameters that the State lacks, and what
	// is drawn at random while the graph runs.
	Seed uint64
	// Init is how the weights of convolutions start; nil means HeFanIn, the paper's.
	Init Initializer
	// Packed makes an inference graph take its weights from the state at its first
	// run, all of them and as the kernels want them, with batch norms folded in, and
	// again at the first run after the state's version has changed. In between it does
	// not look there. It has no gradients. The packed weights of a network for several
	// sizes of batches and pictures are there once where its graphs share them.
	Packed *PackedWeights
	// Freeze names parameters, or the layers and groups they are in, such as
	// "layer1", that are taken as given: they have no gradient, and batch norms
	// among them use their running statistics and leave them.
	Freeze []string
	// Memory is how operations share memory; the zero value is right but for tests.
	Memory Memory
	// Beside is what else takes memory while the graph runs, for Compile to count.
	Beside Beside
	// Arena is memory that this graph uses in turn with others; nil means its own.
	Arena *Arena
	// Salt changes the numbers that keep Gorgonia from merging nodes. Another
	// one is needed only where Compile reports a collision.
	Salt uint32
	// Unfused names rules (see Rules) that are left out. Nothing changes but speed
	// and memory, and the last bits where sums are added in another order.
	Unfused []string
}
