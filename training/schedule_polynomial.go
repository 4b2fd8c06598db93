package training

import (
	"cmp"
	"fmt"
	"math"

	"github.com/pkg/errors"
)

// Polynomial falls from Base at the first step to 0 at the end of the run, by a power of
// what is left of it (Chen et al. 2017, section 4.1). It is PyTorch's PolynomialLR with
// total_iters = Iterations, worked out at once.
type Polynomial struct {
	Base  float64
	Power float64 // 0 means 0.9
}

// Rate returns Base (1 - Iteration/Iterations)^Power.
func (s Polynomial) Rate(p Progress) float64 {
	return s.Base * math.Pow(1-fraction(float64(p.Iteration), float64(p.Iterations)), cmp.Or(s.Power, 0.9))
}

// String is such as "polynomial:0.9@0.02".
func (s Polynomial) String() string {
	return fmt.Sprintf("polynomial:%s@%s", decimal(cmp.Or(s.Power, 0.9)), decimal(s.Base))
}

func (s Polynomial) check() error {
	if err := checkRate(s.Base); err != nil {
		return errors.WithMessage(err, "polynomial")
	}
	return errors.WithMessage(checkNumbers(number{"power", s.Power, 0, unbounded}), "polynomial")
}
