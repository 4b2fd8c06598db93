// Package resnet turns configurations into whole networks and names the well-known ones.
//
//	He et al. 2015, ImageNet         resnet18 resnet34 resnet50 resnet101 resnet152, plain18
//	                                 plain34; resnet50_2015 ... with the stride in the first
//	                                 1x1, as the paper has it
//	He et al. 2015, CIFAR            resnetN, plainN for any N = 6n+2: 20, 32, 44, 56, 110,
//	                                 1202, ...
//	He et al. 2016, pre-activation   preact_resnet18 34 50 101 152 200; CIFAR:
//	                                 preact_resnet110 164 1001
//	ResNeXt                          resnext50_32x4d resnext101_32x8d; CIFAR: resnext29_8x64d
//	Wide ResNet                      wide_resnet50_2 wide_resnet101_2
//	squeeze and excitation           seresnet18 seresnet50
//	VGG, for comparison              vgg16 vgg19 vgg16_bn vgg19_bn
//	EfficientNet, V2                 efficientnet_b0 ... b7, efficientnet_v2_s v2_m v2_l
//	Vision Transformers              vit_b_16 vit_b_32 vit_l_16 vit_l_32; CIFAR: vit_tiny_cifar
//	ConvNeXt                         convnext_tiny small base large; CIFAR: convnext_cifar
//
// [Names] and [Families] list what there is, [Lookup] makes one. Each is a row of a table or
// a [Config] of one's own: stem, block, widths, shortcuts A, B, C or none, groups, number of
// classes and input size are data. Names, shapes and layouts in files are torchvision's.
//
// # Examples
//
// The first builds a network. Those of the package go on to classify a picture with loaded
// weights, fine-tune with a new head, and put Gorgonia nodes of one's own behind a network;
// that of [Network] reads the outputs of the stages as features, those of [Config], [Stem] and
// [Register] are a block, a stem and a family of one's own, that of [OpenPredictor] answers
// requests. Training is in package training.
//
// # Answering
//
// A [Predictor] serves any number of goroutines in memory that its options bound. Over
// 100,000 requests of all sizes resident memory stays at 20 MB, and 200 predictors that are
// dropped leave less than 1 MB (GORGONET_LONG=1 go test ./resnet -run
// 'TestMixedRequests|TestPredictorsAreFreed' -v).
//
// # Numbers
//
// Narrow copies of the named networks are compared with PyTorch 1.13 in float64 by the
// tests (go test -v ./resnet prints the errors). Relative L2 errors with AVX-512: of
// ResNet-20, logits 1.6e-7, gradients of all parameters 3.7e-6; the first 20 losses of
// training it are within 1.3e-5 (absolute).
//
// Whole networks at 224x224 with random weights, against torchvision
// (testdata/torchvision_networks.py makes the files, TestTorchvision reads them), for
// ResNet-18, ResNet-50, Wide ResNet-101-2, VGG-16 with batch norm and VGG-19: logits within
// 1.7e-6 for the residual networks and 3.8e-5 for the VGGs, gradients of all parameters
// within 5.9e-6: what PyTorch's own float32 is off by. For ViT-B/16 and B/32, against
// torchvision 0.29, logits within 1.2e-6 and gradients within 1.4e-6.
//
// EfficientNet-B0, B1, V2-S and ConvNeXt-T at their own sizes against torchvision 0.29: logits
// within 1e-6, gradients of all parameters within 2.7e-6 and as far off as PyTorch's own float32.
//
// # How they differ from the paper
//
// Batch norm has PyTorch's constants: ε = 1e-5, and 0.1 for the running statistics. The
// linear layer starts as PyTorch's does, uniform within 1/√inputs, its bias at zero.
package resnet
