package tensorboard

import (
	"testing"

	"github.com/gorgonet/gorgonet/internal/misuse"
)

// TestNil wants an error of reading from nothing.
func TestNil(t *testing.T) {
	misuse.Methods(t, nil, (*Reader)(nil), &Reader{}, &Writer{}, Event{}, Histogram{})
}
