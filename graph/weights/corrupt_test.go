package weights

import (
	"slices"
	"testing"

	"github.com/gorgonet/gorgonet/testdata/corrupt"
)

// TestCorruptWeights damages files of weights of every kind. All are refused when
// cut short. What has checksums is refused or read right: safetensors files written
// here, and PyTorch's zip format. Of other files damaged values cannot be told from
// right ones.
func TestCorruptWeights(t *testing.T) {
	plain := handmade(`{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},`+
		`"b":{"dtype":"F16","shape":[3],"data_offsets":[8,14]},"n":{"dtype":"I64","shape":[],"data_offsets":[14,22]}}`, 22)
	for name, test := range map[string]struct {
		file    []byte
		checked bool
	}{
		"safetensors with a checksum": {written(t, curious, map[string]string{"arch": "resnet20"}), true},
		"safetensors without":         {plain, false},
		"zip.pth":                     {fixture(t, "zip.pth"), true},
		"protocol4.pth":               {fixture(t, "protocol4.pth"), true},
		"checkpoint.pth":              {fixture(t, "checkpoint.pth"), true},
		"legacy.pth":                  {fixture(t, "legacy.pth"), false},
		"checkpoint-legacy.th":        {fixture(t, "checkpoint-legacy.th"), false},
	} {
		t.Run(name, func(t *testing.T) {
			want, err := parse(slices.Clone(test.file))
			if err != nil {
				t.Fatal(err)
			}
			memory := uint64(1<<20 + 64*len(test.file))
			corrupt.Every(t, test.file, memory, func(file []byte) error {
				cut := len(file) < len(test.file)
				checked := test.checked
				var arrays []Array
				var err error
				if isTorch(test.file) {
					arrays, err = parse(file)
				} else {
					arrays, _, checked, err = parseSafetensors(file)
				}
				switch {
				case err != nil:
				case cut:
					t.Error("it passes for a whole file")
				case checked:
					sameTyped(t, arrays, want)
				}
				return err
			})
		})
	}
}
