package boxes

import "math/rand/v2"

// Sampler takes some of many boxes to learn from, so that those of objects are not lost among
// those of the background.
type Sampler struct {
	Count    int     // of boxes of a picture
	Positive float64 // part of Count that boxes of objects may be
}

// Positives is how many of the boxes may be of objects.
func (s Sampler) Positives() int { return int(float64(s.Count) * s.Positive) }

// Sample sets those of labels to -1 that are not taken. Labels above 0 are of objects, 0 is the
// background, and negative ones are never taken. Of objects no more are taken than Positives,
// and the background fills the rest up, as far as there is any. Without a generator the first are taken.
func (s Sampler) Sample(labels []int32, rng *rand.Rand) {
	var of, not []int
	for i, l := range labels {
		switch {
		case l > 0:
			of = append(of, i)
		case l == 0:
			not = append(not, i)
		}
	}
	taken := min(len(of), s.Positives())
	drop(labels, of, taken, rng)
	drop(labels, not, min(len(not), s.Count-taken), rng)
}

// drop leaves so many of the places, drawn with equal chances.
func drop(labels []int32, places []int, left int, rng *rand.Rand) {
	for n := len(places); n > left; n-- {
		i := n - 1
		if rng != nil {
			i = rng.IntN(n)
		}
		labels[places[i]] = -1
		places[i] = places[n-1]
	}
}
