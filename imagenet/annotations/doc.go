// Package annotations reads pictures with objects in them, for detection and segmentation: boxes,
// masks and the class of every pixel, in the forms of COCO and Pascal VOC, folders of pictures
// and masks, and scenes that are drawn. Boxes and masks follow the pictures through augmentation
// and resizing as in torchvision.
package annotations
