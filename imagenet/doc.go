// Package imagenet brings photographs to networks as He et al., "Deep Residual
// Learning for Image Recognition" (arXiv:1512.03385), section 3.4, and torchvision do.
//
// OpenFolder, OpenFlat and OpenManifest list the files of a data set, Examples is
// the view of it that a training loop asks for one picture at a time, Pipelines of
// Transforms are the augmentation. Preprocessing belongs to a set of weights;
// it, TenCropTest and FullTest are the ways of testing.
package imagenet
