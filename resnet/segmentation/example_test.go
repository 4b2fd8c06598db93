package segmentation_test

import (
	"context"
	"fmt"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet/segmentation"
)

// Example scores the pixels of a picture. The weights are random here; state.LoadFile
// takes torchvision's, or a checkpoint.
func Example() {
	network, err := segmentation.Lookup("fcn_resnet20", segmentation.Options{Classes: 21})
	if err != nil {
		fmt.Println(err)
		return
	}
	state := graph.NewState()
	predictor, err := segmentation.NewPredictor(network, state)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer predictor.Close()
	const height, width = 48, 64
	picture := make([]float32, height*width*3) // normalised, red, green and blue of each pixel
	logits, err := predictor.Predict(context.Background(), picture, height, width)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(logits)/(height*width), "logits of every pixel")
	// Output:
	// 21 logits of every pixel
}
