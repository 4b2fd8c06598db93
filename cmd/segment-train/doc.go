// Segment-train trains networks that say what every pixel of a picture belongs to:
//
//	go run ./cmd/segment-train -data VOC2012 -backbone-weights resnet50.pth
//
// has the recipe of torchvision's reference: FCN on ResNet-50 with its last stages dilated,
// crops of 480 of pictures whose shorter side is brought to 260 to 1040 pixels, mirrored
// every second time; batch 8, learning rate 0.01 falling by the power 0.9 of what is left
// of the run, ten times as fast for the auxiliary head, whose loss counts a half; pixels of
// the value 255 count for nothing. -model takes DeepLabV3 and other backbones. To try it
// with no files:
//
//	go run ./cmd/segment-train -data synthetic -recipe quick
//
// learns ten kinds of drawn shapes by fcn_resnet20: on 100 pictures that it has not seen, a
// mean IoU of 79.3 % and 97.0 % of the pixels right, after 938 steps, which took 15 minutes
// on two cores beside other work.
//
// -data takes Pascal VOC, COCO, of which all categories and the background are the classes
// (torchvision's reference has those of VOC alone), and folders of pictures and masks.
//
// # Figures
//
// Mean IoU is the mean over the classes of intersection over union, pixel accuracy the
// share of right pixels. While it trains, both are measured on test pictures brought into
// -size x -size pixels, at all records; -eval, and the table of classes in the report and in
// iou.csv at the end, measure whole pictures, the shorter side -base pixels long, as
// torchvision does.
//
// Records, checkpoints, resuming and the report are those of imagenet-train; -h lists all
// flags. Segment paints pictures by the weights.
package main
