package data

import (
	"encoding/json"
	"fmt"
)

// Augment is the value of -augment: the name of a way to change training pictures at
// random, or none. Where it was a switch, true is the paper's way and false is none.
type Augment string

// The ways that commands know.
const (
	Paper       Augment = "paper"
	Torchvision Augment = "torchvision"
	None        Augment = "none"
)

// String implements flag.Value.
func (a *Augment) String() string { return string(*a) }

// Set implements flag.Value.
func (a *Augment) Set(text string) error {
	switch text {
	case "true":
		*a = Paper
	case "false":
		*a = None
	default:
		*a = Augment(text)
	}
	return nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *Augment) UnmarshalJSON(text []byte) error {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return err
	}
	return a.Set(fmt.Sprint(value))
}
