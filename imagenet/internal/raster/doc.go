// Package raster reads pictures of all kinds but JPEG to the colours that Pillow's
// Image.open(file).convert("RGB") gives, to the byte, so that a network sees what it
// sees through torchvision: PNG, GIF (its first frame), BMP, WebP, TIFF and the
// portable maps PBM, PGM and PPM. What Pillow reads in spite of faults is read here,
// with warnings that say what is wrong.
package raster
