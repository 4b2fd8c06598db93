package imagenet

import (
	"image"
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
