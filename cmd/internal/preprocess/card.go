package preprocess

import (
	"strconv"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/training"
)

// Obey takes from the card of a checkpoint how pictures are prepared for it, in place of
// flags that were not given. The size of pictures may be another than in training; means
// and deviations that are others are an error. pixels [H W 3], in units of x/255, is a
// mean picture that takes the place of Mean, nil for none.
func Obey(p imagenet.Preprocessing, file string, card *training.Card, flags *cli.Flags) (out imagenet.Preprocessing, pixels []float32, err error) {
	given := flags.Given()
	if len(card.Shape) == 3 && !given["crop"] {
		p.Crop = card.Shape[0]
	}
	own := card.Preprocessing
	if own == nil || len(card.Shape) != 3 || card.Shape[2] != 3 {
		return p, nil, nil
	}
	if !given["resize"] && !given["crop"] {
		p.Resize = own.Resize
	}
	if own.Interpolation != "" && !given["interpolation"] {
		if p.Interpolation, err = imagenet.ParseInterpolation(own.Interpolation); err != nil {
			return p, nil, err
		}
	}
	mean, deviation := [3]float32{}, [3]float32{1, 1, 1}
	copy(deviation[:], own.Deviation)
	if len(own.Mean) > len(mean) {
		pixels = own.Mean
	} else {
		copy(mean[:], own.Mean)
	}
	if given["mean"] && (p.Mean != mean || pixels != nil) || given["std"] && p.Deviation != deviation {
		return p, nil, cli.Usagef("%s was trained with other means and deviations than -mean and -std say; leave them out", file)
	}
	p.Mean, p.Deviation = mean, deviation
	if pixels != nil && p.Crop != card.Shape[0] {
		return p, nil, cli.Usagef("%s takes pictures of %dx%d alone, since its mean is a picture; leave -crop out", file, card.Shape[0], card.Shape[1])
	}
	return p, pixels, nil
}

// Usual are the values that flags have for a checkpoint with that card, where they are
// not given.
func Usual(card *training.Card) map[string]string {
	flags := map[string]string{}
	if len(card.Shape) == 3 {
		flags["crop"] = strconv.Itoa(card.Shape[0])
	}
	own := card.Preprocessing
	if own == nil {
		return flags
	}
	flags["resize"] = strconv.Itoa(own.Resize)
	if own.Interpolation != "" {
		flags["interpolation"] = own.Interpolation
	}
	for name, of := range map[string]struct {
		values []float32
		none   [3]float32
	}{"mean": {own.Mean, [3]float32{}}, "std": {own.Deviation, [3]float32{1, 1, 1}}} {
		switch len(of.values) {
		case 0:
			flags[name] = Triple(of.none)
		case 3:
			flags[name] = Triple([3]float32(of.values))
		}
	}
	return flags
}
