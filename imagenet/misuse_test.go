package imagenet_test

import (
	"context"
	"image"
	"os"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/imagenet"
)

func TestDecodeNothing(t *testing.T) {
	if _, err := imagenet.Decode(nil); err == nil || !strings.Contains(err.Error(), "want a picture to decode, got nil") {
		t.Errorf("want an error, got %v", err)
	}
}

// TestMisuse wants an error of what is nil or of nobody's making.
func TestMisuse(t *testing.T) {
	var none context.Context
	for name, test := range map[string]struct {
		try  func() error
		want string
	}{
		"a picture of nobody's making": {func() error { _, err := new(imagenet.Picture).Image(); return err }, "the picture is empty"},
		"writing it":                   {func() error { return new(imagenet.Picture).Write(nil, imagenet.Normalization{}) }, "the picture is empty"},
		"ten crops of nil":             {func() error { _, err := imagenet.TenCrop(nil, 8); return err }, "the picture is empty"},
		"a device":                     {func() error { _, err := imagenet.Open(os.DevNull); return err }, "is a device, not a picture"},
		"a transform that is nil": {func() error {
			p := imagenet.Pipeline{Size: 8, Transforms: []imagenet.Transform{imagenet.CenterCrop{Size: 8}, nil}}
			return p.Apply(make([]float32, 192), image.NewRGBA(image.Rect(0, 0, 8, 8)), nil)
		}, "transform 1 is nil"},
		"a folder without a context": {func() error { _, err := imagenet.OpenFolder(none, t.TempDir(), imagenet.FolderOptions{}); return err }, "want a context"},
		"the mean of nothing":        {func() error { _, err := imagenet.PixelMean(t.Context(), nil); return err }, "and examples, got nil"},
	} {
		if err := test.try(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: want an error with %q, got %v", name, test.want, err)
		}
	}
}
