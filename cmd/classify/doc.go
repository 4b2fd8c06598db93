// Classify tells what photographs show, by a network with weights:
//
//	go run ./cmd/classify -weights resnet18.pth -model resnet18 -labels labels.txt photo.jpg
//
// A checkpoint of this project says itself what network it is of, what its classes are
// called and how pictures are prepared; for other files flags say it, by default
// torchvision's preprocessing of ResNets. Pictures of every kind that package imagenet
// decodes can be named, several at a time. -h lists all flags.
package main
