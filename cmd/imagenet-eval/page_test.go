package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPage wants pictures of the worst mistakes on the page, not too many, with the
// rank and the scores beneath; names as they are; the error of the five likeliest
// only where there are more classes; and where and when it was.
func TestPage(t *testing.T) {
	for _, test := range []struct {
		classes, pictures int // pictures of each class
		average           string
		want, absent      []string
	}{
		{3, 12, "probabilities", []string{`<span>1. `, "\u00a0%</span>", "rank 3 of 3", "Top-1 error ", "kernels</td>", " on 36 pictures."}, []string{"op-5"}},
		{8, 2, "logits", []string{"top-5 error", "rank ", " of 8</span>", "&lt;script&gt;"}, []string{"<script"}},
	} {
		dir := t.TempDir()
		for c := range test.classes {
			for i := range test.pictures {
				m := image.NewRGBA(image.Rect(0, 0, 90, 80))
				for p := range m.Pix {
					m.Pix[p] = uint8(p*(i+1) + c*31)
				}
				m.Set(0, 0, color.RGBA{uint8(c), uint8(i), 0, 255})
				var data bytes.Buffer
				if err := png.Encode(&data, m); err != nil {
					t.Fatal(err)
				}
				write(t, filepath.Join(dir, "data", fmt.Sprintf("%d<script>", c), fmt.Sprintf("%d.png", i)), data.Bytes())
			}
		}
		out := filepath.Join(dir, "out")
		_, r := succeed(t, out, "-data", filepath.Join(dir, "data"), "-weights", weightsFile(t, dir, "resnet8", test.classes, 1), "-average", test.average)
		text, err := os.ReadFile(filepath.Join(out, "report.html"))
		if err != nil {
			t.Fatal(err)
		}
		page := string(text)
		wrong := int(r.Top1Error*float64(r.Pictures) + 0.5)
		if n := strings.Count(page, "<img "); n != min(wrong, 24) || n == 0 {
			t.Errorf("%d classes: %d pictures for %d mistakes", test.classes, n, wrong)
		}
		for _, want := range test.want {
			if !strings.Contains(page, want) {
				t.Errorf("%d classes: no %q", test.classes, want)
			}
		}
		for _, absent := range test.absent {
			if strings.Contains(page, absent) {
				t.Errorf("%d classes: %q is on the page", test.classes, absent)
			}
		}
		if info, err := os.Stat(filepath.Join(out, "mistakes.png")); err != nil || info.Size() == 0 {
			t.Error(err)
		}
	}
}
