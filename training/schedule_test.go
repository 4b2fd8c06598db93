package training_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training"
)

// ExampleParseSchedule prints the rates of the paper's CIFAR-10 recipe.
func ExampleParseSchedule() {
	schedule, err := training.ParseSchedule("paper", 0.1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(schedule)
	for _, i := range []int{0, 31999, 32000, 48000} {
		fmt.Println(i, schedule.Rate(training.Progress{Iteration: i, Iterations: 64000}))
	}
	// Output:
	// steps:32000,48000:0.1@0.1
	// 0 0.1
	// 31999 0.1
	// 32000 0.01
	// 48000 0.001
}

// TestScheduleRates compares rates with the formulas worked out by hand and,
// where the name says so, with those that PyTorch 1.13 gives.
func TestScheduleRates(t *testing.T) {
	type rates map[int]float64
	halfway := training.Constant{Base: 0.4}
	for _, test := range []struct {
		name     string
		schedule training.Schedule
		run      training.Progress
		want     rates
	}{
		{"constant", training.Constant{Base: 0.3}, training.Progress{Iterations: 10}, rates{0: 0.3, 9: 0.3}},
		{"paper", training.PaperSteps(0.1), training.Progress{Iterations: 64000},
			rates{0: 0.1, 31999: 0.1, 32000: 0.01, 47999: 0.01, 48000: 0.001, 63999: 0.001}},
		{"paper in a longer run", training.PaperSteps(0.1), training.Progress{Iterations: 100000},
			rates{31999: 0.1, 32000: 0.01, 48000: 0.001, 99999: 0.001}},
		// 45,000 examples in batches of 128: 30 epochs are 10,546.875 iterations.
		{"steps by epoch",
			training.Steps{Base: 0.1, Factor: 0.2, At: []training.Span{training.Epochs(30), training.Epochs(60)}},
			training.Progress{Iterations: 30000, EpochSize: 351.5625},
			rates{10546: 0.1, 10547: 0.02, 21093: 0.02, 21094: 0.004}},
		// 30 * (500/3) is a little off 5000 in floating point.
		{"steps by epoch, rounded",
			training.Steps{Base: 1, At: []training.Span{training.Epochs(30)}},
			training.Progress{EpochSize: 500.0 / 3}, rates{4999: 1, 5000: 0.1}},
		{"plateau, PyTorch", training.Plateau{Base: 0.1, Patience: 2}, training.Progress{Errors: []float64{.9, .8, .79995, .81}}, rates{0: 0.1}},
		{"plateau met, PyTorch", training.Plateau{Base: 0.1, Patience: 2}, training.Progress{Errors: []float64{.9, .8, .79995, .81, .82, .7, .71, .69, .69, .69}}, rates{0: 0.01}},
		{"plateau met three times, PyTorch", training.Plateau{Base: 0.1, Patience: 2},
			training.Progress{Errors: []float64{.9, .8, .79995, .81, .82, .7, .71, .69, .69, .69, .69, .69, .69, .69}}, rates{0: 0.0001}},
		{"cosine, PyTorch", training.Cosine{Base: 0.1}, training.Progress{Iterations: 1000},
			rates{0: 0.1, 1: 0.09999975326009292, 250: 0.08535533905932738, 500: 0.05, 750: 0.014644660940672629, 999: 2.467399070893439e-07, 1000: 0, 1001: 0}},
		{"cosine to 0.001, PyTorch", training.Cosine{Base: 0.1, Final: 0.001}, training.Progress{Iterations: 1000},
			rates{0: 0.1, 1: 0.09999975572749199, 250: 0.0855017856687341, 500: 0.0505, 750: 0.015498214331265862, 999: 0.0010002442725080185}},
		{"steps by parts of the run", training.Steps{Base: 0.1, At: []training.Span{training.Percent(50), training.Percent(75)}},
			training.Progress{Iterations: 1001}, rates{500: 0.1, 501: 0.01, 750: 0.01, 751: 0.001}},
		{"warmup by a part of the run", training.Warmup{Span: training.Percent(20), Then: halfway},
			training.Progress{Iterations: 50}, rates{0: 0, 5: 0.2, 10: 0.4, 11: 0.4}},
		{"exponential, PyTorch", training.Exponential{Base: 0.1, Final: 0.0001}, training.Progress{Iterations: 8},
			rates{0: 0.1, 1: 0.03162277660168379, 4: 0.001, 7: 3.162277660168379e-05, 8: 1e-05, 9: 1e-05}},
		{"onecycle, PyTorch", training.OneCycle{Peak: 0.4}, training.Progress{Iterations: 1000},
			rates{0: 0.016, 1: 0.01601059801686716, 100: 0.11258294457947593, 298: 0.3999894019831329, 299: 0.4, 300: 0.3999979858064579, 500: 0.32399524061607177, 998: 3.6141935421479836e-06, 999: 1.6e-06, 1000: 1.6e-06}},
		{"onecycle, linear, PyTorch", training.OneCycle{Peak: 0.4, Linear: true}, training.Progress{Iterations: 1000},
			rates{0: 0.016, 1: 0.01728428093645485, 100: 0.14442809364548498, 298: 0.3987157190635452, 299: 0.4, 300: 0.39942857371428575, 500: 0.28514331657142855, 998: 0.0005730262857142621, 999: 1.6e-06}},
		// The peak lies between two iterations, at 19.2.
		{"onecycle, own shape, PyTorch", training.OneCycle{Peak: 1.5, Rise: 0.2, Div: 10, FinalDiv: 100}, training.Progress{Iterations: 101},
			rates{0: 0.15, 10: 0.8691471122303462, 19: 1.4996385965465469, 20: 1.499637574507272, 60: 0.7390978049186769, 100: 0.0015}},
		{"onecycle, own shape, linear, PyTorch", training.OneCycle{Peak: 1.5, Rise: 0.2, Div: 10, FinalDiv: 100, Linear: true}, training.Progress{Iterations: 101},
			rates{0: 0.15, 10: 0.853125, 19: 1.4859375, 20: 1.4851633663366337, 60: 0.7433316831683169, 100: 0.0015}},
		{"onecycle, one step", training.OneCycle{Peak: 1, Rise: 1}, training.Progress{Iterations: 1}, rates{0: 1}},
		{"warmup, PyTorch", training.Warmup{Span: training.Iterations(8), Start: 0.25, Then: training.Constant{Base: 0.1}},
			training.Progress{Iterations: 12},
			rates{0: 0.025, 1: 0.034375, 4: 0.0625, 7: 0.090625, 8: 0.1, 11: 0.1}},
		{"warmup by epoch", training.Warmup{Span: training.Epochs(2.5), Then: halfway},
			training.Progress{EpochSize: 4}, rates{0: 0, 5: 0.2, 10: 0.4, 11: 0.4}},
		{"warmup of no length", training.Warmup{Then: halfway}, training.Progress{}, rates{0: 0.4, 1: 0.4}},
		{"the wrapped schedule's time runs", training.Warmup{Span: training.Iterations(2), Start: 0.5, Then: training.Cosine{Base: 1}},
			training.Progress{Iterations: 4}, rates{0: 0.5, 1: 0.75 * (1 + math.Sqrt2/2) / 2, 2: 0.5, 4: 0}},
		{"errorwarmup at the start", training.ErrorWarmup{Then: halfway}, training.Progress{LowestError: 1}, rates{0: 0.01, 9: 0.01}},
		{"errorwarmup at the bound", training.ErrorWarmup{Then: halfway}, training.Progress{LowestError: 0.8}, rates{300: 0.01}},
		{"errorwarmup below the bound", training.ErrorWarmup{Then: halfway}, training.Progress{LowestError: 0.799}, rates{400: 0.4}},
		{"errorwarmup, own bound", training.ErrorWarmup{Low: 0.2, Below: 0.5, Then: halfway}, training.Progress{LowestError: 0.6}, rates{0: 0.2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			read, err := training.ParseSchedule(fmt.Sprint(test.schedule), 7)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range test.want {
				p := test.run
				p.Iteration = i
				got := test.schedule.Rate(p)
				if math.Abs(got-want) > 1e-9*want+1e-16 {
					t.Errorf("iteration %d: want %v, got %v", i, want, got)
				}
				if got := read.Rate(p); math.Abs(got-want) > 1e-9*want+1e-16 {
					t.Errorf("iteration %d of %v, read back: want %v, got %v", i, read, want, got)
				}
			}
		})
	}
}

func TestParseSchedule(t *testing.T) {
	at := func(spans ...training.Span) []training.Span { return spans }
	for _, test := range []struct {
		spec, full string // full is the String
		want       training.Schedule
	}{
		{"paper", "steps:32000,48000:0.1@0.1", training.PaperSteps(0.1)},
		{"constant", "constant@0.1", training.Constant{Base: 0.1}},
		{"constant@2e-5", "constant@0.00002", training.Constant{Base: 2e-5}},
		{"steps:7", "steps:7:0.1@0.1", training.Steps{Base: 0.1, Factor: 0.1, At: at(training.Iterations(7))}},
		{"steps:30e,60.5e,100000:0.2@0.3", "steps:30e,60.5e,100000:0.2@0.3",
			training.Steps{Base: 0.3, Factor: 0.2, At: at(training.Epochs(30), training.Epochs(60.5), training.Iterations(100000))}},
		{"cosine", "cosine:0@0.1", training.Cosine{Base: 0.1}},
		{"cosine:1e-3", "cosine:0.001@0.1", training.Cosine{Base: 0.1, Final: 1e-3}},
		{"exponential", "exponential:0.01@0.1", training.Exponential{Base: 0.1, Final: 0.01}},
		{"warmup:6.7%+steps:50%,75%", "warmup:6.7%:0+steps:50%,75%:0.1@0.1",
			training.Warmup{Span: training.Percent(6.7), Then: training.Steps{Base: 0.1, Factor: 0.1, At: at(training.Percent(50), training.Percent(75))}}},
		{"onecycle", "onecycle:0.3:25:10000@0.1", training.OneCycle{Peak: 0.1, Rise: 0.3, Div: 25, FinalDiv: 1e4}},
		{"onecycle:linear", "onecycle:0.3:25:10000:linear@0.1", training.OneCycle{Peak: 0.1, Rise: 0.3, Div: 25, FinalDiv: 1e4, Linear: true}},
		{"onecycle:0.2:10:linear@1", "onecycle:0.2:10:10000:linear@1", training.OneCycle{Peak: 1, Rise: 0.2, Div: 10, FinalDiv: 1e4, Linear: true}},
		{"warmup:500+cosine", "warmup:500:0+cosine:0@0.1",
			training.Warmup{Span: training.Iterations(500), Then: training.Cosine{Base: 0.1}}},
		{"warmup:5e:0.125+steps:30e", "warmup:5e:0.125+steps:30e:0.1@0.1",
			training.Warmup{Span: training.Epochs(5), Start: 0.125, Then: training.Steps{Base: 0.1, Factor: 0.1, At: at(training.Epochs(30))}}},
		{"errorwarmup+paper", "errorwarmup:0.01:0.8+steps:32000,48000:0.1@0.1",
			training.ErrorWarmup{Low: 0.01, Below: 0.8, Then: training.PaperSteps(0.1)}},
		{"errorwarmup+constant@0.001", "errorwarmup:0.001:0.8+constant@0.001",
			training.ErrorWarmup{Low: 0.001, Below: 0.8, Then: training.Constant{Base: 0.001}}},
		{"errorwarmup:0.02:0.7+warmup:9+constant@3", "errorwarmup:0.02:0.7+warmup:9:0+constant@3",
			training.ErrorWarmup{Low: 0.02, Below: 0.7, Then: training.Warmup{Span: training.Iterations(9), Then: training.Constant{Base: 3}}}},
	} {
		got, err := training.ParseSchedule(test.spec, 0.1)
		if err != nil {
			t.Error(err)
			continue
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: want %#v, got %#v", test.spec, test.want, got)
		}
		if s := fmt.Sprint(got); s != test.full {
			t.Errorf("%s: want String %s, got %s", test.spec, test.full, s)
		}
	}
}

func TestParseScheduleErrors(t *testing.T) {
	for _, test := range []struct {
		spec string
		rate float64
		want string // a part of the error
	}{
		{"", 0.1, `unknown kind "", want paper, constant, steps:`},
		{"linear", 0.1, `schedule "linear": unknown kind "linear", want paper, constant, steps:`},
		{"warm:5+paper", 0.1, `unknown prefix "warm", want paper`},
		{"cosine+paper", 0.1, `unknown prefix "cosine"`},
		{"warmup:5+", 0.1, `unknown kind ""`},
		{"warmup+paper", 0.1, "warmup: want a length"},
		{"warmup:x+paper", 0.1, `warmup: want iterations, as in 500, epochs, as in 5e, or a part of the run, as in 5%, got "x"`},
		{"warmup:101%+paper", 0.1, "warmup: want a span in hundredths of 0 to 100, got 101"},
		{"steps:50%,-1%", 0.1, `steps: want a number of 0 or more, got "-1"`},
		{"exponential:2", 0.1, "exponential: want a final part of 0 to 1, got 2"},
		{"exponential:0", 0.1, `exponential: want a number above 0, got "0"`},
		{"warmup:5:1:2+paper", 0.1, "warmup: want no more than 1 numbers"},
		{"cosine:3", 0.1, "cosine: want a final rate of 0 to 0.1, the rate at the start, got 3"},
		{"warmup:5:2+constant", 0.1, "warmup: want a start of 0 to 1, got 2"},
		{"onecycle:0.3:0.5", 0.1, "onecycle: want a div of 1 or more, got 0.5"},
		{"onecycle:0.3:25:0.1", 0.1, "onecycle: want a finaldiv of 1 or more, got 0.1"},
		{"plateau:5:1.5", 0.1, "plateau: want a factor of 0 to 1, got 1.5"},
		{"errorwarmup:0.5+constant", 0.1, "errorwarmup: want a low rate of at most 0.1, the rate after it, got 0.5"},
		{"errorwarmup:0.01:80+constant", 0.1, "errorwarmup: want a bound of the error of 0 to 1, got 80"},
		{"errorwarmup:0+paper", 0.1, `errorwarmup: want a number above 0, got "0"`},
		{"paper:3", 0.1, "paper: want no more than 0 numbers"},
		{"constant:3", 0.1, "constant: want no more than 0 numbers"},
		{"constant@", 0.1, `rate: want a number of 0 or more, got ""`},
		{"constant@0", 0.1, `rate: want a number above 0, got "0"`},
		{"constant", 0, "want a rate above 0, got 0"},
		{"constant", math.NaN(), "want a rate above 0, got NaN"},
		{"constant", math.Inf(1), "want a rate above 0, got +Inf"},
		{"steps", 0.1, "steps: want milestones"},
		{"steps:", 0.1, `steps: want iterations`},
		{"steps:10,", 0.1, `steps: want iterations`},
		{"steps:-1", 0.1, `steps: want iterations`},
		{"steps:1.5", 0.1, `steps: want iterations`},
		{"steps:-1e", 0.1, `steps: want a number of 0 or more, got "-1"`},
		{"steps:10:0", 0.1, `steps: want a number above 0, got "0"`},
		{"steps:10:inf", 0.1, `steps: want a number of 0 or more, got "inf"`},
		{"cosine:nan", 0.1, `cosine: want a number of 0 or more, got "nan"`},
		{"onecycle:1.5", 0.1, "onecycle: want a rise of at most 1"},
		{"onecycle:cubic", 0.1, `onecycle: want a number of 0 or more, got "cubic"`},
	} {
		s, err := training.ParseSchedule(test.spec, test.rate)
		if err == nil || s != nil {
			t.Errorf("%s: want an error alone, got %v and %v", test.spec, s, err)
			continue
		}
		if got := err.Error(); !strings.HasPrefix(got, "training: schedule ") || !strings.Contains(got, test.want) {
			t.Errorf("%s: want an error with %q, got %q", test.spec, test.want, got)
		}
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, spec := range []string{
		"paper", "constant@1e-9", "warmup:5%+exponential:0.5", "steps:30e,60e,9:0.2", "cosine:0.1", "onecycle:0.2:10:100:linear",
		"warmup:500+cosine", "warmup:5e:0.1+errorwarmup:0.01:0.8+paper@0.2", "steps:,", "@", "+",
	} {
		f.Add(spec)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		s, err := training.ParseSchedule(spec, 0.1)
		if err != nil {
			return
		}
		s.Rate(training.Progress{Iteration: 5, Iterations: 10, EpochSize: 2, LowestError: 0.5})
		again, err := training.ParseSchedule(fmt.Sprint(s), 0.3)
		if err != nil {
			t.Fatalf("%q reads as %v, which does not: %v", spec, s, err)
		}
		if !reflect.DeepEqual(s, again) {
			t.Fatalf("%q reads as %v, which reads as %v", spec, s, again)
		}
	})
}
