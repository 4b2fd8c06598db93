package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

func TestFigures(t *testing.T) {
	for _, mode := range []string{"train", "infer"} {
		code, stdout, stderr := clitest.Run(t, "-model", "resnet8", "-batch", "4", "-steps", "3", "-mode", mode, "-json")
		if code != 0 {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		var f figures
		if err := json.Unmarshal([]byte(stdout), &f); err != nil || strings.Count(stdout, "\n") != 1 {
			t.Fatalf("want one line of JSON, got %q: %v", stdout, err)
		}
		if f.Model != "resnet8" || f.Batch != 4 || f.Mode != mode || f.MsPerStep <= 0 || f.PeakRSSMB <= 0 {
			t.Errorf("%s: %+v", mode, f)
		}
		if speed := 4 / f.MsPerStep * 1e3; f.ImagesPerSecond < 0.99*speed || f.ImagesPerSecond > 1.01*speed {
			t.Errorf("%s: %v images/s do not fit %v ms for 4 images", mode, f.ImagesPerSecond, f.MsPerStep)
		}
	}
}

func TestBadInput(t *testing.T) {
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-mode", "both"}, 2, "-mode is train or infer"},
		{[]string{"-batch", "0"}, 2, "-batch must be positive, not 0"},
		{[]string{"-steps", "-1"}, 2, "-steps must be positive, not -1"},
		{[]string{"-json", "-ops"}, 2, "without the tables of -ops and -kernels"},
		{[]string{"resnet20"}, 2, "unexpected argument"},
		{[]string{"-model", "lenet"}, 2, "unknown model"},
	} {
		code, _, stderr := clitest.Run(t, test.args...)
		if code != test.code || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit %d and %q, want %d and %q", test.args, code, stderr, test.code, test.want)
		}
	}
}

// TestFullDisk wants a profile that is not whole to be said.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	code, _, stderr := clitest.Run(t, "-model", "resnet8", "-batch", "4", "-steps", "1", "-profile", "/dev/full")
	if code != 1 || !strings.Contains(stderr, "/dev/full: no space left on device; free some space there") {
		t.Errorf("exit %d, %q", code, stderr)
	}
}
