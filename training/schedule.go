package training

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Progress is where a run stands before a step. It is all that a learning rate
// may depend on, so a resumed run goes on as an uninterrupted one would.
type Progress struct {
	Iteration   int     // steps done, 0 at the first
	Iterations  int     // steps of the whole run
	EpochSize   float64 // steps an epoch, which may be fractional
	LowestError float64 // lowest running training error so far, a fraction; 1 at the start

	// Errors are those of all records so far, on the test set where there is one. In a
	// Task without them they are what its best checkpoint goes by.
	Errors []float64
	Higher bool // whether higher Errors are better
}

// Schedule gives the learning rate of a step. Those of this package are plain
// values without state, and their String reads back with ParseSchedule.
type Schedule interface {
	Rate(p Progress) float64
}

// Span is a length of training from its start, in iterations unless it says otherwise.
type Span struct {
	Count   float64
	Epochs  bool // Count is in epochs
	Percent bool // Count is in hundredths of the run, 0 to 100, whatever its length
}

// Iterations is a span of n iterations.
func Iterations(n int) Span { return Span{Count: float64(n)} }

// Epochs is a span of n epochs. It ends at the nearest whole iteration.
func Epochs(n float64) Span { return Span{Count: n, Epochs: true} }

// Percent is a span of n hundredths of the run. It ends at the nearest whole iteration.
func Percent(n float64) Span { return Span{Count: n, Percent: true} }

// String is the count, followed by an e if it is in epochs and by a % if it is in
// hundredths of the run.
func (s Span) String() string {
	switch {
	case s.Epochs:
		return decimal(s.Count) + "e"
	case s.Percent:
		return decimal(s.Count) + "%"
	}
	return decimal(s.Count)
}

// iterations is the span's length in a run at p.
func (s Span) iterations(p Progress) float64 {
	switch {
	case s.Epochs:
		return math.Round(s.Count * p.EpochSize)
	case s.Percent:
		return math.Round(s.Count * float64(p.Iterations) / 100)
	}
	return s.Count
}

// Constant is one rate for the whole run.
type Constant struct {
	Base float64
}

// Rate returns Base.
func (s Constant) Rate(Progress) float64 { return s.Base }

// String is such as "constant@0.1".
func (s Constant) String() string { return "constant@" + decimal(s.Base) }

// Steps is a rate that is multiplied by a factor at each of some milestones.
type Steps struct {
	Base   float64
	Factor float64 // 0 means 0.1
	At     []Span  // one or more milestones; the iteration that one names is the first with the new rate
}

// PaperSteps is the schedule for CIFAR-10 of He et al. 2015, sec. 4.2: a rate,
// 0.1 in the paper, divided by 10 at 32k and 48k iterations. The paper's runs
// end at 64k; in a run of another length the milestones are where they are.
func PaperSteps(rate float64) Steps {
	return Steps{Base: rate, Factor: 0.1, At: []Span{Iterations(32000), Iterations(48000)}}
}

// Rate returns Base times Factor to the power of the milestones reached.
func (s Steps) Rate(p Progress) float64 {
	reached := 0
	for _, at := range s.At {
		if float64(p.Iteration) >= at.iterations(p) {
			reached++
		}
	}
	// 0.1/10 is 0.01 as people and records write it, 0.1*0.1 is not quite.
	return s.Base / math.Pow(1/cmp.Or(s.Factor, 0.1), float64(reached))
}

// String is such as "steps:32000,48000:0.1@0.1".
func (s Steps) String() string {
	at := make([]string, len(s.At))
	for i, span := range s.At {
		at[i] = span.String()
	}
	return fmt.Sprintf("steps:%s:%s@%s", strings.Join(at, ","), decimal(cmp.Or(s.Factor, 0.1)), decimal(s.Base))
}

// Plateau is a rate that is multiplied by a factor whenever the error has not
// fallen for some records (He et al. 2015, section 3.4: "when the error plateaus").
// It is PyTorch's ReduceLROnPlateau: the error has fallen when it is lower than the
// lowest one by a ten-thousandth of it. What is the better the higher it is must rise
// by as much.
type Plateau struct {
	Base     float64
	Patience float64 // records without a lower error that are put up with, a whole number; 0 means 5
	Factor   float64 // at most 1; 0 means 0.1
}

// Rate returns Base times Factor to the power of the plateaus met.
func (s Plateau) Rate(p Progress) float64 {
	best, since, met := math.Inf(1), 0.0, 0
	if p.Higher {
		best = math.Inf(-1)
	}
	for _, e := range p.Errors {
		if e < best*(1-1e-4) && !p.Higher || e > best*(1+1e-4) && p.Higher {
			best, since = e, 0
			continue
		}
		if since++; since > cmp.Or(s.Patience, 5) {
			since = 0
			met++
		}
	}
	return s.Base / math.Pow(1/cmp.Or(s.Factor, 0.1), float64(met))
}

// String is such as "plateau:5:0.1@0.1".
func (s Plateau) String() string {
	return fmt.Sprintf("plateau:%s:%s@%s", decimal(cmp.Or(s.Patience, 5)), decimal(cmp.Or(s.Factor, 0.1)), decimal(s.Base))
}

// Cosine is half a cosine from Base at the first step down to Final at the end
// of the run (Loshchilov and Hutter 2016, eq. 5, without restarts). It is
// PyTorch's CosineAnnealingLR with T_max = Iterations.
type Cosine struct {
	Base, Final float64 // Final is at most Base
}

// Rate returns Final + (Base-Final) (1 + cos(pi Iteration/Iterations)) / 2.
func (s Cosine) Rate(p Progress) float64 {
	return cosine(s.Base, s.Final, fraction(float64(p.Iteration), float64(p.Iterations)))
}

// String is such as "cosine:0@0.1".
func (s Cosine) String() string {
	return fmt.Sprintf("cosine:%s@%s", decimal(s.Final), decimal(s.Base))
}

// Exponential is a rate that falls by the same factor at every step, from Base at the
// first to Final times Base at the end of the run. EfficientNet's 0.97 every 2.4 of 350
// epochs (Tan and Le 2019, section 5.2) ends at 0.0118 of the first rate.
type Exponential struct {
	Base  float64
	Final float64 // at most 1; 0 means 0.01
}

// Rate returns Base times Final to the power of Iteration/Iterations.
func (s Exponential) Rate(p Progress) float64 {
	return s.Base * math.Pow(cmp.Or(s.Final, 0.01), fraction(float64(p.Iteration), float64(p.Iterations)))
}

// String is such as "exponential:0.01@0.1".
func (s Exponential) String() string {
	return fmt.Sprintf("exponential:%s@%s", decimal(cmp.Or(s.Final, 0.01)), decimal(s.Base))
}

// OneCycle rises from Peak/Div to Peak in the first part of the run and falls
// to Peak/Div/FinalDiv at its last step (Smith and Topin 2017). It is PyTorch's
// OneCycleLR in two phases, total_steps = Iterations, with its defaults.
type OneCycle struct {
	Peak     float64
	Rise     float64 // fraction of the run to the peak, at most 1; 0 means 0.3
	Div      float64 // at least 1; 0 means 25
	FinalDiv float64 // at least 1; 0 means 10,000
	Linear   bool    // straight lines in place of half cosines
}

// Rate returns the rate of the rise up to step Rise*Iterations - 1, which has
// Peak, and that of the fall from there to step Iterations - 1.
func (s OneCycle) Rate(p Progress) float64 {
	anneal := cosine
	if s.Linear {
		anneal = linear
	}
	low := s.Peak / cmp.Or(s.Div, 25)
	step, last := float64(p.Iteration), float64(p.Iterations)-1
	top := cmp.Or(s.Rise, 0.3)*float64(p.Iterations) - 1
	if step <= top {
		return anneal(low, s.Peak, fraction(step, top))
	}
	return anneal(s.Peak, low/cmp.Or(s.FinalDiv, 1e4), fraction(step-top, last-top))
}

// String is such as "onecycle:0.3:25:10000@0.1", with ":linear" before the @
// if the cycle is linear.
func (s OneCycle) String() string {
	shape := ""
	if s.Linear {
		shape = ":linear"
	}
	return fmt.Sprintf("onecycle:%s:%s:%s%s@%s", decimal(cmp.Or(s.Rise, 0.3)), decimal(cmp.Or(s.Div, 25)),
		decimal(cmp.Or(s.FinalDiv, 1e4)), shape, decimal(s.Peak))
}

// Warmup raises the rate of another schedule linearly at the start of a run
// (Goyal et al. 2017, sec. 2.2). The other schedule's own time runs meanwhile.
type Warmup struct {
	Span  Span
	Start float64 // at most 1, of the other schedule's rate at the first step; Goyal et al. have 1/k for a k times larger batch
	Then  Schedule
}

// Rate returns the rate of Then times a factor that goes from Start to 1, NaN without Then.
func (s Warmup) Rate(p Progress) float64 {
	if s.Then == nil {
		return math.NaN()
	}
	return linear(s.Start, 1, fraction(float64(p.Iteration), s.Span.iterations(p))) * s.Then.Rate(p)
}

// String is such as "warmup:5e:0.1+cosine:0@0.1".
func (s Warmup) String() string {
	return fmt.Sprintf("warmup:%v:%s+%v", s.Span, decimal(s.Start), s.Then)
}

// ErrorWarmup holds a low rate until the training error has been below a bound
// once, and then is another schedule, whose own time runs meanwhile: He et al.
// 2015, sec. 4.2, begin the 110-layer network with 0.01 until the error is
// below 80 %.
type ErrorWarmup struct {
	Low   float64 // 0 means 0.01, or the highest rate of Then where that is lower
	Below float64 // training error, a fraction; 0 means 0.8
	Then  Schedule
}

// Rate returns Low while LowestError is Below or above, then the rate of Then; NaN without
// Then.
func (s ErrorWarmup) Rate(p Progress) float64 {
	if s.Then == nil {
		return math.NaN()
	}
	if p.LowestError >= cmp.Or(s.Below, 0.8) {
		return s.low()
	}
	return s.Then.Rate(p)
}

func (s ErrorWarmup) low() float64 { return cmp.Or(s.Low, min(0.01, highest(s.Then))) }

// String is such as "errorwarmup:0.01:0.8+constant@0.1".
func (s ErrorWarmup) String() string {
	return fmt.Sprintf("errorwarmup:%s:%s+%v", decimal(s.low()), decimal(cmp.Or(s.Below, 0.8)), s.Then)
}

// decimal is x in its shortest decimals that read back the same. It has no
// exponent, whose e and + mean something else in a schedule.
func decimal(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// fraction is how much of n steps is done, from 0 to 1; all of it if n is not
// positive.
func fraction(step, n float64) float64 {
	if step >= n {
		return 1
	}
	return step / n
}

// cosine goes from a to b along half a cosine as x goes from 0 to 1.
func cosine(a, b, x float64) float64 { return b + (a-b)/2*(1+math.Cos(math.Pi*x)) }

// linear goes from a to b as x goes from 0 to 1.
func linear(a, b, x float64) float64 { return a + (b-a)*x }
