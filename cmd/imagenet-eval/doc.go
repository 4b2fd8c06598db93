// Imagenet-eval measures the top-1 and top-5 error of networks on photographs. It does so as
// He et al. 2015 (arXiv:1512.03385), section 3.4, and fb.resnet.torch do:
//
//	go run ./cmd/imagenet-eval -weights resnet50=resnet50.pth -data imagenet/val
//	go run ./cmd/imagenet-eval -weights resnet50=resnet50.pth -data imagenet/val -protocol 10-crop
//	go run ./cmd/imagenet-eval -weights resnet34=a.safetensors -weights resnet50=b.pth -data imagenet/val -protocol multi-scale
//
// measure by the middle of each picture, by ten crops, or by whole pictures with shorter sides of
// 224, 256, 384, 480 and 640 and their mirror images, over which the network runs in fully
// convolutional form (-sides sets others). Several -weights are an ensemble. Scores are
// logits; -average probabilities averages the softmax of each view instead.
//
// -data is a folder of class folders, with -truth FILE a folder of pictures (-labels
// LOC_synset_mapping.txt names the classes), or a table of pictures and labels; which
// columns and forms are read is said in package imagenet.
//
// -out gets predictions.csv (a row per picture: rank of the right class, the five best with
// scores), classes.csv, confusion.csv, result.json and report.html. Ctrl-C stops, -resume
// -out DIR goes on to the same numbers. Pictures that cannot be read are named, counted and
// left out. -h lists all flags.
//
// # Against PyTorch 1.13
//
// Fully convolutional forms of eight narrow networks are within 2.1e-7 (relative; go test
// -v -run DenseAgainst ./resnet), scores of the three protocols and of an ensemble within
// 6e-7 (go test -v -run AgainstPyTorch ./cmd/imagenet-eval).
package main
