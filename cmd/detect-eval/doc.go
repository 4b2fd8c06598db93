// Detect-eval measures what a detector finds, as COCO does:
//
//	go run ./cmd/detect-eval -data instances_val2017.json -pictures val2017 -weights fasterrcnn_resnet50_fpn_coco.pth -norm-epsilon 0
//	go run ./cmd/detect-eval -data instances_val2017.json -results detections.json
//
// prints the twelve figures of pycocotools, of boxes and, where there are any, of masks: of what
// a network finds in the pictures, which -out keeps in COCO's form of results, or of a file of
// results of anybody's. The network's classes are the set's categories in their order where
// there are as many, and their numbers otherwise, as in torchvision's files.
package main
