// Package annotations reads pictures with objects in them, for detection and segmentation:
// boxes, masks and the class of every pixel. Boxes and masks follow the pictures through
// augmentation and resizing, as in torchvision. The Example goes from a data set to a batch.
//
// # Data sets
//
//	set, err := annotations.OpenCOCO("annotations/instances_train2017.json", "train2017")
//	set, err := annotations.OpenVOC("VOCdevkit/VOC2012", "trainval", false, nil)
//	set, err := annotations.OpenPairs("pictures", "masks", []string{"background", "road", "sky"})
//	set, err := annotations.Synthetic(annotations.Scenes{Seed: 1, Pictures: 1000})
//
// A [Set] holds what the files say, [Set.Sample] reads a picture and what a network learns of
// it. What is wrong with single annotations is counted in the set's Warnings, and what cannot
// be read is an error of one line. [WriteCOCO] writes any set in COCO's form; [ReadResults] and
// [WriteResults] are for what was found, which packages training/scoring/coco and
// training/scoring/voc count.
//
// # Boxes and masks
//
// A [Box] is COCO's x, y, width and height, a [Corners] torchvision's two corners in float32.
// An [RLE] is a mask as COCO codes it. Coding, areas, boxes, IoU, unions and the masks of
// [Polygons] are those of pycocotools 2.0.11, run for run and bit for bit, which the tests
// compare.
//
// # Augmentation and inputs
//
// A [Transform] changes picture, boxes, masks and labels together, and draws from one
// generator: [Flip], [ScaleJitter], [FixedSize], [LargeScaleJitter], [PhotometricDistortion]
// and [RandomIoUCrop] are those of torchvision's reference for detection, [RandomSize] and
// [RandomPart] for segmentation. [Preprocessing] is the transform inside its detectors:
// normalised, resized, put into a batch whose sides are multiples of 32. Sizes, boxes and masks
// are the same bits as torchvision's (0.29), pixels differ by 2.4e-7 at most in the tests, as
// torch's own do with the number of its threads.
package annotations
