package network

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
)

// Rate is a probability of dropping, as a flag: not given it is the network's own, and
// null in JSON.
type Rate struct {
	value float64
	given bool
}

// String implements flag.Value.
func (r *Rate) String() string {
	if r == nil || !r.given {
		return ""
	}
	return strconv.FormatFloat(r.value, 'g', -1, 64)
}

// Set implements flag.Value.
func (r *Rate) Set(text string) error {
	if text == "" {
		*r = Rate{}
		return nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !(x >= 0 && x < 1) {
		return fmt.Errorf("a probability is 0 to below 1, not %q", text)
	}
	*r = Rate{x, true}
	return nil
}

// MarshalJSON implements json.Marshaler.
func (r Rate) MarshalJSON() ([]byte, error) {
	if !r.given {
		return []byte("null"), nil
	}
	return json.Marshal(r.value)
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Rate) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return r.Set("")
	}
	return r.Set(string(text))
}

// option is the rate as resnet.Options have it.
func (r Rate) option() float64 {
	if r.given && r.value == 0 {
		return -1
	}
	return r.value
}

// bindDrop binds what training drops.
func (n *Choice) bindDrop(f *cli.Flags) {
	f.Var(&n.DropPath, "drop-path", "`RATE` of stochastic depth: the probability that a step leaves out the last residual unit of a picture; that of others grows to it from 0 (by default the network's own)")
	f.Var(&n.Dropout, "dropout", "`RATE` of dropout: before the last linear layers, in the blocks of a ViT, after the layers of a DenseNet (by default the network's own)")
}
