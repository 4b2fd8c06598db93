// Package cifar reads CIFAR-10 and CIFAR-100 and turns their images into the normalised,
// augmented inputs that the residual networks of He et al., "Deep Residual Learning for
// Image Recognition" (arXiv:1512.03385), section 4.2, are trained on.
//
// [Download] fetches an archive, [Open] reads it into a Dataset of two Sets, and [Examples]
// is the view of a Set that a training loop asks for one image at a time. [Synthetic] draws a
// data set of the same form that needs no download. The Example goes from a data set to an
// augmented input.
//
// # How it differs from the paper
//
// Pixels are divided by 255 before the mean picture is subtracted; batch norm makes the scale
// irrelevant but for weight decay. Zeros are padded to the normalised picture, where they
// stand for the mean. [Set.Split] makes the paper's 45k/5k split of the training pictures;
// cifar-train uses all 50,000 unless it is told otherwise.
package cifar
