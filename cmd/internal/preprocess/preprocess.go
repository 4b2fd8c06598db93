// Package preprocess has the flags that say how photographs become the input of a
// network.
package preprocess

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/imagenet"
)

// Flags are what the user says about it.
type Flags struct {
	Resize        int    `json:"resize"`
	Crop          int    `json:"crop"`
	Interpolation string `json:"interpolation"`
	Mean          string `json:"mean"`
	Deviation     string `json:"std"`
}

// Bind binds them to flags. The defaults are torchvision's.
func (p *Flags) Bind(f *cli.Flags) {
	BindChannels(f, &p.Mean, &p.Deviation)
	f.IntVar(&p.Resize, "resize", 0, "length that the shorter side is resized to (0: 8/7 of -crop, 256 for 224; for networks of CIFAR the same)")
	f.IntVar(&p.Crop, "crop", 0, "height and width of what is cut from the middle (0: the network's usual, 224 or 32)")
	f.StringVar(&p.Interpolation, "interpolation", imagenet.Bilinear.String(), "`WAY` of resizing: bilinear or bicubic")
}

// BindChannels binds means and deviations alone.
func BindChannels(f *cli.Flags, mean, deviation *string) {
	f.StringVar(mean, "mean", Triple(imagenet.Mean), "mean of `RED,GREEN,BLUE`, in units of x/255")
	f.StringVar(deviation, "std", Triple(imagenet.Deviation), "standard deviations of `RED,GREEN,BLUE`")
}

// MaxSide is the largest of sides; it keeps a network within a usual machine's memory.
const MaxSide = 2048

// Parse checks the flags. Resize and Crop are as given: see Settle.
func (p Flags) Parse() (out imagenet.Preprocessing, err error) {
	if min(p.Crop, p.Resize) < 0 || max(p.Crop, p.Resize) > MaxSide {
		return out, cli.Usagef("-crop and -resize are 1 to %d", MaxSide)
	}
	out.Crop, out.Resize = p.Crop, p.Resize
	if err := cli.OneOf("interpolation", p.Interpolation, imagenet.Bilinear.String(), imagenet.Bicubic.String()); err != nil {
		return out, err
	}
	if out.Interpolation, err = imagenet.ParseInterpolation(p.Interpolation); err != nil {
		return out, err
	}
	out.Mean, out.Deviation, err = ParseChannels(p.Mean, p.Deviation)
	return out, err
}

// ParseChannels checks means and deviations.
func ParseChannels(means, deviations string) (mean, deviation [3]float32, err error) {
	if mean, err = parseTriple(means); err != nil {
		return mean, deviation, cli.Usagef("-mean: %v", err)
	}
	if deviation, err = parseTriple(deviations); err != nil {
		return mean, deviation, cli.Usagef("-std: %v", err)
	}
	if d := deviation; !(min(d[0], d[1], d[2]) > 0) {
		return mean, deviation, cli.Usagef("-std must be positive, got %s", deviations)
	}
	return mean, deviation, nil
}

// Settle fits what Parse returned to a network for pictures of input x input.
func Settle(p imagenet.Preprocessing, input int) (imagenet.Preprocessing, error) {
	p.Crop = input
	if p.Resize == 0 {
		p.Resize = p.Crop
		if p.Crop >= 64 {
			p.Resize = (8*p.Crop + 3) / 7
		}
	}
	if p.Resize < p.Crop {
		return p, cli.Usagef("-resize %d is less than -crop %d", p.Resize, p.Crop)
	}
	return p, nil
}

// Triple writes a value for red, green and blue as flags have it.
func Triple(v [3]float32) string { return fmt.Sprintf("%v,%v,%v", v[0], v[1], v[2]) }

func parseTriple(text string) (out [3]float32, err error) {
	parts := strings.Split(text, ",")
	if len(parts) != 3 {
		return out, fmt.Errorf("want three numbers as in 0.485,0.456,0.406, got %q", text)
	}
	for i, part := range parts {
		v, err := strconv.ParseFloat(strings.TrimSpace(part), 32)
		if err != nil {
			return out, fmt.Errorf("%q is no number", part)
		}
		out[i] = float32(v)
	}
	return out, imagenet.CheckUnit(out)
}
