package detection

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet/detection/boxes"
)

// step runs a step of training and returns the losses and all gradients.
func step(t *testing.T, network Network, seed, at uint64, fill func(p Pictures, o Objects)) (losses, gradients []float32) {
	t.Helper()
	b := graph.NewBuilder(graph.NewState(), graph.Options{Training: true, Seed: seed})
	p := pictures(b, 2, goldenHeight, goldenWidth)
	o := Objects{Boxes: b.Input("boxes", 2, 3, 4), Labels: b.Input("labels", 2, 3), Masks: b.Input("masks", 2, 3, MaskValues(goldenHeight, goldenWidth))}
	all, _ := network.Losses(b, p, o)
	of := b.Gradients(total(b, all))
	m := compile(t, b, values(all)...)
	m.SetStep(at)
	for i := range graph.Floats(p.Images) {
		graph.Floats(p.Images)[i] = float32(math.Sin(float64(i * i)))
	}
	copy(graph.Floats(p.Sizes), []float32{goldenHeight, goldenWidth, 50, 70})
	fill(p, o)
	if err := m.Run(); err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		losses = append(losses, graph.Scalar(l.Value))
	}
	for _, g := range of {
		gradients = append(gradients, graph.Floats(g)...)
	}
	return losses, gradients
}

// some objects are in the first picture, none in the second.
func some(_ Pictures, o Objects) {
	copy(graph.Floats(o.Boxes), []float32{10, 10, 40, 50, 0, 0, 0, 0, 30, 20, 90, 60})
	copy(graph.Floats(o.Labels), []float32{2, 0, 4})
}

// TestStep wants a step to depend on seed and step, not on the number of processors, and to be
// finite with few objects and with none.
func TestStep(t *testing.T) {
	drawing := narrowMask()
	drawing.draws = atRandom
	drawing.Proposals.Sampler.Count, drawing.Regions.Sampler.Count = 16, 8
	for name, network := range map[string]Network{"mask": drawing, "retina": narrowRetina()} {
		t.Run(name, func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			losses, gradients := step(t, network, 1, 5, some)
			runtime.GOMAXPROCS(3)
			again, same := step(t, network, 1, 5, some)
			if !slices.Equal(losses, again) || !slices.Equal(gradients, same) {
				t.Error("other bits on three processors")
			}
			if later, _ := step(t, network, 1, 6, some); name == "mask" && slices.Equal(losses, later) {
				t.Error("the next step draws the same")
			}
			nothing, gradients := step(t, network, 1, 5, func(Pictures, Objects) {})
			for i, v := range append(append(losses, nothing...), gradients...) {
				if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
					t.Fatalf("value %d is %v", i, v)
				}
			}
		})
	}
}

// TestEvaluation wants a graph that is not for training to find what Detect finds, and to have
// losses besides.
func TestEvaluation(t *testing.T) {
	g := readGoldens(t)
	for name, network := range map[string]Network{"mask": narrowMask(), "retina": narrowRetina()} {
		state := g.state(t, name, func(b *graph.Builder) { network.Detect(b, pictures(b, 2, goldenHeight, goldenWidth)) })
		var first []float32
		for _, losses := range []bool{false, true} {
			b := graph.NewBuilder(state, graph.Options{})
			p := pictures(b, 2, goldenHeight, goldenWidth)
			var found Found
			var all []Loss
			put := func() {}
			if losses {
				var o Objects
				o, put = g.objects(b)
				all, found = network.Losses(b, p, o)
			} else {
				found = network.Detect(b, p)
			}
			m := compile(t, b, append(values(all), found.Rows)...)
			g.put(p)
			put()
			if err := m.Run(); err != nil {
				t.Fatal(err)
			}
			for _, l := range all {
				if v := graph.Scalar(l.Value); !(v > 0 && v < 100) {
					t.Errorf("%s: %s is %v", name, l.Name, v)
				}
			}
			if first == nil {
				first = slices.Clone(graph.Floats(found.Rows))
			} else if !slices.Equal(first, graph.Floats(found.Rows)) {
				t.Errorf("%s: something else is found beside the losses", name)
			}
		}
	}
}

// TestObjectsMisuse wants objects that cannot be to be refused by a line that says why.
func TestObjectsMisuse(t *testing.T) {
	for name, network := range map[string]Network{"mask": narrowMask(), "retina": narrowRetina()} {
		for words, change := range map[string]func(o Objects){
			"object 1 is of class 5 in a network of 5 classes":  func(o Objects) { graph.Floats(o.Labels)[1] = 5 },
			"object 1 has the box [9 9 9 12]; want x2 above x1": func(o Objects) { graph.Floats(o.Boxes)[6] = 9 },
		} {
			b := graph.NewBuilder(graph.NewState(), graph.Options{Training: true})
			p := pictures(b, 1, goldenHeight, goldenWidth)
			o := Objects{Boxes: b.Input("boxes", 1, 3, 4), Labels: b.Input("labels", 1, 3), Masks: b.Input("masks", 1, 3, MaskValues(goldenHeight, goldenWidth))}
			losses, _ := network.Losses(b, p, o)
			m := compile(t, b, values(losses)...)
			copy(graph.Floats(p.Sizes), []float32{goldenHeight, goldenWidth})
			copy(graph.Floats(o.Boxes)[4:], []float32{9, 9, 12, 12})
			graph.Floats(o.Labels)[1] = 2
			change(o)
			if err := m.Run(); err == nil || !strings.Contains(err.Error(), words) {
				t.Errorf("%s: %v, want %q", name, err, words)
			}
		}
	}
}

// TestVGG runs the network without a pyramid.
func TestVGG(t *testing.T) {
	network, err := Lookup("fasterrcnn_vgg16", Options{Classes: 3})
	if err != nil {
		t.Fatal(err)
	}
	f := network.(FasterRCNN)
	f.Hidden, f.Proposals.Sampler, f.Regions.Sampler = 8, boxes.Sampler{Count: 16, Positive: 0.5}, boxes.Sampler{Count: 8, Positive: 0.25}
	f.Proposals.TrainingCount = 20
	losses, _ := step(t, f, 1, 0, func(p Pictures, o Objects) {
		some(p, o)
		graph.Floats(o.Labels)[2] = 1
	})
	for i, v := range losses {
		if !(v >= 0 && v < 100) {
			t.Errorf("loss %d is %v", i, v)
		}
	}
	frozen, err := network.Frozen(9)
	if err != nil || !slices.Equal(frozen, []string{"backbone.features.0", "backbone.features.2", "backbone.features.5", "backbone.features.7"}) {
		t.Errorf("%v, %v", frozen, err)
	}
}
