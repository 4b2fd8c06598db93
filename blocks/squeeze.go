package blocks

import (
	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// SqueezeExcite is a gate that scales each channel by
// sigmoid(W2 relu(W1 mean(y))), with C/reduction channels between the two linear
// layers name.se.fc1 and name.se.fc2 (Hu et al. 2017, section 3; reduction 16
// there).
func SqueezeExcite(reduction int) Gate {
	return func(b *graph.Builder, y *gorgonia.Node) *gorgonia.Node {
		if b.Err() != nil {
			return nil
		}
		if reduction < 1 || y == nil || y.Shape().Dims() != 4 {
			b.Fail(errors.Errorf("blocks: %s: squeeze and excitation wants a reduction of at least 1 and an input [N H W C], got %d and %v", b.Name(), reduction, y))
			return nil
		}
		channels := y.Shape()[3]
		s := b.GlobalAvgPool("se.avgpool", y)
		s = b.Activate("se.relu", b.Linear("se.fc1", s, max(channels/reduction, 1)), graph.ReLU)
		s = b.Activate("se.sigmoid", b.Linear("se.fc2", s, channels), graph.Sigmoid)
		return b.ScaleChannels("se", y, s)
	}
}
