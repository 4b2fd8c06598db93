package raster

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	"io"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/testdata/corrupt"
	"github.com/pkg/errors"
)

// corpus is the files in testdata/corpus.zip, which corpus.py makes, by name.
func corpus(t testing.TB) map[string][]byte {
	t.Helper()
	z, err := zip.OpenReader("testdata/corpus.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// small allows pictures as large as those of the corpus.
func small(size image.Point, _ int) error {
	if size.X < 1 || size.Y < 1 || size.X*size.Y > 1<<17 || size.X > 1<<12 || size.Y > 1<<12 {
		return errors.Errorf("a picture of %v", size)
	}
	return nil
}

// ppm writes a picture as Pillow writes its colours.
func ppm(m image.Image) []byte {
	b := m.Bounds()
	out := fmt.Appendf(nil, "P6\n%d %d\n255\n", b.Dx(), b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			switch m := m.(type) {
			case *image.NRGBA:
				c := m.NRGBAAt(x, y)
				out = append(out, c.R, c.G, c.B)
			case *image.NRGBA64:
				c := m.NRGBA64At(x, y)
				out = append(out, byte(c.R>>8), byte(c.G>>8), byte(c.B>>8))
			default:
				red, green, blue, alpha := m.At(x, y).RGBA()
				if alpha != 0xffff {
					panic(fmt.Sprintf("%T with alpha", m))
				}
				out = append(out, byte(red>>8), byte(green>>8), byte(blue>>8))
			}
		}
	}
	return out
}

// exceptions are files that are not read as Pillow 9.4 reads them, with the error or,
// where they are read, the first warning.
var exceptions = map[string]string{
	"tiff-jpeg.tif":        "compression 7 is not read",
	"pnm-cut-plain.pgm":    "cut short", // where Pillow repeats the last number
	"bmp-rle8-delta.bmp":   "",          // where Pillow skips two bytes
	"pnm-comments.ppm":     "",          // a comment right behind P6
	"png-parted.png":       "other parts lie among its pixels",
	"png-text-crc.png":     `the checksum of its part "tEXt" is wrong`,
	"tiff-ii-0-8-fill.tif": "",
	"tiff-mm-0-8-fill.tif": "",
}

// faulty are files that are read with a warning.
var faulty = map[string]string{
	"png-crc-idat.png":          `the checksum of its part "IDAT" is wrong`,
	"png-many-crc.png":          `the checksum of its part "IDAT" is wrong`,
	"png-text-after.png":        `the checksum of its part "tEXt" is wrong`,
	"png-no-iend.png":           "it has no end",
	"png-no-crc.png":            "it has no end",
	"png-half-crc.png":          "it has no end",
	"png-no-adler.png":          "it has no end; the end of its pixels is missing",
	"png-rubbish-after.png":     "it has no end",
	"png-extra.png":             "more bytes follow its end",
	"png-extra-idat.png":        "",
	"png-extra-pixels.png":      "it has more pixels than its size needs",
	"png-adler-missing.png":     "the end of its pixels is missing",
	"gif-no-trailer.gif":        "it has no end",
	"png-palette-none.png":      "its palette has 0 bytes",
	"png-palette-long.png":      "its palette has 768 bytes",
	"png-gray-palette.png":      "it has a palette, and is gray",
	"png-la-palette.png":        "it has a palette, and is gray",
	"png-crc-iend.png":          "",
	"png-palette-trns-long.png": "",
}

// TestPillow compares every file of the corpus with what Pillow makes of it.
func TestPillow(t *testing.T) {
	files := corpus(t)
	compared := map[string]int{}
	for name, data := range files {
		if strings.HasSuffix(name, ".ppm.ppm") || strings.HasSuffix(name, ".ppm") && files[strings.TrimSuffix(name, ".ppm")] != nil {
			continue
		}
		want := files[name+".ppm"]
		m, warnings, err := Decode(data, small)
		kind, _, _ := strings.Cut(name, "-")
		if text := strings.Join(warnings, "; "); text != faulty[name] && text != exceptions[name] {
			t.Errorf("%s: warnings %q", name, text)
		}
		other, excepted := exceptions[name]
		switch {
		case excepted:
			if err != nil && (other == "" || !strings.Contains(err.Error(), other)) {
				t.Errorf("%s: want error %q, got %v", name, other, err)
			}
		case want == nil && err == nil:
			t.Errorf("%s: read, with warnings %q; Pillow refuses it", name, warnings)
		case want == nil:
			compared["refused"]++
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case !bytes.Equal(ppm(m), want):
			t.Errorf("%s: %T of %v: %s", name, m, m.Bounds(), difference(ppm(m), want))
		default:
			compared[kind]++
		}
	}
	t.Log(compared)
}

// difference says how far two files of the same header are apart.
func difference(got, want []byte) string {
	if len(got) != len(want) {
		return fmt.Sprintf("%.15q, want %.15q", got, want)
	}
	n, most, first := 0, 0, -1
	for i := range got {
		if d := int(got[i]) - int(want[i]); d != 0 {
			if n++; first < 0 {
				first = i
			}
			most = max(most, max(d, -d))
		}
	}
	return fmt.Sprintf("%d of %d bytes differ, by up to %d; the first is %d, %d for %d", n, len(got), most, first, got[first], want[first])
}

// TestNoPicture tells what else a file is.
func TestNoPicture(t *testing.T) {
	for begin, want := range map[string]string{
		"":                                 "no picture of a known kind",
		"hello":                            "no picture of a known kind",
		"<!DOCTYPE html><html>":            "a web page",
		"version https://git-lfs.github.c": "a pointer of Git LFS",
		"\x00\x00\x00\x20ftypavif\x00":     "an AVIF or HEIC picture",
		"\x00\x00\x00\x0cjP  \r\n":         "a JPEG 2000 picture",
		"PK\x03\x04":                       "a zip archive",
		"P7\nWIDTH 3\n":                    "no picture of a known kind",
	} {
		_, _, err := Decode([]byte(begin), small)
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %q, got %v", begin, want, err)
		}
	}
}

// TestCorrupt damages a file of every form. What a PNG says without a warning is right.
func TestCorrupt(t *testing.T) {
	files := corpus(t)
	for _, name := range []string{"png-2-8.png", "png-3-4-interlaced.png", "gif-codes.gif", "bmp-rle8.bmp", "bmp-16-565-v4.bmp", "pnm-3-255.ppm",
		"pnm-4.pbm", "webp-17x33-20.webp", "webp-3x5-lossless.webp", "webp-frames.webp", "tiff-rgb-tiff_lzw.tif", "tiff-group4.tif", "tiff-ii-tiles-3-deflate.tif", "tiff-la-packbits.tif"} {
		t.Run(name, func(t *testing.T) {
			want := files[name+".ppm"]
			// Sizes up to those that small allows, in several copies.
			corrupt.Every(t, files[name], 32<<20, func(damaged []byte) error {
				m, warnings, err := Decode(damaged, small)
				if err == nil && strings.HasPrefix(name, "png") && len(warnings) == 0 && !bytes.Equal(ppm(m), want) {
					t.Error("other pixels")
				}
				return err
			})
		})
	}
}

func FuzzDecode(f *testing.F) {
	for name, data := range corpus(f) {
		if !strings.HasSuffix(name, ".ppm") && len(data) < 1000 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, _, err := Decode(data, small); err == nil && m.Bounds().Empty() {
			t.Fatalf("a picture of %v", m.Bounds())
		}
	})
}
