package training

import (
	"math"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// scheduleKinds is what an error of ParseSchedule offers.
const scheduleKinds = "paper, constant, steps:32000,48000, steps:30e,60e:0.2, plateau:5, cosine, onecycle or " +
	"exponential, after warmup:500+, warmup:5e+, warmup:5%+ or errorwarmup+"

// ParseSchedule reads a schedule as people write it, all parts in square
// brackets optional:
//
//	schedule = {prefix "+"} kind ["@" rate]
//	prefix   = "warmup:" span [":" start]
//	         | "errorwarmup" [":" low [":" below]]
//	kind     = "paper"
//	         | "constant"
//	         | "steps:" span {"," span} [":" factor]
//	         | "plateau" [":" patience [":" factor]]
//	         | "cosine" [":" final]
//	         | "exponential" [":" final]
//	         | "onecycle" [":" rise [":" div [":" finaldiv]]] [":linear"]
//	span     = iterations | epochs "e" | hundredths of the run "%"
//
// rate is the base rate, or the peak of onecycle, of a spec that has none. A
// String of a schedule has its rate, so it reads back whatever rate is given.
// The parts are the fields of the types of the same names; "paper" is
// PaperSteps. The parts of cosine and onecycle, and prefixes, do not take the rate
// above its highest.
//
// An error says which part of spec is wrong, and which kinds there are.
func ParseSchedule(spec string, rate float64) (Schedule, error) {
	s, err := parseSchedule(spec, rate)
	if err == nil {
		err = checkSchedule(s)
	}
	if err != nil {
		return nil, errors.WithMessagef(err, "training: schedule %q", spec)
	}
	return s, nil
}

func parseSchedule(spec string, rate float64) (Schedule, error) {
	if prefix, rest, ok := strings.Cut(spec, "+"); ok {
		then, err := parseSchedule(rest, rate)
		if err != nil {
			return nil, err
		}
		return parsePrefix(prefix, then)
	}
	kind, own, ok := strings.Cut(spec, "@")
	if ok {
		if err := parseNumbers([]string{own}, &rate); err != nil {
			return nil, errors.WithMessage(err, "rate")
		}
	}
	if !(rate > 0) || math.IsInf(rate, 1) {
		return nil, errors.Errorf("want a rate above 0, got %v", rate)
	}
	return parseKind(kind, rate)
}

// parsePrefix reads a prefix of the schedule then.
func parsePrefix(spec string, then Schedule) (Schedule, error) {
	parts := strings.Split(spec, ":")
	name, args := parts[0], parts[1:]
	switch name {
	case "warmup":
		if len(args) == 0 {
			return nil, errors.New("warmup: want a length, as in warmup:500 or warmup:5e")
		}
		s := Warmup{Then: then}
		var err error
		if s.Span, err = parseSpan(args[0]); err == nil {
			err = parseNumbersOrZero(args[1:], &s.Start)
		}
		return s, errors.WithMessage(err, name)
	case "errorwarmup":
		s := ErrorWarmup{Below: 0.8, Then: then}
		s.Low = s.low()
		return s, errors.WithMessage(parseNumbers(args, &s.Low, &s.Below), name)
	}
	return nil, errors.Errorf("unknown prefix %q, want %s", name, scheduleKinds)
}

// parseKind reads a schedule without prefixes and rate.
func parseKind(spec string, rate float64) (Schedule, error) {
	parts := strings.Split(spec, ":")
	name, args := parts[0], parts[1:]
	switch name {
	case "paper":
		return PaperSteps(rate), errors.WithMessage(parseNumbers(args), name)
	case "constant":
		return Constant{Base: rate}, errors.WithMessage(parseNumbers(args), name)
	case "steps":
		if len(args) == 0 {
			return nil, errors.New("steps: want milestones, as in steps:32000,48000 or steps:30e,60e:0.2")
		}
		s := Steps{Base: rate, Factor: 0.1}
		for _, arg := range strings.Split(args[0], ",") {
			at, err := parseSpan(arg)
			if err != nil {
				return nil, errors.WithMessage(err, name)
			}
			s.At = append(s.At, at)
		}
		return s, errors.WithMessage(parseNumbers(args[1:], &s.Factor), name)
	case "plateau":
		s := Plateau{Base: rate, Patience: 5, Factor: 0.1}
		return s, errors.WithMessage(parseNumbers(args, &s.Patience, &s.Factor), name)
	case "cosine":
		s := Cosine{Base: rate}
		return s, errors.WithMessage(parseNumbersOrZero(args, &s.Final), name)
	case "exponential":
		s := Exponential{Base: rate, Final: 0.01}
		return s, errors.WithMessage(parseNumbers(args, &s.Final), name)
	case "onecycle":
		s := OneCycle{Peak: rate, Rise: 0.3, Div: 25, FinalDiv: 1e4}
		if n := len(args); n > 0 && args[n-1] == "linear" {
			s.Linear, args = true, args[:n-1]
		}
		err := parseNumbers(args, &s.Rise, &s.Div, &s.FinalDiv)
		if err == nil && s.Rise > 1 {
			err = errors.Errorf("want a rise of at most 1, the whole run, got %v", s.Rise)
		}
		return s, errors.WithMessage(err, name)
	}
	return nil, errors.Errorf("unknown kind %q, want %s", name, scheduleKinds)
}

func parseSpan(arg string) (Span, error) {
	if count, ok := strings.CutSuffix(arg, "e"); ok {
		s := Span{Epochs: true}
		err := parseNumbersOrZero([]string{count}, &s.Count)
		return s, err
	}
	if count, ok := strings.CutSuffix(arg, "%"); ok {
		s := Span{Percent: true}
		err := parseNumbersOrZero([]string{count}, &s.Count)
		return s, err
	}
	// 53 bits are what Count holds exactly.
	n, err := strconv.ParseUint(arg, 10, 53)
	if err != nil {
		return Span{}, errors.Errorf("want iterations, as in 500, epochs, as in 5e, or a part of the run, as in 5%%, got %q", arg)
	}
	return Span{Count: float64(n)}, nil
}

// parseNumbers reads args, finite and above 0, into as many of dst; the others
// keep their values.
func parseNumbers(args []string, dst ...*float64) error {
	if err := parseNumbersOrZero(args, dst...); err != nil {
		return err
	}
	for i, arg := range args {
		if *dst[i] == 0 {
			return errors.Errorf("want a number above 0, got %q", arg)
		}
	}
	return nil
}

// parseNumbersOrZero is parseNumbers with 0 allowed.
func parseNumbersOrZero(args []string, dst ...*float64) error {
	if len(args) > len(dst) {
		return errors.Errorf("want no more than %d numbers, got %q", len(dst), args)
	}
	for i, arg := range args {
		x, err := strconv.ParseFloat(arg, 64)
		if err != nil || !(x >= 0) || math.IsInf(x, 1) {
			return errors.Errorf("want a number of 0 or more, got %q", arg)
		}
		*dst[i] = x
	}
	return nil
}
