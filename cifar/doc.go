// Package cifar reads CIFAR-10 and CIFAR-100 and turns their images into the
// normalised, augmented inputs that the residual networks of He et al.,
// "Deep Residual Learning for Image Recognition" (arXiv:1512.03385), section
// 4.2, are trained on.
//
// Download fetches an archive, Open reads it into a Dataset of two Sets, and
// Examples is the view of a Set that a training loop asks for one image at a
// time. Synthetic draws a data set of the same form that needs no download.
package cifar
