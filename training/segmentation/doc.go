// Package segmentation trains networks to say what every pixel of a picture belongs to,
// and measures them: the mean over the classes of intersection over union, and the share
// of right pixels.
//
// [Task] is a training.Task for networks of package resnet/segmentation, or others whose
// outputs are [N H W classes].
package segmentation
