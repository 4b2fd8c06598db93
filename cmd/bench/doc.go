// Bench times training steps and inference of a network on random pictures:
//
//	go run ./cmd/bench -model resnet20 -batch 128 -mode train
//	go run ./cmd/bench -model resnet20 -batch 128 -mode train -ops
//	go run ./cmd/bench -model resnet20 -kernels
//
// A training step is forward, backward and update. -ops tells where the time goes, -kernels
// the speed of each convolution against the processors' peak, -profile FILE writes a CPU
// profile. -h lists all flags.
//
// # Against PyTorch
//
// Times of a step of this library and of PyTorch 1.13 (oneDNN, two threads, the better of
// its two memory layouts, an allocator that keeps large blocks) in runs that alternate:
// medians over three rounds, and the median of the ratios, above 1 where this library is
// the faster. Two cores of an Intel Xeon with AVX-512, which has two multiply-add units a
// core; it will differ elsewhere. Ours is bench -model MODEL -batch N -mode train (or
// infer).
//
//	network, batch                      ours, ms   PyTorch, ms   ratio   memory, MB: ours, PyTorch
//	CIFAR ResNet-20, 128   training          135           173    1.29    218     593
//	CIFAR ResNet-56, 128   training          395           510    1.30    566   1,157
//	CIFAR ResNet-20, 128   inference        32.5          46.4    1.43     45     315
//	ResNet-18 at 224, 32   training          982         1,362    1.39    877   1,694
//	ResNet-50 at 224, 16   training        1,645         1,968    1.17  1,717   2,574
//	ResNet-18 at 224, 1    inference        13.4          18.1    1.34    122     339
//	ResNet-18 at 224, 16   inference         131           195    1.49    236     490
//	ResNet-50 at 224, 1    inference        34.7          51.1    1.47    238     409
//	ResNet-50 at 224, 16   inference         379           516    1.36    402     738
//
// ResNeXt-50 32x4d, batch 16, training: 1.11 in one round. No job was measured in which
// PyTorch is the faster.
//
// Loading and augmenting go on in other goroutines and keep up: cifar-train trains as many
// pictures a second as bench does without them. A step of ResNet-20 allocates 62 KiB in
// 1,219 objects, most of them Gorgonia's (go test -v -run Allocations ./resnet).
//
// # Convolutions
//
// Those of a training step of ResNet-20, by bench -model resnet20 -kernels, with
// GORGONET_KERNELS=avx2 for the second column. Winograd's filtering (3x3, stride 1) is
// counted as the direct operations it replaces, so that it can pass the peak.
//
//	convolution (and how many of the step's)                      AVX-512: GFLOP/s,   AVX2: GFLOP/s,
//	                                                              of the peak of 432  of the peak of 225
//	3x3, 3 to 16, stride 1, to 32x32: forward (1)                 132,  31 %           89,  40 %
//	3x3, 3 to 16, stride 1, to 32x32: weight gradient (1)         124,  29 %           97,  43 %
//	3x3, 16 to 16, stride 1, to 32x32: forward (6)                236,  55 %          193,  86 %
//	3x3, 16 to 16, stride 1, to 32x32: input gradient (6)         240,  56 %          202,  90 %
//	3x3, 16 to 16, stride 1, to 32x32: weight gradient (6)        237,  55 %          194,  86 %
//	3x3, 16 to 32, stride 2, to 16x16: forward (1)                179,  42 %          134,  59 %
//	3x3, 16 to 32, stride 2, to 16x16: input gradient (1)         125,  29 %          118,  52 %
//	3x3, 16 to 32, stride 2, to 16x16: weight gradient (1)        159,  37 %          133,  59 %
//	3x3, 32 to 32, stride 1, to 16x16: forward (5)                358,  83 %          279, 124 %
//	3x3, 32 to 32, stride 1, to 16x16: input gradient (5)         374,  87 %          284, 126 %
//	3x3, 32 to 32, stride 1, to 16x16: weight gradient (5)        304,  70 %          236, 105 %
//	3x3, 32 to 64, stride 2, to 8x8: forward (1)                  210,  49 %          148,  66 %
//	3x3, 32 to 64, stride 2, to 8x8: input gradient (1)           187,  43 %          131,  58 %
//	3x3, 32 to 64, stride 2, to 8x8: weight gradient (1)          184,  43 %          138,  61 %
//	3x3, 64 to 64, stride 1, to 8x8: forward (5)                  454, 105 %          329, 146 %
//	3x3, 64 to 64, stride 1, to 8x8: input gradient (5)           472, 109 %          314, 140 %
//	3x3, 64 to 64, stride 1, to 8x8: weight gradient (5)          317,  73 %          244, 108 %
package main
