package resnet

import (
	"github.com/gorgonet/gorgonet/graph"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// server is one compiled graph, used by one goroutine at a time.
type server struct {
	machine        *graph.Machine
	images, logits *gorgonia.Node
}

// serve compiles what build emits for images of a shape [N H W C].
func serve(about Info, build func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node, state *graph.State, o graph.Options, shape []int) (s *server, err error) {
	b := graph.NewBuilder(state, o)
	s = &server{images: b.Input("images", shape...)}
	s.logits = build(b, s.images)
	s.machine, err = b.Compile(s.logits)
	return s, errors.Wrapf(err, "resnet: %s", about.Name)
}

// answer returns the logits of as many images as the graph is for, good until the next.
func (s *server) answer(images []float32) ([]float32, error) {
	copy(graph.Floats(s.images), images)
	if err := s.machine.Run(); err != nil {
		return nil, err
	}
	return graph.Floats(s.logits), nil
}
