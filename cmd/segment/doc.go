// Segment paints pictures by what their pixels belong to:
//
//	go run ./cmd/segment -weights runs/fcn_resnet50/best.safetensors photo.jpg
//	go run ./cmd/segment -model deeplabv3_resnet50 -weights deeplabv3_resnet50_coco.pth photo.jpg
//
// writes segmented/photo.png and segmented/photo-over.png. The weights are a checkpoint of
// segment-train or a file of torchvision's.
package main
