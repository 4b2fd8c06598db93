// Package coco computes the figures of the COCO benchmark: the average precision and recall of boxes or
// masks that were found, the twelve figures of pycocotools to the last digits that mean anything.
//
// # What is particular about them
//
// The rules are those of pycocotools, some of which surprise. Detections are sorted by score, those of one
// score in their order and by picture; the first 100 of each class in each picture count. One matches the object
// that it overlaps most, of those that are not taken and by the threshold or more, of equal ones
// the last. A crowd takes any number of detections, which then count neither for nor against. Sizes are by the object's
// area in its file, also for boxes, and an area of 32x32 is both small and medium. An object whose annotation has the id
// 0 can not be found. The precision of a class is the mean at 101 recalls.
package coco
