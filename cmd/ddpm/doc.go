// Ddpm trains a network to take noise away from pictures, and makes pictures of noise by it:
// denoising diffusion (Ho et al. 2020, arXiv:2006.11239), sampled as there or in few steps
// (DDIM, Song et al. 2021, arXiv:2010.02502).
//
//	go run ./cmd/ddpm
//
// downloads CIFAR-10 into the user's cache directory and trains a small U-Net,
// ddpm_unet_tiny_cifar (2.7 million parameters), for 5,000 steps of 32 pictures: about half
// an hour on two cores with AVX-512. Every 500 steps it draws a grid of 64 pictures, always of
// the same noise, so that one sees how they come about. -h lists all flags.
//
//	go run ./cmd/ddpm -sample -weights runs/ddpm_unet_tiny_cifar-20260102-150405 -seed 2
//
// draws others to samples.png, by the weights of the run alone.
//
// # The paper's recipe
//
// -recipe paper has the network, the schedule and the settings of Ho et al., appendix B:
// ddpm_unet_cifar (35,746,307 parameters, dropout 0.1), batch 128, Adam with a rate of 0.0002
// after 5,000 steps of warm-up, gradients no longer than 1, an average of the weights with a
// decay of 0.9999, mirrored pictures, 800,000 steps. A processor needs months for it; it is
// there to be exact. The average follows faster in the first steps than the paper's, which is
// of its first weights for long.
//
// # Data
//
// -data takes what cifar-train takes: a folder or an archive of CIFAR, or synthetic, pictures
// of ten shapes that are drawn, not read. Any other folder with pictures in it or in folders
// under it is learnt as it is (-dataset folder): the shorter side is resized to -size and the
// middle cut out. Every 20th picture is kept to measure on. Pixels become x/127.5 - 1, and
// training pictures are mirrored every second time (-flip=false: never).
//
// # Networks
//
// -model names one; -channels, -multiples, -units, -attention, -groups and -dropout change it:
//
//	ddpm_unet_cifar        the paper's for 32x32 pictures
//	ddpm_unet_256          the paper's for 256x256, of 113,673,219 parameters
//	ddpm_unet_tiny_cifar   three levels of 32, 64 and 128 channels with a unit each, attention
//	                       at 8x8 and in the middle, no dropout
//
// A level has half the size of the one before, so sizes must be multiples of 8 with four
// levels. Tensors have the names of the PyTorch port of DDIM's authors (down.0.block.0.conv1).
//
// # Sampling
//
// -steps N takes N steps of DDIM, without noise: 50 are usually enough. -steps 0 takes all
// 1,000 of the schedule as the paper does. The picture at each place of a grid depends on the
// weights, -seed and the steps alone: neither on -samples, as long as these are 16 or more, nor
// on the number of processors, on one kind of vector instructions.
//
// -sample needs -weights: a checkpoint, or the directory of a run for its newest. Of the two
// sets of weights in it the average is taken. What the checkpoint says of network, size and
// schedule is obeyed; a flag that says otherwise is refused. Of other files, such as PyTorch's,
// -model says what they are of.
//
// # The directory of a run
//
// -out, by default runs/MODEL-DATE, gets
//
//	config.json               all settings
//	log.csv                   a row per record (-every): iteration, epoch, learning rate, loss of
//	                          training and test, and the root of the mean squared error of the
//	                          noise, 1 where none of it is predicted
//	samples-0000500.png       pictures drawn after 500 steps, and so on; samples.png is the newest
//	latest.safetensors        the newest checkpoint, previous.safetensors the one before it,
//	                          best.safetensors that of the lowest test error
//	events.out.tfevents...    for TensorBoard
//	result.json               the outcome
//	report.html               a page that needs no other file: curves, samples, settings
//	curves, loss, rate        its figures, each as .svg and .png
//
// Of test pictures noise and step are always the same, so that losses compare. A loss says
// little of how pictures look: most of it is in steps where little noise is left.
//
// # Stopping and going on
//
// Ctrl-C, SIGTERM or a closed terminal finishes the step, saves and says how to go on, also
// while pictures are drawn. -resume -out DIR continues to the same bits as a run that was left
// alone. A run that has ended goes on to a new length with -resume -out DIR -iterations N;
// -weights starts a new one from what another has learnt.
package main
