// Package segmentation has networks that say what every pixel of a picture belongs to:
// fully convolutional networks (Long et al. 2015) and DeepLabV3 (Chen et al. 2017) behind a
// residual network, as torchvision has them.
//
//	fcn_resnet18 34 50 101
//	deeplabv3_resnet18 34 50 101
//
// [Lookup] makes them and others of the kind, such as fcn_resnext50_32x4d: of any residual
// network of ImageNet that package resnet names. The last stages keep their size, by
// dilated convolutions ([resnet.Config.WithOutputStride]), and the scores are brought to
// the size of the picture. Tensors have torchvision's names, so its files of weights load;
// [Network.LoadBackbone] takes a network that was trained to tell pictures apart.
//
// The Example scores the pixels of a picture; a [Predictor] does so for pictures of any
// size. Training is in package training/segmentation.
package segmentation
