package training_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training"
)

// ruined is a data set with a value in one of its pictures that is not finite.
type ruined struct {
	blobs
	value float64
}

func (d ruined) Example(i int, rng *rand.Rand, dst []float32) (int32, error) {
	label, err := d.blobs.Example(i, rng, dst)
	if i == 13 {
		dst[100] = float32(d.value)
	}
	return label, err
}

// TestRuinedPictures wants pictures with values that are not finite refused by their
// number, to train on and to measure.
func TestRuinedPictures(t *testing.T) {
	for _, value := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for name, set := range map[string]func(*training.Config){
			"training": func(c *training.Config) { c.Train = ruined{blobs{60}, value} },
			"test":     func(c *training.Config) { c.Test = ruined{blobs{50}, value} },
		} {
			c := config()
			set(&c)
			err := newTrainer(t, c).Run(t.Context())
			if err == nil || !strings.Contains(err.Error(), "example 13") || !strings.Contains(err.Error(), "not finite") {
				t.Errorf("%v in the %s set: %v", value, name, err)
			}
		}
	}
}
