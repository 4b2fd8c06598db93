package weights

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTorchvisionNames(t *testing.T) {
	for _, test := range []struct{ name, given, want string }{
		{"torchvision's own", "conv1.weight layer1.0.downsample.0.weight fc.bias", ""},
		{"DataParallel", "module.conv1.weight module.fc.bias", "conv1.weight fc.bias"},
		{"not all of them", "module.conv1.weight fc.bias", ""},
		{"the prefix alone", "module. module.fc.bias", ""},
		{"compiled and parallel", "module._orig_mod.conv1.weight", "conv1.weight"},
		{"networks for CIFAR", "module.layer2.0.shortcut.0.weight module.linear.weight", "layer2.0.downsample.0.weight fc.weight"},
		{"compiled, sharded and in a model", "net._fsdp_wrapped_module._orig_mod.conv1.weight net._fsdp_wrapped_module._orig_mod.fc.bias", "conv1.weight fc.bias"},
		{"beside a counter", "n_averaged module.conv1.weight module.fc.bias", "n_averaged conv1.weight fc.bias"},
		{"Hugging Face", "resnet.embedder.embedder.convolution.weight resnet.embedder.embedder.normalization.bias " +
			"resnet.encoder.stages.1.layers.0.shortcut.convolution.weight resnet.encoder.stages.1.layers.0.shortcut.normalization.weight " +
			"resnet.encoder.stages.3.layers.11.layer.2.convolution.weight resnet.encoder.stages.0.layers.1.layer.0.normalization.running_var classifier.1.bias",
			"conv1.weight bn1.bias layer2.0.downsample.0.weight layer2.0.downsample.1.weight layer4.11.conv3.weight layer1.1.bn1.running_var fc.bias"},
		{"EfficientNet's own", "features.0.0.weight classifier.1.weight classifier.1.bias", ""},
		{"a name that is taken", "linear.weight fc.weight", ""},
		{"linear elsewhere", "layer1.linear.weight", ""},
	} {
		var arrays []Array
		for _, name := range strings.Fields(test.given) {
			arrays = append(arrays, Array{Name: name})
		}
		want := test.want
		if want == "" {
			want = test.given
		}
		var got []string
		for _, a := range TorchvisionNames(arrays) {
			got = append(got, a.Name)
		}
		if strings.Join(got, " ") != want || arrays[0].Name != strings.Fields(test.given)[0] {
			t.Errorf("%s: %v, want %s", test.name, got, want)
		}
	}
}

func TestNotFinite(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	got := NotFinite([]Array{{Name: "a", Data: []float32{0, nan, nan}}, {Name: "b", Data: []float32{1, math.MaxFloat32}},
		{Name: "c", Data: []float32{-inf}}, {Name: "d", Ints: []int64{1}}, {Name: "e", Data: []float32{inf}}})
	if want := []string{"a", "c", "e"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestPretrained reads real files of trained networks for CIFAR-10.
func TestPretrained(t *testing.T) {
	dir := os.Getenv("GORGONET_DATA")
	if dir == "" {
		t.Skip("GORGONET_DATA names no folder with pretrained/resnet20-12fca82f.th and others")
	}
	for file, depth := range map[string]int{"resnet20-12fca82f.th": 20, "resnet32-d509ac18.th": 32} {
		arrays, err := Read(filepath.Join(dir, "pretrained", file))
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"conv1.weight[16 3 3 3]"}
		norm := func(name string, planes int) {
			for _, part := range []string{"weight", "bias", "running_mean", "running_var"} {
				want = append(want, fmt.Sprintf("%s.%s[%d]", name, part, planes))
			}
			want = append(want, name+".num_batches_tracked[]")
		}
		norm("bn1", 16)
		in := 16
		for stage := range 3 {
			for unit := range (depth - 2) / 6 {
				for conv := 1; conv <= 2; conv++ {
					name, planes := fmt.Sprintf("layer%d.%d", stage+1, unit), 16<<stage
					want = append(want, fmt.Sprintf("%s.conv%d.weight[%d %d 3 3]", name, conv, planes, in))
					norm(fmt.Sprintf("%s.bn%d", name, conv), planes)
					in = planes
				}
			}
		}
		want = append(want, "fc.weight[10 64]", "fc.bias[10]")
		var got []string
		for _, a := range TorchvisionNames(arrays) {
			if !strings.HasSuffix(a.Name, ".num_batches_tracked") || len(a.Ints) == 1 {
				got = append(got, fmt.Sprint(a.Name, a.Shape))
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		// Files of early versions of PyTorch have no counters.
		if !slices.Contains(got, "bn1.num_batches_tracked[]") {
			want = slices.DeleteFunc(want, func(s string) bool { return strings.Contains(s, "num_batches_tracked") })
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has %v, want %v", file, got, want)
		}
		if bad := NotFinite(arrays); bad != nil {
			t.Errorf("%s: %v are not finite", file, bad)
		}
	}
}
