package segmentation_test

import (
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet/segmentation"
)

// Benchmark runs pictures through networks, and trains on two of them.
func Benchmark(b *testing.B) {
	const side = 241
	for _, name := range []string{"fcn_resnet50", "deeplabv3_resnet50"} {
		for _, training := range []bool{false, true} {
			title, n := name+"/inference", 1
			if training {
				title, n = name+"/training", 2
			}
			b.Run(title, func(b *testing.B) {
				network, err := segmentation.Lookup(name, segmentation.Options{})
				if err != nil {
					b.Fatal(err)
				}
				builder := graph.NewBuilder(graph.NewState(), graph.Options{Training: training})
				x, labels := builder.Input("x", n, side, side, 3), builder.Labels("labels", n*side*side)
				y, heads, weight := network.BuildAuxiliary(builder, x)
				if training {
					main, _ := builder.PixelCrossEntropy("loss", y, labels, graph.CrossEntropyOptions{})
					aux, _ := builder.PixelCrossEntropy("loss1", heads[0], labels, graph.CrossEntropyOptions{})
					builder.Gradients(builder.WeightedSum("total", []float64{1, weight}, main, aux))
				}
				m, err := builder.Compile(y)
				if err != nil {
					b.Fatal(err)
				}
				defer m.Close()
				if err := m.Run(); err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if err := m.Run(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
