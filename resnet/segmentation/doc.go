// Package segmentation has networks that say what every pixel of a picture belongs to:
// fully convolutional networks (Long et al. 2015) and DeepLabV3 (Chen et al. 2017) behind a
// residual network, as torchvision has them.
//
//	fcn_resnet18 34 50 101
//	deeplabv3_resnet18 34 50 101
//
// [Lookup] makes them and others of the kind, such as fcn_resnext50_32x4d: of any residual
// network that package resnet names; fcn_resnet20 is a small one for small pictures. The last stages keep their size, by
// dilated convolutions ([resnet.Config.WithOutputStride]), and the scores are brought to
// the size of the picture. Tensors have torchvision's names, so its files of weights load;
// [Network.LoadBackbone] takes a network that was trained to tell pictures apart.
//
// # Numbers
//
// Against torchvision 0.29 (testdata/segmentation.py makes the files), relative L2 errors and
// in brackets those of PyTorch's own float32, with AVX-512: fcn_resnet50 at 320x272 pixels,
// logits 3.9e-6 (3.0e-6), all gradients 3.5e-6 (3.2e-6); deeplabv3_resnet50, 2.8e-6 (1.3e-6)
// and 5.9e-5 (2.7e-5). Narrow networks are compared by the tests.
//
// Rough times on two cores beside torchvision's, at 241x241 pixels (go test -bench .
// ./resnet/segmentation): fcn_resnet50 answers a picture in 0.36 s (0.41 s) and makes a
// step of two in 2.25 s (2.59 s); deeplabv3_resnet50 0.63 s (0.44 s) and 3.29 s (3.10 s): dilations
// as wide as the feature map are slow.
//
// The Example scores the pixels of a picture; a [Predictor] does so for pictures of any
// size. Training is in package training/segmentation.
package segmentation
