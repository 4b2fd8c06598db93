package imagenet

import (
	"image"
	"math/rand/v2"

	"github.com/pkg/errors"
)

// ColorJitter changes brightness, contrast, saturation and hue, each by a random
// factor and all in random order, to the bytes that torchvision and Pillow
// compute. Factors are uniform in [max(0, 1-x), 1+x]; the hue turns by up to the
// share Hue of the circle, either way. A zero leaves its quality alone.
type ColorJitter struct {
	Brightness, Contrast, Saturation float64 // 0 to 1000
	Hue                              float64 // 0 to 0.5
}

// Apply draws the order and then four numbers.
func (j ColorJitter) Apply(p *Picture, rng *rand.Rand) error {
	for _, x := range []float64{j.Brightness, j.Contrast, j.Saturation} {
		if !(x >= 0 && x <= 1000) {
			return errors.Errorf("imagenet: ColorJitter: want Brightness, Contrast and Saturation of 0 to 1000, got %+v", j)
		}
	}
	if !(j.Hue >= 0 && j.Hue <= 0.5) {
		return errors.Errorf("imagenet: ColorJitter: want a Hue of 0 to 0.5, got %v", j.Hue)
	}
	if err := random(j, rng); err != nil {
		return err
	}
	order := rng.Perm(4)
	factor := func(x float64) float64 {
		least := max(0, 1-x)
		return least + float64(rng.Float64()*(1+x-least))
	}
	changes := [4]func(*image.RGBA){}
	brightness, contrast, saturation := factor(j.Brightness), factor(j.Contrast), factor(j.Saturation)
	hue := (2*rng.Float64() - 1) * j.Hue
	if j.Brightness != 0 {
		changes[0] = func(m *image.RGBA) { adjustBrightness(m, brightness) }
	}
	if j.Contrast != 0 {
		changes[1] = func(m *image.RGBA) { adjustContrast(m, contrast) }
	}
	if j.Saturation != 0 {
		changes[2] = func(m *image.RGBA) { adjustSaturation(m, saturation) }
	}
	if j.Hue != 0 {
		changes[3] = func(m *image.RGBA) { adjustHue(m, hue) }
	}
	m, err := p.flush()
	if err != nil {
		return err
	}
	own := image.NewRGBA(m.Rect) // m may be shared
	copy(own.Pix, m.Pix)
	for _, k := range order {
		if changes[k] != nil {
			changes[k](own)
		}
	}
	p.source = memory{own}
	return nil
}

// adjustBrightness goes from black (0) to the picture (1) and beyond.
func adjustBrightness(m *image.RGBA, factor float64) {
	table := blends(0, factor)
	for i, v := range m.Pix {
		if i%4 != 3 {
			m.Pix[i] = table[v]
		}
	}
}

// adjustContrast goes from the mean gray (0) to the picture (1) and beyond.
func adjustContrast(m *image.RGBA, factor float64) {
	sum := 0
	for i := 0; i+4 <= len(m.Pix); i += 4 {
		sum += int(luma(m.Pix[i:]))
	}
	table := blends(byte(float64(sum)/float64(len(m.Pix)/4)+0.5), factor)
	for i, v := range m.Pix {
		if i%4 != 3 {
			m.Pix[i] = table[v]
		}
	}
}

// adjustSaturation goes from grays (0) to the picture (1) and beyond.
func adjustSaturation(m *image.RGBA, factor float64) {
	for i := 0; i+4 <= len(m.Pix); i += 4 {
		gray := luma(m.Pix[i:])
		for c := range 3 {
			m.Pix[i+c] = blend(gray, m.Pix[i+c], float32(factor))
		}
	}
}

// adjustHue turns the hue by a share of the circle, -0.5 to 0.5.
func adjustHue(m *image.RGBA, turn float64) {
	shift := uint8(int(turn * 255))
	for i := 0; i+4 <= len(m.Pix); i += 4 {
		pixel := m.Pix[i : i+3 : i+3]
		h, s, v := hsv(pixel[0], pixel[1], pixel[2])
		pixel[0], pixel[1], pixel[2] = fromHSV(h+shift, s, v)
	}
}

// luma is the gray of a pixel by ITU-R 601-2, in Pillow's rounding.
func luma(pixel []byte) byte {
	return byte((19595*uint32(pixel[0]) + 38470*uint32(pixel[1]) + 7471*uint32(pixel[2]) + 1<<15) >> 16)
}

// blend is from + factor (to - from), clipped and rounded down.
func blend(from, to byte, factor float32) byte {
	return byte(max(0, min(255, float32(from)+float32(factor*float32(int(to)-int(from))))))
}

func blends(from byte, factor float64) (table [256]byte) {
	for v := range table {
		table[v] = blend(from, byte(v), float32(factor))
	}
	return table
}
