package imagenet

import (
	"fmt"
	"image"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestViews(t *testing.T) {
	m := open(t, "picture.png") // 90 x 61
	p := Preprocessing{Resize: 61, Crop: 40, Deviation: [3]float32{1, 1, 1}}
	views, err := TenCropTest{p}.Views(m)
	if err != nil || len(views) != 10 {
		t.Fatal(len(views), err)
	}
	want := golden(t, "tencrop.png")
	for k, v := range views {
		if v.Height != 40 || v.Width != 40 {
			t.Fatalf("view %d is %dx%d", k, v.Width, v.Height)
		}
		for i, x := range v.Pixels {
			if x != float32(want[k*3*1600+i])/255 {
				t.Fatalf("view %d, value %d: want %d/255, got %v", k, i, want[k*3*1600+i], x)
			}
		}
	}
	one, err := p.Views(m)
	if err != nil || len(one) != 1 || !slices.Equal(one[0].Pixels, views[4].Pixels) {
		t.Errorf("want one view, the fifth of ten, got %d, %v", len(one), err)
	}

	full, err := FullTest{Sides: []int{61, 30}, Flip: true, Normalization: p.normalization()}.Views(m)
	if err != nil || len(full) != 4 {
		t.Fatal(len(full), err)
	}
	for k, v := range full {
		if want := []image.Point{{90, 61}, {90, 61}, {44, 30}, {44, 30}}[k]; image.Pt(v.Width, v.Height) != want || len(v.Pixels) != 3*v.Width*v.Height {
			t.Errorf("view %d is %dx%d, want %v", k, v.Width, v.Height, want)
		}
		for i := range v.Pixels {
			row, x, c := i/(3*v.Width), i/3%v.Width, i%3
			if k%2 == 1 && v.Pixels[i] != full[k-1].Pixels[(row*v.Width+v.Width-1-x)*3+c] {
				t.Fatalf("view %d is not the mirror image of the one before", k)
			}
		}
	}
	if all, err := (FullTest{}).Views(m); err != nil || len(all) != 5 || all[4].Height != 640 || all[4].Width != 944 {
		t.Errorf("by default: %d views, %v", len(all), err)
	}

	for _, test := range []struct {
		p    Protocol
		m    image.Image
		want string
	}{
		{TenCropTest{Preprocessing{Resize: 30}}, m, "got crop 224 of 30"},
		{Preprocessing{Crop: -1}, m, "crop of at least 1"},
		{Preprocessing{}, nil, "the picture is empty"},
		{FullTest{}, image.NewGray(image.Rectangle{}), "the picture is empty"},
		{FullTest{Sides: []int{0}}, m, "shorter side of 1 to"},
		{FullTest{Sides: []int{}}, m, "at least one of Sides"},
		{FullTest{Sides: []int{5}, Normalization: Normalization{Deviation: [3]float32{1}}}, m, "positive deviations"},
	} {
		if _, err := test.p.Views(test.m); err == nil || !strings.HasPrefix(err.Error(), "imagenet: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: want an error with %q, got %v", test.p, test.want, err)
		}
	}

	e := examples(t, tree(t, map[string]string{"a/1.jpg": fixture(t, "kind-rgb.jpg"), "b/1.jpg": "?"}), nil)
	if v, label, err := e.Views(0, p); err != nil || label != 0 || len(v) != 1 {
		t.Error(len(v), label, err)
	}
	for i, want := range map[int]string{1: "no picture of a known kind", 2: "from 0 to 1, got 2"} {
		if _, _, err := e.Views(i, p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
	if got := e.Unreadable(); !slices.Equal(got, []int{1}) {
		t.Errorf("unreadable: %v", got)
	}
}

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
		if top := Top(scores, 7); top[want.Rank].Class != label {
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
	if got := fmt.Sprint(tally.Confusion(0, 2), tally.Confusion(0, 1), tally.Confusion(0, 0), tally.Confusion(2, 0), tally.Confusion(7, 7), tally.Confusion(-1, -1)); got != "2 1 1 0 0 0" {
		t.Errorf("confusion: %s", got)
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
	if err := tally.WriteConfusion(&table); err != nil {
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
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "imagenet: ") {
			t.Errorf("want an error, got %v", err)
		}
	}
	if tally.Len() != 9 {
		t.Error("a bad answer was counted")
	}
}
