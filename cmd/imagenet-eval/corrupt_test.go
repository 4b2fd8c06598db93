package main

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/testdata/corrupt"
)

// TestCorruptSettings resumes from damaged config.json: an error, or settings that are
// the same but for what was changed.
func TestCorruptSettings(t *testing.T) {
	path := filepath.Join(corrupt.Dir(t), "run")
	weights := write(t, filepath.Join(path, "weights"), nil)
	text := fmt.Appendf(nil, `{"command": "imagenet-eval", "version": "v1", "weights": ["resnet8=%s"], "sha256": ["12"], "data": "val", "protocol": "multi-scale", "sides": "64,96", `+
		`"average": "logits", "batch": 32, "preprocessing": {"resize": 64, "crop": 32, "interpolation": "bilinear", "mean": "0.5,0.5,0.5", "std": "1,1,1"}}`, weights)
	corrupt.Every(t, text, 1<<20, func(damaged []byte) error {
		corrupt.Write(t, filepath.Join(path, "config.json"), damaged)
		p, err := command().Open(cli.NewFlags("imagenet-eval"), []string{"-resume", "-out", path})
		if err != nil {
			return err
		}
		p.Directory.Close()
		if s := p.Settings; s.Batch < 1 || len(s.Members) == 0 || s.Protocol == "" {
			t.Errorf("%+v", s)
		}
		return nil
	})
}
