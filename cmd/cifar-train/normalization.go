package main

import (
	"math"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/cifar"
	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	pictures "github.com/gorgonet/gorgonet/imagenet"
)

// The values of -normalize that are measured on the training set.
const byPixel, byChannel = "pixel", "channel"

// imagenet has the means and deviations of ImageNet's channels, which many weights
// for CIFAR were trained with.
var imagenet = cifar.PerChannel([3]float32{0.485, 0.456, 0.406}, [3]float32{0.229, 0.224, 0.225})

// normalization is what -normalize says; train may be nil where only its form
// matters.
func (s *options) normalization(train *cifar.Set) (cifar.Normalization, error) {
	switch s.Normalize {
	case byPixel, byChannel:
		if train == nil {
			return cifar.Normalization{}, nil
		}
		if s.Normalize == byPixel {
			return cifar.PerPixelMean(train), nil
		}
		return cifar.PerChannel(cifar.ChannelStatistics(train)), nil
	case "imagenet":
		return imagenet, nil
	}
	means, deviations, _ := strings.Cut(s.Normalize, "/")
	mean, ok := channels(means)
	deviation, all := channels(deviations)
	for _, d := range deviation {
		ok = ok && d > 0
	}
	if !ok || !all {
		return cifar.Normalization{}, cli.Usagef("-normalize is %s, %s, imagenet, or means and deviations such as .49,.48,.45/.25,.24,.26, not %q%s",
			byPixel, byChannel, s.Normalize, cli.DidYouMean(s.Normalize, []string{byPixel, byChannel, "imagenet"}))
	}
	for _, v := range [][cifar.Channels]float32{mean, deviation} {
		if err := pictures.CheckUnit(v); err != nil {
			return cifar.Normalization{}, cli.Usagef("-normalize: %v", err)
		}
	}
	return cifar.PerChannel(mean, deviation), nil
}

// channels reads a number for each of red, green and blue.
func channels(text string) (values [cifar.Channels]float32, ok bool) {
	parts := strings.Split(text, ",")
	if len(parts) != len(values) {
		return values, false
	}
	for i, p := range parts {
		v, err := strconv.ParseFloat(p, 32)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return values, false
		}
		values[i] = float32(v)
	}
	return values, true
}
