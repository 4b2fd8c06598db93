package settings

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
)

const configFile = "config.json"

// file is config.json: the settings, after the command and its version.
type file struct {
	name, noun string
	renamed    map[string]string
	settings   any
	err        error // why the settings are not those of this command
}

// head is what config.json begins with.
type head struct {
	Command string `json:"command"`
	Version string `json:"version"`
}

// MarshalJSON implements json.Marshaler.
func (f file) MarshalJSON() ([]byte, error) {
	h, err := json.Marshal(head{f.name, cli.Version()})
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(f.settings)
	return bytes.Join([][]byte{bytes.TrimSuffix(h, []byte("}")), bytes.TrimPrefix(body, []byte("{"))}, []byte(",")), err
}

// UnmarshalJSON implements json.Unmarshaler. It sets err instead of returning what is
// no fault of the file.
func (f *file) UnmarshalJSON(text []byte) error {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(text, &values); err != nil {
		return err
	}
	if command := writer(values); command != f.name {
		is := "no " + f.noun + " of " + f.name
		if command != "" {
			is = "what " + command + " has made"
		}
		f.err = fmt.Errorf("it holds %s", is)
		return nil
	}
	for old, today := range f.renamed {
		if value, there := values[old]; there {
			values[today] = value
		}
	}
	text, err := json.Marshal(values)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, f.settings)
}

// marks are keys that only the config.json of one command has, for those written
// before they said whose they are.
var marks = []struct{ key, command string }{
	{"depths", "degradation-experiment"},
	{"protocol", "imagenet-eval"},
	{"layer_decay", "imagenet-train"},
	{"normalize", "cifar-train"},
}

// writer is the command that has written the values, empty for none that is known.
func writer(values map[string]json.RawMessage) (command string) {
	if text, says := values["command"]; says && json.Unmarshal(text, &command) == nil {
		return command
	}
	for _, m := range marks {
		if _, there := values[m.key]; there {
			return m.command
		}
	}
	return ""
}
