// Convert turns weights from PyTorch's files into safetensors and back, bit for bit, under
// torchvision's names:
//
//	go run ./cmd/convert resnet18.pth resnet18.safetensors
//	go run ./cmd/convert -model resnet18 checkpoint.pth.tar resnet18.pth
//
// What is read of a file, and what is passed over, is said in package graph/weights; one
// line tells it of each file. -model takes the tensors of that network and ends with what
// differs where they are not there, -key chooses where a file holds several sets of weights,
// -adapt-input takes a first layer for another number of input channels. -h lists all flags.
package main
