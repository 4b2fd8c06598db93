package weights

import (
	"os/exec"
	"strings"
	"testing"
)

// TestImports wants files of tensors, durable writing, the data sets and the
// records for TensorBoard to stand without Gorgonia.
func TestImports(t *testing.T) {
	command, err := exec.LookPath("go")
	if err != nil {
		t.Skip(err)
	}
	for _, name := range []string{"graph/weights", "internal/durable", "cifar", "imagenet", "training/tensorboard", "training/scoring"} {
		out, err := exec.Command(command, "list", "-deps", "github.com/gorgonet/gorgonet/"+name).Output()
		if err != nil || !strings.Contains(string(out), name) {
			t.Fatalf("%s: go list: %v", name, err)
		}
		for _, path := range strings.Fields(string(out)) {
			if strings.HasPrefix(path, "gorgonia.org/") || path == "github.com/gorgonet/gorgonet/graph" {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}
