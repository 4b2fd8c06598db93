package scoring

import (
	"testing"

	"github.com/gorgonet/gorgonet/internal/misuse"
)

// TestNil wants no panic of counts that nobody has begun.
func TestNil(t *testing.T) {
	misuse.Methods(t, nil, &Tally{}, &Confusion{}, (*Pixels)(nil), &Pixels{})
	if (*Tally)(nil).Add(Answer{}) == nil || (*Confusion)(nil).Add(0, 0, 1) == nil {
		t.Error("nothing counts")
	}
}
