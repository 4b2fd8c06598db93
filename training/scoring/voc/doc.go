// Package voc computes the average precision of the Pascal VOC challenge, of 2007 and of the
// years from 2010 on.
//
// Detections of a class are taken in the order of their scores. Each is compared with the
// object in its picture that it overlaps most: it is right where their IoU is above 0.5 and no
// one before it had that object, and wrong otherwise; there is no second choice. Where the
// object is difficult, or a crowd, the detection is neither. VOC's boxes hold their last pixel,
// which their form in package annotations takes into account.
package voc
