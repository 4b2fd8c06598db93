// Package imagenet brings photographs to networks trained on ImageNet and names
// what they answer: decoding, the preprocessing that belongs to a set of weights,
// and class names.
package imagenet
