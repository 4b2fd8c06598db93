package imagenet_test

import (
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/imagenet"
)

func TestDecodeNothing(t *testing.T) {
	if _, err := imagenet.Decode(nil); err == nil || !strings.Contains(err.Error(), "want a picture to decode, got nil") {
		t.Errorf("want an error, got %v", err)
	}
}
