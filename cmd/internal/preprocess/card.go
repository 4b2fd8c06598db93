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
	mean, deviation, pixels, known := Channels(card)
	if !known {
		return p, nil, nil
	}
	own := card.Preprocessing
	if !given["resize"] && !given["crop"] {
		p.Resize = own.Resize
	}
	if own.Interpolation != "" && !given["interpolation"] {
		if p.Interpolation, err = imagenet.ParseInterpolation(own.Interpolation); err != nil {
			return p, nil, err
		}
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

// Channels are the means and deviations of red, green and blue that the card of a
// checkpoint says. pixels [H W 3] is a mean picture that takes the place of mean, nil for
// none. known is false where the card does not say.
func Channels(card *training.Card) (mean, deviation [3]float32, pixels []float32, known bool) {
	own := card.Preprocessing
	if own == nil || len(card.Shape) != 3 || card.Shape[2] != 3 {
		return mean, deviation, nil, false
	}
	deviation = [3]float32{1, 1, 1}
	copy(deviation[:], own.Deviation)
	if len(own.Mean) > len(mean) {
		return mean, deviation, own.Mean, true
	}
	copy(mean[:], own.Mean)
	return mean, deviation, nil, true
}

// Usual are the values that flags have for a checkpoint with that card, where they are
// not given. A size that is given leaves open what pictures are resized to.
func (p Flags) Usual(card *training.Card) map[string]string {
	flags := map[string]string{}
	if len(card.Shape) == 3 {
		flags["crop"] = strconv.Itoa(card.Shape[0])
	}
	mean, deviation, _, known := Channels(card)
	if !known {
		return flags
	}
	flags["mean"], flags["std"] = Triple(mean), Triple(deviation)
	if p.Crop == 0 {
		flags["resize"] = strconv.Itoa(card.Preprocessing.Resize)
	}
	if way := card.Preprocessing.Interpolation; way != "" {
		flags["interpolation"] = way
	}
	return flags
}
