package training_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// earlier are the runs whose checkpoints in testdata an earlier version wrote, after
// step 9 of 20, in the middle of an epoch. The checkpoints are not to be made anew:
// what is tested is that they can still be gone on from.
func earlier() map[string]training.Config {
	c := config()
	c.Name = "narrow"
	c.Model = resnet.Config{About: resnet.Info{Name: "narrow", Classes: 4}, Block: blocks.BasicBlock, Unit: blocks.Unit{Shortcut: blocks.ShortcutA},
		Stages: []resnet.Stage{{Units: 1, Planes: 16, Stride: 1}, {Units: 1, Planes: 16, Stride: 2}}}
	average := c
	average.Average, average.Accumulate, average.Smoothing, average.Mix = 0.9, 2, 0.1, training.Mix{Mixup: 0.2, CutMix: 1}
	average.Schedule = training.Plateau{Base: 0.05, Patience: 1}
	c.Optimizer = training.SGD{Momentum: 0.9, Decay: 1e-4}
	average.Optimizer, average.Groups = training.SGD{Momentum: 0.9, Decay: 5e-4, Nesterov: true}, training.Groups{WeightsOnly: true}
	return map[string]training.Config{"momentum": c, "average": average}
}

// TestEarlierCheckpoints resumes from checkpoints of an earlier version and wants the
// bits that it came to, by every set of kernels for which they are known.
func TestEarlierCheckpoints(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("elsewhere Go fuses multiplications and additions")
	}
	text, err := os.ReadFile("testdata/checkpoints.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]map[string]string // checksums by run and kernels
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	kernels, _ := graph.Kernels()
	for name, c := range earlier() {
		tr := newTrainer(t, c)
		if err := tr.Load(filepath.Join("testdata", name+".safetensors")); err != nil {
			t.Fatal(err)
		}
		if tr.Iteration() != 9 {
			t.Errorf("%s: resumed at step %d, want 9", name, tr.Iteration())
		}
		if err := tr.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		for _, word := range bits(t, tr, []training.Record{*tr.Last()}) {
			_ = binary.Write(sum, binary.LittleEndian, word)
		}
		if got := hex.EncodeToString(sum.Sum(nil)); got != want[name][kernels] {
			t.Errorf("%s, kernels %s: the resumed run comes to %s, want %s", name, kernels, got, want[name][kernels])
		}
	}
	if os.Getenv("GORGONET_KERNELS") != "" {
		return
	}
	for _, other := range []string{"avx2", "go"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestEarlierCheckpoints$", "-test.count=1")
		cmd.Env = append(os.Environ(), "GORGONET_KERNELS="+other)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("with GORGONET_KERNELS=%s: %v\n%s", other, err, out)
		}
	}
}
