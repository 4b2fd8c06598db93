package diffusion

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
)

// TestNames wants the parameters of Ho et al. 2020, appendix B: 35.7 and 114 million.
func TestNames(t *testing.T) {
	want := map[string]int{"ddpm_unet_cifar": 35_746_307, "ddpm_unet_256": 113_673_219, "ddpm_unet_tiny_cifar": 2_736_099}
	if names := Names(); len(names) != len(want) {
		t.Errorf("there are %v", names)
	}
	for name, parameters := range want {
		u, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if testing.Short() && parameters > 100e6 {
			continue // it takes half a gigabyte
		}
		state := graph.NewState()
		b := graph.NewBuilder(state, graph.Options{})
		size := map[bool]int{true: 256, false: 32}[name == "ddpm_unet_256"]
		u.Build(b, b.Input("x", 1, size, size, 3))
		if b.Err() != nil || state.Parameters() != parameters {
			t.Errorf("%s: %d parameters, want %d: %v", name, state.Parameters(), parameters, b.Err())
		}
		u.Multiples[0] = 99
		if again, _ := Lookup(name); again.Multiples[0] == 99 {
			t.Errorf("%s has been changed", name)
		}
	}
	if _, err := Lookup("ddpm"); err == nil || !strings.Contains(err.Error(), "ddpm_unet_cifar") {
		t.Errorf("got %v", err)
	}
}

func TestReadSetup(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, metadata map[string]string) string {
		path := filepath.Join(dir, name)
		if err := weights.WriteSafetensors(path, nil, metadata); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const head = `{"network":{"channels":8,"multiples":[1,2],"units":1,"attention":[4],"groups":4,"dropout":0.1},`
	good := head + `"first":0.001,"last":0.02,"steps":50}`
	setup, card, err := ReadSetup(file("good", map[string]string{"model": "x", "shape": "[8,8,3]", "carry.diffusion": good}))
	want := &Setup{Network: UNet{Channels: 8, Multiples: []int{1, 2}, Units: 1, Attention: []int{4}, Groups: 4, Dropout: 0.1}, First: 0.001, Last: 0.02, Steps: 50}
	if err != nil || !reflect.DeepEqual(setup, want) || card.Model != "x" || !slices.Equal(card.Shape, []int{8, 8, 3}) {
		t.Errorf("%+v, %+v, %v", setup, card, err)
	}
	if setup, card, err := ReadSetup(file("other", nil)); setup != nil || card != nil || err != nil {
		t.Errorf("a file that says nothing: %v, %v, %v", setup, card, err)
	}
	for text, want := range map[string]string{
		"":  `a checkpoint of "x", not of a denoising network`,
		"{": "is damaged",
		head + `"first":0.001,"last":0.02,"steps":2000000}`:                    "at most 1000000",
		head + `"first":1,"last":0.02,"steps":50}`:                             "0 < first",
		`{"network":{"channels":1000000},"first":1e-4,"last":0.02,"steps":50}`: "even Channels",
	} {
		metadata := map[string]string{"model": "x", "carry.diffusion": text}
		if text == "" {
			delete(metadata, "carry.diffusion")
		}
		if _, _, err := ReadSetup(file("bad", metadata)); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%q: want %q, got %v", text, want, err)
		}
	}
	if _, _, err := ReadSetup(filepath.Join(dir, "none")); err == nil {
		t.Error("a file that is not there is read")
	}
}
