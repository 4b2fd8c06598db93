package graph

import "github.com/gorgonet/gorgonet/graph/internal/kernel"

// Parallel calls task for the pieces [lo, hi) of the range [0, n), spread over the
// processors, and returns when all have ended. It is for large operations and
// optimizers of one's own: the pieces are the same for any number of processors, and
// begin at multiples of Grain, so that a task that writes to its own piece alone gives
// the same bits on every machine. A panic in a task is raised again in the caller.
// Nothing is allocated but what the making of task takes. A nil task has nothing to do.
func Parallel(n int, task func(lo, hi int)) {
	if task != nil {
		kernel.Range(n, task)
	}
}

// Grain is the length of the pieces that Parallel cuts, the last but for one.
const Grain = kernel.Grain
