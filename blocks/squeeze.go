package blocks

import (
	"github.com/gorgonet/gorgonet/graph"
	"gorgonia.org/gorgonia"
)

// SqueezeExcite is a gate that scales each channel by
// sigmoid(W2 relu(W1 mean(y))), with C/reduction channels between the two linear
// layers name.se.fc1 and name.se.fc2 (Hu et al. 2017, section 3; reduction 16
// there).
func SqueezeExcite(reduction int) Gate {
	return func(b *graph.Builder, name string, y *gorgonia.Node) *gorgonia.Node {
		if b.Err() != nil {
			return nil
		}
		channels := y.Shape()[3]
		s := b.GlobalAvgPool(name+".se.avgpool", y)
		s = b.Activate(name+".se.relu", b.Linear(name+".se.fc1", s, max(channels/reduction, 1)), graph.ReLU)
		s = b.Activate(name+".se.sigmoid", b.Linear(name+".se.fc2", s, channels), graph.Sigmoid)
		return b.ScaleChannels(name+".se", y, s)
	}
}
