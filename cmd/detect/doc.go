// Detect finds objects in pictures:
//
//	go run ./cmd/detect -model maskrcnn_resnet50_fpn -weights maskrcnn_resnet50_fpn_coco.pth -norm-epsilon 0 photo.jpg
//
// writes detected/photo.png, the picture with boxes, masks, names and scores on it, and
// detected/results.json, what was found in all pictures in COCO's form of results: pictures are
// numbered from 1 in the order that they are given, and categories are the network's classes,
// which in torchvision's files are COCO's own numbers. With masks results-masks.json has these.
//
// The weights are a file of torchvision's, or a checkpoint of a training.Trainer with the Task
// of package training/detection. Torchvision's files for COCO of the first versions need
// -norm-epsilon 0, as they were trained so.
package main
