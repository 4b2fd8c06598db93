// Package diffusion trains networks to take noise away from pictures, and makes pictures
// of noise by them: denoising diffusion (Ho et al. 2020) with its linear schedule, the
// U-Net of its appendix B, and sampling in all steps or in few of them (Song et al. 2021).
//
// A UNet is a training.FieldModel and Data a training.Fielded: with Task as the task a
// training.Trainer makes the squared error of the predicted noise small (equation 14).
// Sample draws pictures by what Trainer.Measured returns, or by weights that
// training.LoadWeights has read; Grid lays them out. A run that carries its Setup leaves
// checkpoints that say themselves how to draw with them (ReadSetup). The Example does all of
// it; cmd/ddpm is the same as a command.
//
// # How right
//
// Against a definition in PyTorch of its own (testdata/diffusion.py) in float64, relative L2,
// with AVX-512: the paper's network for CIFAR-10 with random weights, output 1.3e-6 (PyTorch's
// own float32: 6.4e-7) and gradients of all parameters 6.6e-7 (6.2e-7),
//
//	GORGONET_DIFFUSION=FOLDER go test -v -run PaperUNet ./training/diffusion
//
// and a narrow copy 5.2e-7 and 4.6e-7, which go test compares with any kernels. Schedule,
// posterior, noisy pictures and a step of each sampler are compared there too.
//
// Both samplers keep the clean picture that they predict within [-1, 1]. DDIM then goes on
// with the noise that the clipped picture leaves, as guided diffusion does (Dhariwal and
// Nichol 2021), not with what the network said.
//
// Pictures are in [-1, 1], [N H W C]. Steps are counted from 0, where a picture has been
// given noise once already.
package diffusion
