package resnet_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/scoring"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// saveWeights stands for weights that were trained here or by PyTorch: a
// safetensors file for a resnet8 of 10 classes.
func saveWeights() (path string) {
	network, err := resnet.Lookup("resnet8", resnet.Options{})
	if err != nil {
		log.Fatal(err)
	}
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{Seed: 1})
	network.Build(b, b.Input("images", 1, 32, 32, 3))
	dir, err := os.MkdirTemp("", "weights")
	if err != nil {
		log.Fatal(err)
	}
	path = filepath.Join(dir, "resnet8.safetensors")
	if err := weights.WriteSafetensors(path, state.Arrays(), nil); err != nil {
		log.Fatal(err)
	}
	return path
}

// Classify a picture by a network with weights from a file. A network of ImageNet
// differs in its name alone, and the zero Preprocessing is its own.
func Example_classify() {
	weights := saveWeights()
	defer os.RemoveAll(filepath.Dir(weights))

	network, err := resnet.Lookup("resnet8", resnet.Options{})
	if err != nil {
		log.Fatal(err)
	}
	state := graph.NewState()
	b := graph.NewBuilder(state, graph.Options{})
	images := b.Input("images", 1, 32, 32, 3)
	logits := network.Build(b, images)
	machine, err := b.Compile()
	if err != nil {
		log.Fatal(err)
	}
	defer machine.Close()
	if err := training.LoadWeights(state, weights); err != nil {
		log.Fatal(err)
	}

	picture, err := imagenet.Open("../imagenet/testdata/picture.png")
	if err != nil {
		log.Fatal(err)
	}
	p := imagenet.Preprocessing{Resize: 32, Crop: 32}
	if err := p.Apply(graph.Floats(images), picture); err != nil {
		log.Fatal(err)
	}
	if err := machine.Run(); err != nil {
		log.Fatal(err)
	}
	for _, t := range scoring.Top(graph.Floats(logits), 2) {
		fmt.Printf("class %d: %.0f %%\n", t.Class, 100*t.Probability)
	}
	// Output:
	// class 3: 28 %
	// class 8: 25 %
}

// Fine-tune: the weights of all layers but the last come from a file, the last
// one is new and has as many classes as the new task.
func Example_fineTune() {
	path := saveWeights()
	defer os.RemoveAll(filepath.Dir(path))
	network, err := resnet.Lookup("resnet8", resnet.Options{Classes: 3})
	if err != nil {
		log.Fatal(err)
	}

	// The features alone make a state without head; the file fills it.
	state := graph.NewState()
	body := graph.NewBuilder(state, graph.Options{})
	network.Features(body, body.Input("images", 1, 32, 32, 3))
	arrays, _, _, err := weights.ReadSafetensors(path)
	if err != nil {
		log.Fatal(err)
	}
	head := func(name string) bool { return strings.HasPrefix(name, "fc.") }
	if err := state.SetArrays(arrays, head); err != nil {
		log.Fatal(err)
	}

	// The whole network over that state makes the head anew.
	b := graph.NewBuilder(state, graph.Options{Training: true})
	images, labels := b.Input("images", 6, 32, 32, 3), b.Labels("labels", 6)
	loss, correct := b.CrossEntropy("loss", network.Build(b, images), labels)
	b.Gradients(loss)
	machine, err := b.Compile()
	if err != nil {
		log.Fatal(err)
	}
	defer machine.Close()
	for i := range graph.Floats(images) { // two pictures of each class: red, green, blue
		kind := i / (2 * 32 * 32 * 3)
		graph.Ints(labels)[i/(32*32*3)] = int32(kind)
		if i%3 == kind {
			graph.Floats(images)[i] = float32(1 + i%7)
		}
	}
	solver := training.Solver{Optimizer: training.NewSGD(), Rate: 0.02}
	for range 8 {
		if err := machine.Run(); err != nil {
			log.Fatal(err)
		}
		if err := solver.Step(machine.Params()); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println("head", state.Get("fc.weight").TorchShape(), "-", graph.Scalar(correct), "of 6 right")
	// Output: head [3 64] - 6 of 6 right
}

// The outputs of the stages, for a detector or a segmenter: C3 to C5, of strides
// 8, 16 and 32.
func ExampleNetwork_features() {
	network, err := resnet.Lookup("resnet18", resnet.Options{})
	if err != nil {
		log.Fatal(err)
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{})
	images := b.Input("images", 1, 128, 192, 3) // any size, not only the one it was trained on
	features := network.Features(b, images)
	machine, err := b.Compile(features...) // to keep: later layers read them too
	if err != nil {
		log.Fatal(err)
	}
	defer machine.Close()
	for i := range graph.Floats(images) {
		graph.Floats(images)[i] = float32(i % 3)
	}
	if err := machine.Run(); err != nil {
		log.Fatal(err)
	}
	for i, c := range features[1:] {
		fmt.Printf("C%d %v: %d values\n", i+3, c.Shape(), len(graph.Floats(c)))
	}
	// Output:
	// C3 (1, 16, 24, 128): 49152 values
	// C4 (1, 8, 12, 256): 24576 values
	// C5 (1, 4, 6, 512): 12288 values
}

// Nodes of Gorgonia's own go on where a network ends, and gradients flow through
// both: here to the picture, which shows what moves a score.
func Example_gorgonia() {
	network, err := resnet.Lookup("resnet8", resnet.Options{})
	if err != nil {
		log.Fatal(err)
	}
	b := graph.NewBuilder(graph.NewState(), graph.Options{Seed: 1})
	picture := tensor.New(tensor.WithShape(1, 32, 32, 3), tensor.Of(tensor.Float32))
	x := gorgonia.NewTensor(b.Graph(), tensor.Float32, 4, gorgonia.WithName("picture"),
		gorgonia.WithShape(1, 32, 32, 3), gorgonia.WithValue(picture))
	logits := network.Build(b, x)
	if b.Err() != nil {
		log.Fatal(b.Err())
	}
	squares, err := gorgonia.Square(logits)
	if err != nil {
		log.Fatal(err)
	}
	energy, err := gorgonia.Sum(squares)
	if err != nil {
		log.Fatal(err)
	}
	grads, err := gorgonia.Grad(energy, x)
	if err != nil {
		log.Fatal(err)
	}
	machine, err := b.Compile()
	if err != nil {
		log.Fatal(err)
	}
	defer machine.Close()

	pixels := picture.Float32s()
	for i := range pixels {
		pixels[i] = float32(i%5) - 2
	}
	measure := func() (e, slope float64) {
		if err := machine.Run(); err != nil {
			log.Fatal(err)
		}
		return float64(graph.Scalar(energy)), float64(graph.Floats(grads[0])[500])
	}
	_, slope := measure()
	pixels[500] += 0.01
	above, _ := measure()
	pixels[500] -= 0.02
	below, _ := measure()
	ratio := (above - below) / 0.02 / slope
	fmt.Println(grads[0].Shape(), "as finite differences have it:", ratio > 0.98 && ratio < 1.02)
	// Output: (1, 32, 32, 3) as finite differences have it: true
}

// Pictures are answered by a predictor: here with weights of a seed, in a program with
// those of a file (load: training.LoadWeights).
func ExampleOpenPredictor() {
	network, err := resnet.Lookup("resnet20", resnet.Options{})
	if err != nil {
		log.Fatal(err)
	}
	load := func(*graph.State) error { return nil } // such as training.LoadWeights(state, "resnet20.safetensors")
	predictor, err := resnet.OpenPredictor(network, 32, 32, resnet.PredictorOptions{Batch: 16}, load)
	if err != nil {
		log.Fatal(err)
	}
	defer predictor.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	images := make([]float32, 3*32*32*3) // three pictures [N H W C], normalised as for training
	logits, err := predictor.Predict(ctx, images)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(logits), "logits of 10 classes each")
	// Output: 30 logits of 10 classes each
}
