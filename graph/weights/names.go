package weights

import (
	"slices"
	"strings"
)

// wrappers are prefixes that all tensors of a network get from what wraps it.
var wrappers = []string{
	"module.",    // DataParallel and DistributedDataParallel
	"_orig_mod.", // torch.compile
}

// aliases are other people's names for parts of a network.
var aliases = []struct{ theirs, torchvision string }{
	{"linear.", "fc."},             // networks for CIFAR
	{".shortcut.", ".downsample."}, // the same with projections
}

// TorchvisionNames returns the arrays under torchvision's names: without the
// prefix of a wrapper that all of them have, and with parts that other
// implementations call otherwise renamed. Only what no array has already is taken
// for a new name.
func TorchvisionNames(arrays []Array) []Array {
	out := slices.Clone(arrays)
	for _, prefix := range wrappers {
		rename(out, func(name string) string {
			if rest := strings.TrimPrefix(name, prefix); rest != "" {
				return rest
			}
			return name
		}, true)
	}
	for _, a := range aliases {
		rename(out, func(name string) string {
			if strings.HasPrefix(a.theirs, ".") {
				return strings.Replace(name, a.theirs, a.torchvision, 1)
			}
			if rest, ok := strings.CutPrefix(name, a.theirs); ok {
				return a.torchvision + rest
			}
			return name
		}, false)
	}
	return out
}

// rename gives the arrays new names unless two would have the same; where all is
// set, only if every name changes.
func rename(arrays []Array, to func(name string) string, all bool) {
	names := make([]string, len(arrays))
	seen := make(map[string]bool, len(arrays))
	for i, a := range arrays {
		names[i] = to(a.Name)
		if seen[names[i]] || all && names[i] == a.Name {
			return
		}
		seen[names[i]] = true
	}
	for i, name := range names {
		arrays[i].Name = name
	}
}
