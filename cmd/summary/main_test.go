package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/cmd/internal/network"
	"github.com/gorgonet/gorgonet/resnet"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

func TestBadInput(t *testing.T) {
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"resnet18"}, 2, `unexpected argument "resnet18"`},
		{[]string{"-by", "unit"}, 2, "-by is stage or layer"},
		{[]string{"-shortcut", "none"}, 2, "-shortcut is A, B or C"},
		{[]string{"-input", "-1"}, 2, "-input is 1 to 2048"},
		{[]string{"-input", "100000"}, 2, "-input is 1 to 2048"},
		{[]string{"-classes", "-1"}, 2, "-classes is 1 to 100000, not -1"},
		{[]string{"-all", "-dot", "x"}, 2, "-dot draws one -model"},
		{[]string{"-all", "-by", "layer"}, 2, "-all has a row for every network"},
		{[]string{"-dot", "x", "-by", "layer"}, 2, "leave one out"},
		{[]string{"-model", "resnet21"}, 2, "6n+2"},
		{[]string{"-model", "vgg19", "-input", "3"}, 1, "does not fit"},
		{[]string{"-model", "resnet8", "-dot", filepath.Join(t.TempDir(), "none", "x.dot")}, 1, "cannot write the drawing"},
	} {
		code, _, stderr := clitest.Run(t, test.args...)
		if code != test.code || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: want exit %d and one line with %q, got %d and %q", test.args, test.code, test.want, code, stderr)
		}
	}
}

func TestTables(t *testing.T) {
	file := filepath.Join(t.TempDir(), "resnet8.dot")
	for _, test := range []struct {
		args []string
		want []string
	}{
		{[]string{"-model", "resnet8"}, []string{`(?m)^layer2 +\[3x3, 32; 3x3, 32\] +16x16x32 +13,952 +3,538,944$`, `(?m)^total .* 75,290 +12,239,488$`}},
		{[]string{"-model", "resnet8", "-by", "layer", "-classes", "7", "-shortcut", "C"}, []string{`(?m)^layer1\.0\.downsample\.0 +1x1, 16 `, `(?m)^fc +fc, 7 +7 +455 +448$`}},
		{[]string{"-model", "resnet8", "-dot", "-"}, []string{`^digraph "resnet8" \{`}},
		{[]string{"-model", "resnet8", "-dot", file}, []string{`resnet8 is drawn in .*resnet8\.dot; see it with: dot -Tsvg`}},
	} {
		code, stdout, stderr := clitest.Run(t, test.args...)
		for _, want := range test.want {
			if code != 0 || stderr != "" || !regexp.MustCompile(want).MatchString(stdout) {
				t.Errorf("%v: want %q, got exit %d, %q and\n%s", test.args, want, code, stderr, stdout)
			}
		}
	}
	if text, err := os.ReadFile(file); err != nil || !bytes.HasPrefix(text, []byte("digraph")) {
		t.Errorf("the drawing: %v, %.20q", err, text)
	}
}

func TestCompare(t *testing.T) {
	names := []string{"resnet18", "resnet50_2015", "resnet56"}
	var text strings.Builder
	if err := compare(context.Background(), &text, names, network.Choice{}, resnet.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`(?m)^resnet50_2015 +50 +224 +1000 +25,557,032 +3,857,973,248 +3\.8G$`,
		`(?m)^resnet56 +56 +32 +10 +853,018 +0\.85M +125,485,696$`,
	} {
		if !regexp.MustCompile(want).MatchString(text.String()) {
			t.Errorf("want %q in\n%s", want, text.String())
		}
	}
	if rows := strings.Count(text.String(), "\n"); rows != 1+len(names) {
		t.Errorf("%d rows:\n%s", rows, text.String())
	}
}
