package report

import (
	"fmt"
	"image/color"
	"regexp"
	"strings"
)

// palette are the colours of curves: those of M. Okabe and K. Ito, which people
// with any kind of colour vision tell apart, without the yellow that white
// swallows.
var palette = []color.NRGBA{
	{0x00, 0x72, 0xb2, 0xff}, // blue
	{0xd5, 0x5e, 0x00, 0xff}, // vermilion
	{0x00, 0x9e, 0x73, 0xff}, // green
	{0xcc, 0x79, 0xa7, 0xff}, // purple
	{0xe6, 0x9f, 0x00, 0xff}, // orange
	{0x56, 0xb4, 0xe9, 0xff}, // sky
	{0x7a, 0x7a, 0x7a, 0xff}, // grey
	{0x8c, 0x56, 0x4b, 0xff}, // brown
}

var (
	ink   = color.NRGBA{0x22, 0x22, 0x22, 0xff} // of letters and axes
	rules = color.NRGBA{0xe2, 0xe2, 0xe2, 0xff} // of the grid
)

// bandOpacity is that of the deviation around a curve.
const bandOpacity = 0x33

func colour(i int) color.NRGBA {
	n := len(palette)
	return palette[(i%n+n)%n]
}

// styled are the styles of a drawing's elements; in text the quotes are escaped.
var styled = regexp.MustCompile(`style="[^"]*"`)

// themed takes the colours of a drawing from the style sheet of the page: its own
// are for white.
func themed(svg string) string { return styled.ReplaceAllStringFunc(svg, variables.Replace) }

var variables = func() *strings.Replacer {
	var pairs []string
	for _, property := range []string{"fill:", "stroke:"} {
		add := func(c color.Color, variable string) {
			// As the drawing's library writes colours.
			r, g, b, a := c.RGBA()
			part := func(v uint32) int { return int(float64(v) * (255 / float64(a))) }
			pairs = append(pairs, fmt.Sprintf("%s#%02X%02X%02X", property, part(r), part(g), part(b)), property+"var(--"+variable+")")
		}
		add(ink, "ink")
		add(rules, "rules")
		for i, c := range palette {
			add(c, fmt.Sprintf("curve%d", i))
			c.A = bandOpacity
			add(c, fmt.Sprintf("curve%d", i))
		}
	}
	return strings.NewReplacer(pairs...)
}()
