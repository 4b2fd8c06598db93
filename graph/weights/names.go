package weights

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// wrappers are prefixes that all tensors of a network get from what wraps it.
var wrappers = []string{
	"module.",    // DataParallel and DistributedDataParallel, AveragedModel
	"_orig_mod.", // torch.compile
	"_fsdp_wrapped_module.",
	"model.", "net.", "network.", "backbone.", "encoder.", "encoder_q.",
	"resnet.", // Hugging Face
}

// aliases are other people's names for parts of a network.
var aliases = []struct {
	theirs      *regexp.Regexp
	torchvision string // with the numbers that {1} stands for one higher
}{
	// DenseNets of torchvision's files.
	{regexp.MustCompile(`(\bdenselayer\d+\.(?:norm|relu|conv))\.([12]\.)`), "$1$2"},
	// Networks for CIFAR, with projections.
	{regexp.MustCompile(`\.shortcut\.(\d)`), ".downsample.$1"},
	// Hugging Face's ResNets.
	{regexp.MustCompile(`(?:resnet\.)?embedder\.embedder\.convolution\.`), "conv1."},
	{regexp.MustCompile(`(?:resnet\.)?embedder\.embedder\.normalization\.`), "bn1."},
	{regexp.MustCompile(`(?:resnet\.)?encoder\.stages\.(\d+)\.layers\.(\d+)\.shortcut\.convolution\.`), "layer{$1}.$2.downsample.0."},
	{regexp.MustCompile(`(?:resnet\.)?encoder\.stages\.(\d+)\.layers\.(\d+)\.shortcut\.normalization\.`), "layer{$1}.$2.downsample.1."},
	{regexp.MustCompile(`(?:resnet\.)?encoder\.stages\.(\d+)\.layers\.(\d+)\.layer\.(\d+)\.convolution\.`), "layer{$1}.$2.conv{$3}."},
	{regexp.MustCompile(`(?:resnet\.)?encoder\.stages\.(\d+)\.layers\.(\d+)\.layer\.(\d+)\.normalization\.`), "layer{$1}.$2.bn{$3}."},
	// torchvision's own detectors of old: of the published files.
	{regexp.MustCompile(`(\brpn\.head\.conv|\bfpn\.(?:inner|layer)_blocks\.\d+)\.(weight|bias)$`), "$1.0.$2"},
	{regexp.MustCompile(`\brpn\.head\.conv\.0\.(weight|bias)$`), "rpn.head.conv.0.0.$1"},
	{regexp.MustCompile(`\bmask_head\.mask_fcn1\.`), "mask_head.0.0."},
	{regexp.MustCompile(`\bmask_head\.mask_fcn2\.`), "mask_head.1.0."},
	{regexp.MustCompile(`\bmask_head\.mask_fcn3\.`), "mask_head.2.0."},
	{regexp.MustCompile(`\bmask_head\.mask_fcn4\.`), "mask_head.3.0."},
	{regexp.MustCompile(`\b((?:classification|regression)_head\.conv)\.0\.(weight|bias)$`), "$1.0.0.$2"},
	{regexp.MustCompile(`\b((?:classification|regression)_head\.conv)\.2\.(weight|bias)$`), "$1.1.0.$2"},
	{regexp.MustCompile(`\b((?:classification|regression)_head\.conv)\.4\.(weight|bias)$`), "$1.2.0.$2"},
	{regexp.MustCompile(`\b((?:classification|regression)_head\.conv)\.6\.(weight|bias)$`), "$1.3.0.$2"},
	// torchvision's own Vision Transformers of old.
	{regexp.MustCompile(`\.mlp\.linear_1\.`), ".mlp.0."},
	{regexp.MustCompile(`\.mlp\.linear_2\.`), ".mlp.3."},
}

var higher = regexp.MustCompile(`\{\d+\}`)

// torchvisionName is what torchvision calls a tensor, whatever wraps the network.
func torchvisionName(name string) string {
	for _, a := range aliases {
		if !a.theirs.MatchString(name) {
			continue
		}
		name = a.theirs.ReplaceAllString(name, a.torchvision)
		name = higher.ReplaceAllStringFunc(name, func(s string) string {
			n, _ := strconv.Atoi(s[1 : len(s)-1])
			return strconv.Itoa(n + 1)
		})
	}
	return name
}

// heads are other people's names for the last layer of a residual network.
var heads = []string{"linear.", "head.fc.", "classifier.1."}

// TorchvisionNames returns the arrays under torchvision's names: without the
// prefixes of wrappers that all of them have, but for single values without a dot, such as n_averaged,
// and with parts that other implementations call otherwise renamed. Only what no array
// has already is taken for a new name.
func TorchvisionNames(arrays []Array) []Array {
	out := slices.Clone(arrays)
	for again := true; again; {
		again = false
		for _, prefix := range wrappers {
			again = rename(out, func(name string) string {
				if rest := strings.TrimPrefix(name, prefix); rest != "" {
					return rest
				}
				return name
			}, true) || again
		}
	}
	rename(out, torchvisionName, false)
	if slices.ContainsFunc(out, func(a Array) bool { return strings.HasPrefix(a.Name, "features.") }) {
		return out // no ResNet: their heads are called otherwise
	}
	for _, head := range heads {
		rename(out, func(name string) string {
			if rest, ok := strings.CutPrefix(name, head); ok {
				return "fc." + rest
			}
			return name
		}, false)
	}
	return out
}

// rename gives the arrays new names unless two would have the same, and tells
// whether it has; where all is set, only if every name changes but those of single
// values.
func rename(arrays []Array, to func(name string) string, all bool) bool {
	names := make([]string, len(arrays))
	seen := make(map[string]bool, len(arrays))
	changed := false
	for i, a := range arrays {
		names[i] = to(a.Name)
		lone := len(a.Shape) == 0 && !strings.Contains(a.Name, ".")
		if seen[names[i]] || all && names[i] == a.Name && !lone {
			return false
		}
		changed = changed || names[i] != a.Name
		seen[names[i]] = true
	}
	for i, name := range names {
		arrays[i].Name = name
	}
	return changed
}
