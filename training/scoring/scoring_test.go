package scoring

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestAverage(t *testing.T) {
	got, err := Average([]float32{1, 2, 3e38}, []float32{2, -2, 3e38})
	if err != nil || !slices.Equal(got, []float32{1.5, 0, 3e38}) {
		t.Error(got, err)
	}
	if _, err := Average(); err == nil {
		t.Error("want an error of nothing")
	}
	if _, err := Average([]float32{1}, []float32{1, 2}); err == nil || !strings.Contains(err.Error(), "want scores of 1 classes as the first, got 2 in place 1") {
		t.Error(err)
	}
	p := Probabilities([]float32{0, float32(math.Log(3)), -1e9})
	if math.Abs(float64(p[0])-0.25) > 1e-7 || math.Abs(float64(p[1])-0.75) > 1e-7 || p[2] != 0 || len(Probabilities(nil)) != 0 {
		t.Error(p)
	}
}

func TestTally(t *testing.T) {
	tally, err := NewTally(7)
	if err != nil {
		t.Fatal(err)
	}
	if top1, top5 := tally.Errors(); !math.IsNaN(top1) || !math.IsNaN(top5) {
		t.Error("want errors of nothing to be NaN")
	}
	scores := []float32{5, 9, 9, 7, 6, 1, 8}
	for label, want := range []Answer{{0, 1, 5}, {1, 1, 0}, {2, 1, 1}, {3, 1, 3}, {4, 1, 4}, {5, 1, 6}, {6, 1, 2}} {
		got, err := Judge(label, scores)
		if err != nil || got != want {
			t.Errorf("want %+v, got %+v, %v", want, got, err)
		}
		if top := Top(scores, 7); top[want.Rank].Class != label || Highest(scores, 7)[want.Rank] != label {
			t.Errorf("class %d has rank %d, but Top says %v", label, want.Rank, top)
		}
		if label != 4 {
			if err := tally.Add(got); err != nil {
				t.Error(err)
			}
		}
	}
	for _, a := range []Answer{{0, 2, 1}, {0, 2, 1}, {0, 0, 0}} {
		if err := tally.Add(a); err != nil {
			t.Error(err)
		}
	}
	if top1, top5 := tally.Errors(); tally.Len() != 9 || math.Abs(top1-7./9) > 1e-12 || math.Abs(top5-2./9) > 1e-12 {
		t.Errorf("%d pictures, errors %v and %v", tally.Len(), top1, top5)
	}
	confusion := tally.Confusion()
	if got := fmt.Sprint(confusion.Count(0, 2), confusion.Count(0, 1), confusion.Count(0, 0), confusion.Count(2, 0), confusion.Count(7, 7), confusion.Count(-1, -1)); got != "2 1 1 0 0 0" {
		t.Errorf("confusion: %s", got)
	}
	if of := confusion.Of(); confusion.Classes() != 7 || !slices.Equal(of, []int{4, 1, 1, 1, 0, 1, 1}) {
		t.Errorf("%v examples of %d classes", of, confusion.Classes())
	}
	if m := confusion.Mistakes(); !slices.Equal(m, []Mistake{{0, 2, 2}, {0, 1, 1}, {2, 1, 1}, {3, 1, 1}, {5, 1, 1}, {6, 1, 1}}) {
		t.Errorf("mistakes: %v", m)
	}
	var table strings.Builder
	if err := tally.WriteClasses(&table, strings.Split("a b c d e f,f g", " ")); err != nil {
		t.Fatal(err)
	}
	want := `class,name,pictures,top1_error,top5_error,mistaken_for,times
0,a,4,0.7500,0.2500,c,2
1,b,1,0.0000,0.0000,,
2,c,1,1.0000,0.0000,b,1
3,d,1,1.0000,0.0000,b,1
4,e,0,,,,
5,"f,f",1,1.0000,1.0000,b,1
6,g,1,1.0000,0.0000,b,1
`
	if table.String() != want {
		t.Errorf("want\n%s, got\n%s", want, &table)
	}
	table.Reset()
	if err := confusion.Write(&table); err != nil {
		t.Fatal(err)
	}
	if want := "class,predicted,times\n0,0,1\n0,1,1\n0,2,2\n1,1,1\n2,1,1\n3,1,1\n5,1,1\n6,1,1\n"; table.String() != want {
		t.Errorf("want\n%s, got\n%s", want, &table)
	}

	nan := float32(math.NaN())
	for _, err := range []error{
		tally.WriteClasses(&table, nil),
		tally.Add(Answer{0, 0, 1}), tally.Add(Answer{0, 1, 0}), tally.Add(Answer{7, 1, 1}), tally.Add(Answer{0, -1, 1}), tally.Add(Answer{0, 1, 7}),
		func() error { _, err := Judge(2, []float32{1, 2}); return err }(),
		func() error { _, err := Judge(-1, []float32{1, 2}); return err }(),
		func() error { _, err := Judge(0, []float32{1, nan}); return err }(),
		func() error { _, err := NewTally(0); return err }(),
		func() error { _, err := NewTally(1 << 40); return err }(),
		confusion.Add(0, 7, 1), confusion.Add(-1, 0, 1), confusion.Add(0, 0, -1),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "scoring: ") {
			t.Errorf("want an error, got %v", err)
		}
	}
	if tally.Len() != 9 {
		t.Error("a bad answer was counted")
	}
}

// TestHighest has equal scores, and scores that are no numbers.
func TestHighest(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, test := range []struct {
		scores []float32
		k      int
		want   []int
	}{
		{[]float32{1, 3, 3, 2}, 1, []int{1}}, {[]float32{1, 3, 3, 2}, 3, []int{1, 2, 3}}, {[]float32{1, 3, 3, 2}, 9, []int{1, 2, 3, 0}},
		{[]float32{nan, -inf, 2}, 1, []int{2}}, {[]float32{nan, -inf, 2}, 3, []int{2, 1, 0}}, {[]float32{nan, nan}, 1, []int{0}},
		{[]float32{inf, inf}, 1, []int{0}}, {[]float32{4}, 0, []int{}}, {[]float32{4}, -1, []int{}}, {nil, 3, []int{}}, {nil, 1, []int{}},
	} {
		if got := Highest(test.scores, test.k); !slices.Equal(got, test.want) {
			t.Errorf("the %d highest of %v are %v, want %v", test.k, test.scores, got, test.want)
		}
	}
	if top := Top([]float32{-1e9, 0, float32(math.Log(3))}, 2); len(top) != 2 || top[0].Class != 2 || math.Abs(top[0].Probability-0.75) > 1e-7 || math.Abs(top[1].Probability-0.25) > 1e-7 {
		t.Error(top)
	}
}

func TestTop(t *testing.T) {
	logits := []float32{1, 1000, 998, -3, 1000}
	got := Top(logits, 3)
	half := 1 / (2 + math.Exp(-2))
	for i, want := range []Prediction{{1, half}, {4, half}, {2, half * math.Exp(-2)}} {
		if got[i].Class != want.Class || math.Abs(got[i].Probability-want.Probability) > 1e-12 {
			t.Errorf("place %d: want %v, got %v", i, want, got[i])
		}
	}
	var sum float64
	for _, p := range Top(logits, 99) {
		sum += p.Probability
	}
	if math.Abs(sum-1) > 1e-12 || len(Top(logits, 99)) != 5 || len(Top(logits, -1)) != 0 || Top(nil, 5) != nil {
		t.Errorf("probabilities add up to %v", sum)
	}
}
