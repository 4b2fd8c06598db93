// Package coco computes the figures of the COCO benchmark: the average precision and recall of
// boxes or masks that were found, the twelve figures of pycocotools to the last digits that
// mean anything.
//
// # What is particular about them
//
// The rules are those of pycocotools, some of which surprise. Detections are sorted by score,
// those of one score in their order and by picture; the first 100 of each class in each picture
// count. One matches the object that it overlaps most, of those that are not taken and by the
// threshold or more, of equal ones the last. A crowd takes any number of detections, which then
// count neither for nor against. Sizes are by the object's area in its file, also for boxes,
// and an area of 32x32 is both small and medium. An object whose annotation has the id 0 can
// not be found. The precision of a class is the mean at 101 recalls.
//
// # Comparison and speed
//
// The tests compare all twelve figures with pycocotools 2.0.11, to 1e-12: perfect, empty,
// random, shuffled and tied detections of boxes and masks, with crowds and without, of drawn
// annotations and, with GORGONET_DATA, of COCO's photographs. 5,120 pictures with 29,840
// objects and 45,760 detections take 0.3 to 0.6 s for boxes and 2.3 to 6 s for masks on two
// shared cores, where pycocotools takes 36 s and 32 s (go test -bench Evaluate
// ./training/scoring/coco, and testdata/figures.py time).
package coco
