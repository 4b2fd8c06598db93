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
// ResNeXt-50 32x4d, batch 16, training: 1.11 in one round. In none of these jobs is PyTorch
// the faster.
//
// # Against other engines
//
// The families around ResNet, on two cores of a Zen 4 with AVX-512 (2026-11-26), float32, two
// threads: medians of runs that alternate, three rounds (two of ViT at batch 16, one of
// training ConvNeXt and ViT). In inference the peer is the better of ONNX Runtime 1.32 and
// OpenVINO 2026.4, in training PyTorch 2.15 in the better of its layouts. Ours is bench -model
// MODEL -batch N -mode infer (or train).
//
//	network, batch                   ours, ms   peer, ms   ratio   memory, MB: ours, peer
//	densenet121, 1        inference      37.6       40.9    1.08     105     224
//	densenet121, 16       inference       396        491    1.24     225     511
//	efficientnet_b0, 1    inference      13.7       10.3    0.76      66     178
//	efficientnet_b0, 16   inference       106        104    0.98     166     493
//	convnext_tiny, 1      inference      47.4       49.7    1.05     242     446
//	convnext_tiny, 16     inference       759        814    1.07     357     566
//	vit_b_16, 1           inference       167        176    1.05     681   1,123
//	vit_b_16, 16          inference     2,680      2,957    1.10     741   1,141
//	densenet121, 8        training        809        968    1.20     522   2,021
//	efficientnet_b0, 8    training        259        335    1.24     776   1,574
//	convnext_tiny, 8      training      1,367      1,591    1.16   1,201   2,110
//	vit_b_16, 8           training      4,227      4,835    1.14   1,897   2,980
//
// The machine is a virtual one with moods of minutes, in which the second core is worth little:
// efficientnet_b0 infers a picture in 7.1 to 7.7 ms in the good ones (the peers in 6.4: 0.83),
// and trains at 0.91 of PyTorch's speed in the bad ones. It is the one network here in which
// products are not most of the work: half of the time goes to 1x1 convolutions, which reach
// 60 to 90 % of the peak, the rest to SiLU (12 %), depthwise convolutions (10 %) and bringing
// their input together (10 %).
//
// # What it allocates
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
