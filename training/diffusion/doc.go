// Package diffusion trains networks to take noise away from pictures, and makes pictures
// of noise by them: denoising diffusion (Ho et al. 2020) with its linear schedule, the
// U-Net of its appendix B, and sampling in all steps or in few of them (Song et al. 2021).
//
// A UNet is a training.FieldModel and Data a training.Fielded: with
// training.Regression{Shape: shape} as the Task a training.Trainer makes the squared
// error of the predicted noise small (equation 14). A Sampler draws pictures.
//
// The network's number of parameters and the samplers are tested; its outputs have not been
// compared with another implementation's.
//
// Pictures are in [-1, 1], [N H W C]. Steps are counted from 0, where a picture has been
// given noise once already.
package diffusion
