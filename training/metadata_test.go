package training

import (
	"bytes"
	"os"
	"testing"
)

// FuzzMetadata reads the header of any file without a panic, and what it takes for a
// card can be written again.
func FuzzMetadata(f *testing.F) {
	file, err := os.ReadFile("testdata/average.safetensors")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file[:4000])
	f.Add([]byte("\x7b\x00\x00\x00\x00\x00\x00\x00" + `{"__metadata__":{"model":"m","classes":"[\"a\"]","shape":"[8,8,3]","preprocessing":"{\"mean\":[1,2,3],\"std\":[1,1,1]}"}}      `))
	f.Fuzz(func(t *testing.T, file []byte) {
		metadata := readMetadata(bytes.NewReader(file))
		if metadata[modelKey] == "" {
			return
		}
		c, err := parseCard(metadata)
		if err != nil {
			return
		}
		again := map[string]string{}
		if err := c.write(again); err != nil {
			t.Fatal(err)
		}
		d, err := parseCard(again)
		if err != nil || d.Model != c.Model || !d.Preprocessing.Equal(c.Preprocessing) {
			t.Errorf("%+v comes back as %+v: %v", c, d, err)
		}
	})
}
