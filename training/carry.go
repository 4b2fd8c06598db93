package training

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"

	"github.com/pkg/errors"
)

// carryPrefix is that of the keys in the metadata of a checkpoint under which values
// ride that belong to the run.
const carryPrefix = "carry."

// ReadCarried sets what a checkpoint carries under a name of Config.Carry, from the
// checkpoint's head alone. known is false, and to left alone, where the file carries
// nothing of that name, as files of other programs.
func ReadCarried(path, name string, to any) (known bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return false, errors.Wrap(err, "training: cannot read weights")
	}
	defer f.Close()
	text, known := readMetadata(f)[carryPrefix+name]
	if !known {
		return false, nil
	}
	return true, errors.Wrapf(json.Unmarshal([]byte(text), to), "training: %s is damaged: carrying %s", path, name)
}

// checkCarry refuses what cannot be set when a run is resumed.
func (c *Config) checkCarry() error {
	for name, v := range c.Carry {
		if r := reflect.ValueOf(v); r.Kind() != reflect.Pointer || r.IsNil() {
			return errors.Errorf("training: carrying %s: want a pointer to a value, got a %T", name, v)
		}
		if _, err := json.Marshal(v); err != nil {
			return errors.Wrapf(err, "training: carrying %s", name)
		}
	}
	return nil
}

// writeCarry puts the values into the metadata of a checkpoint.
func (c *Config) writeCarry(metadata map[string]string) error {
	for name, v := range c.Carry {
		text, err := json.Marshal(v)
		if err != nil {
			return errors.Wrapf(err, "training: carrying %s", name)
		}
		metadata[carryPrefix+name] = string(text)
	}
	return nil
}

// readCarry sets the values that the metadata has and then calls last. After an error
// of either they are what they were.
func (c *Config) readCarry(metadata map[string]string, last func() error) error {
	before := map[string]string{}
	if err := c.writeCarry(before); err != nil {
		return err
	}
	set := func(metadata map[string]string) error {
		for _, name := range slices.Sorted(maps.Keys(c.Carry)) {
			if text, there := metadata[carryPrefix+name]; there {
				if err := json.Unmarshal([]byte(text), c.Carry[name]); err != nil {
					return errors.Wrapf(err, "carrying %s", name)
				}
			}
		}
		return nil
	}
	err := set(metadata)
	if err == nil {
		err = last()
	}
	if err != nil {
		_ = set(before) // which they came from
	}
	return err
}
