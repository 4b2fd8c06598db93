package graph

import (
	"sync"

	"github.com/gorgonet/gorgonet/graph/internal/kernel"
)

// FoldedWeights are weights with batch norms folded into them, for the Constant graphs of one
// network over one State that share it: see Options. The zero value has none yet;
// the first graph that runs makes them.
type FoldedWeights struct {
	mu sync.Mutex
	of map[string][]kernel.Folded // by layer; several where shapes want another layout
}

// fold returns the convolution folded as make does it, once for all pictures whose
// sizes let the weights lie the same way.
func (f *FoldedWeights) fold(layer string, c kernel.Conv, make func() kernel.Folded) kernel.Folded {
	if f == nil {
		return make()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, known := range f.of[layer] {
		if same, ok := known.Like(c); ok {
			return same
		}
	}
	if f.of == nil {
		f.of = map[string][]kernel.Folded{}
	}
	made := make()
	f.of[layer] = append(f.of[layer], made)
	return made
}
