package training

import (
	"math"
	"reflect"

	"github.com/pkg/errors"
)

// checker is a schedule, or another part of a Config, that knows what makes no sense
// in itself.
type checker interface{ check() error }

// checkSchedule refuses what cannot be a learning rate in any run. Schedules from
// outside this package are looked at step by step alone.
func checkSchedule(s Schedule) error {
	if v := reflect.ValueOf(s); s == nil || v.Kind() == reflect.Pointer && v.IsNil() {
		return errors.Errorf("want a schedule, got nil of type %T", s)
	}
	if c, ok := s.(checker); ok {
		return c.check()
	}
	return nil
}

// check refuses a rate that is negative or not finite, as PyTorch does.
func checkRate(rate float64) error {
	if !(rate >= 0) || math.IsInf(rate, 1) {
		return errors.Errorf("want a rate of 0 or more, got %v", rate)
	}
	return nil
}

// number is a field of a schedule with the least and the most that it may be.
type number struct {
	name               string
	value, least, most float64
}

func checkNumbers(numbers ...number) error {
	for _, n := range numbers {
		if !(n.value >= n.least && n.value <= n.most) || math.IsInf(n.value, 0) {
			if math.IsInf(n.most, 1) {
				return errors.Errorf("want a %s of %v or more, got %v", n.name, n.least, n.value)
			}
			return errors.Errorf("want a %s of %v to %v, got %v", n.name, n.least, n.most, n.value)
		}
	}
	return nil
}

var unbounded = math.Inf(1)

func (s Span) check() error {
	switch {
	case s.Epochs && s.Percent:
		return errors.New("want a span in epochs or in hundredths of the run, got both")
	case s.Percent:
		return checkNumbers(number{"span in hundredths", s.Count, 0, 100})
	}
	return checkNumbers(number{"span", s.Count, 0, unbounded})
}

func (s Constant) check() error { return checkRate(s.Base) }

// check allows factors above 1, as PyTorch's MultiStepLR does.
func (s Steps) check() error {
	for _, at := range s.At {
		if err := at.check(); err != nil {
			return errors.WithMessage(err, "steps")
		}
	}
	if err := checkRate(s.Base); err != nil {
		return errors.WithMessage(err, "steps")
	}
	return errors.WithMessage(checkNumbers(number{"factor", s.Factor, 0, unbounded}), "steps")
}

func (s Plateau) check() error {
	if err := checkRate(s.Base); err != nil {
		return errors.WithMessage(err, "plateau")
	}
	return errors.WithMessage(checkNumbers(number{"patience", s.Patience, 0, unbounded}, number{"factor", s.Factor, 0, 1}), "plateau")
}

func (s Cosine) check() error {
	if err := checkRate(s.Base); err != nil {
		return errors.WithMessage(err, "cosine")
	}
	if !(s.Final >= 0 && s.Final <= s.Base) {
		return errors.Errorf("cosine: want a final rate of 0 to %v, the rate at the start, got %v", s.Base, s.Final)
	}
	return nil
}

func (s Exponential) check() error {
	if err := checkRate(s.Base); err != nil {
		return errors.WithMessage(err, "exponential")
	}
	return errors.WithMessage(checkNumbers(number{"final part", s.Final, 0, 1}), "exponential")
}

func (s OneCycle) check() error {
	if err := checkRate(s.Peak); err != nil {
		return errors.WithMessage(err, "onecycle")
	}
	numbers := []number{{"rise", s.Rise, 0, 1}}
	if s.Div != 0 {
		numbers = append(numbers, number{"div", s.Div, 1, unbounded})
	}
	if s.FinalDiv != 0 {
		numbers = append(numbers, number{"finaldiv", s.FinalDiv, 1, unbounded})
	}
	return errors.WithMessage(checkNumbers(numbers...), "onecycle")
}

func (s Warmup) check() error {
	err := s.Span.check()
	if err == nil {
		err = checkNumbers(number{"start", s.Start, 0, 1})
	}
	if err == nil {
		err = checkSchedule(s.Then)
	}
	return errors.WithMessage(err, "warmup")
}

func (s ErrorWarmup) check() error {
	err := checkNumbers(number{"low rate", s.Low, 0, unbounded}, number{"bound of the error", s.Below, 0, 1})
	if err == nil {
		err = checkSchedule(s.Then)
	}
	if err != nil {
		return errors.WithMessage(err, "errorwarmup")
	}
	if peak := highest(s.Then); s.Low > peak {
		return errors.Errorf("errorwarmup: want a low rate of at most %v, the rate after it, got %v", peak, s.Low)
	}
	return nil
}

// highest is the rate that a schedule is named by, its highest; infinite where that
// is not known.
func highest(s Schedule) float64 {
	switch s := s.(type) {
	case Constant:
		return s.Base
	case Steps:
		return s.Base
	case Plateau:
		return s.Base
	case Cosine:
		return s.Base
	case Exponential:
		return s.Base
	case OneCycle:
		return s.Peak
	case Warmup:
		return highest(s.Then)
	case ErrorWarmup:
		return highest(s.Then)
	}
	return unbounded
}
