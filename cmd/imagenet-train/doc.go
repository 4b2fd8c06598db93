// Imagenet-train trains networks on photographs in folders, from the start or from given
// weights.
//
//	go run ./cmd/imagenet-train -data imagenet
//
// has the recipe of He et al. 2015 (arXiv:1512.03385), section 3.4. It trains ResNet-18 on imagenet/train/CLASS/*.JPEG and measures on
// imagenet/val/CLASS/*.JPEG: batch 256, learning rate 0.1 divided by 10 after 30 and 60 of
// 90 epochs (-schedule plateau divides it where the error stops falling), weight decay
// 0.0001, the shorter side resized to 256 to 480 pixels, a crop of 224, flips and the
// colours of AlexNet's authors. -recipe torchvision has torchvision's augmentation and
// initialisation instead. -model takes any network that cmd/summary -all lists. Records,
// checkpoints, resuming and the report are those of cifar-train; -h lists all flags.
//
// -train and -val also take a table of pictures and labels, and -truth the labels of a
// folder without classes; which columns and forms are read is said in package imagenet.
//
// # Recipes by family
//
// -recipe NAME sets the flags that are not given; -h lists what each sets.
//
//	recipe        of                              optimizer              batch  rate       decay   epochs  rate over the run                   besides
//	paper         He et al. 2015, 3.4             SGD                    256    0.1        0.0001  90      /10 at 1/3 and 2/3
//	torchvision   the same                        SGD                    256    0.1        0.0001  90      /10 at 1/3 and 2/3                  crops and initialisation
//	finetune      trained networks (-weights)     SGD                    32     0.01       0.0001  15      cosine
//	alexnet       Krizhevsky et al. 2012, 5       SGD                    128    0.01       0.0005  90      /10 at 25, 50 and 75 %              AlexNet, ZFNet
//	vgg           Simonyan and Zisserman 2014, 3  SGD                    256    0.01       0.0005  74      /10 at 25, 50 and 75 %
//	densenet      Huang et al. 2016, 4.2          SGD, Nesterov          256    0.1        0.0001  90      /10 at 1/3 and 2/3
//	efficientnet  Tan and Le 2019, 5.2            RMSProp (TensorFlow's) 256    0.016      0.00001 350     warm-up of 1.43 %, exponential fall smoothing, average
//	vit           Dosovitskiy et al. 2020, t. 3   AdamW                  256    0.0001875  0.3     300     warm-up of 10 %, cosine             clipping at 1, dropout
//	convnext      Liu et al. 2022, table 5        AdamW                  256    0.00025    0.05    300     warm-up of 6.67 %, cosine           smoothing, mixup, CutMix, average
//
// Where a paper's batch is larger, 4096 for the last three, the rate is divided by as
// much (Goyal et al. 2017, section 2.1). What the papers do by RandAugment, AutoAugment,
// random erasing and progressive sizes is not there. Stochastic depth and dropout are the
// networks' own (ConvNeXt-T 0.1, S 0.4, B and L 0.5; EfficientNet 0.2), or -drop-path's
// and -dropout's. Spans are parts of the run, so that they fit any -epochs. Where no
// recipe is named, alexnet, vgg, efficientnet, vit and convnext hold for the networks of
// their families, as cmd/cifar-train says.
//
// # Memory
//
// Where a batch does not fit into memory, -accumulate 8 computes it in 8 parts one after
// the other. Without batch norm the gradients are the same up to rounding (TestAccumulate
// of package training: 4 parts of 8 against 32 at once differ by less than a millionth);
// with it they are not, since a part is normalised by its own pictures, as it would be on
// 8 machines.
//
// # Fine-tuning
//
// It starts from given weights, here with new classes, the first layers frozen and smaller
// steps for early stages:
//
//	go run ./cmd/imagenet-train -recipe finetune -data flowers -model resnet50 -weights resnet50.pth -freeze conv1,bn1,layer1 -layer-decay 0.7
//
// A last layer for other classes starts anew; frozen batch norms use the statistics they
// have.
//
// # What came of it
//
// On 126 photographs, one of each of 126 classes, as training and validation set (-train
// all.csv -val all.csv -batch 32 -epochs 40 -lr 0.05 -schedule onecycle), ResNet-18 from
// the start ends with one of the photographs wrong (0.79 %) and 8.59 % of the augmented
// crops of the last epoch. Fine-tuned from these weights (-recipe finetune -weights
// latest.safetensors -augment paper -epochs 30) it knows them by heart: 0.00 %, and 5.2 %
// of the last epoch's crops, with 33 pictures a second on two cores and 0.0 of 209 seconds
// spent waiting for data. Weights that learnt single pictures by heart are of little use
// for three groups of them: with -freeze conv1,bn1,layer1 -layer-decay 0.7 -epochs 14
// 20.6 % stay wrong, with nothing frozen (-lr 0.02 -epochs 16) 11.9 %. The first of these,
// interrupted after 20 steps and resumed, ends in the same bits.
package main
