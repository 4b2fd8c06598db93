package weights

import (
	"fmt"
	"regexp"
	"strings"
)

// Taken says what of a file was taken, and what was passed over.
type Taken struct {
	// Key is what leads to the tensors, such as state_dict.module; "" where they
	// have the network's names.
	Key string

	// Raw is the key of the weights that Key is an average of; Average tells
	// whether there are such.
	Raw     string
	Average bool

	// Renamed is the file's name of the last layer, where it is another.
	Renamed string

	// Fresh are the tensors of the network that nothing was taken for.
	Fresh []string

	// Adapted is the first layer, where its weights were for another number of
	// input channels, Channels.
	Adapted  string
	Channels int

	// Resized are a Transformer's positions, where they were for pictures with so many
	// Patches on a side.
	Resized string
	Patches int

	// Over is what was passed over: groups of tensors, and what is no tensor. Counters
	// of batches are not worth a word.
	Over []string
}

// String is one line, "" where all was taken as it is.
func (t Taken) String() string {
	var parts []string
	switch {
	case t.Average && t.Raw == "":
		parts = append(parts, fmt.Sprintf("took %s, an average, before the weights that it is of", shown(t.Key)))
	case t.Average:
		parts = append(parts, fmt.Sprintf("took %s, an average, before %s", shown(t.Key), shown(t.Raw)))
	case t.Key != "":
		parts = append(parts, "took "+shown(t.Key))
	}
	if t.Renamed != "" {
		parts = append(parts, "the last layer is "+shown(t.Renamed))
	}
	if t.Adapted != "" {
		parts = append(parts, fmt.Sprintf("%s adapted from %d input channels", t.Adapted, t.Channels))
	}
	if t.Resized != "" {
		parts = append(parts, fmt.Sprintf("%s resized from %dx%d patches", t.Resized, t.Patches, t.Patches))
	}
	if len(t.Over) > 0 {
		parts = append(parts, "passed over "+some(t.Over, 8))
	}
	return strings.Join(parts, "; ")
}

// Words of names, between what is neither letter nor digit.
var (
	words = regexp.MustCompile(`[A-Za-z0-9]+`)

	// averages are of weights along the steps of a training.
	averages = map[string]bool{"ema": true, "average": true, "averaged": true, "swa": true, "shadow": true, "teacher": true}
	// slots are what else a training keeps for every weight.
	slots = map[string]bool{"optimizer": true, "optimizers": true, "optim": true, "momentum": true, "velocity": true, "exp": true, "sq": true,
		"scheduler": true, "scaler": true, "grad": true, "gradient": true, "k": true}
)

// rank orders parts of a file of which each fits: averages first, slots of an
// optimizer last.
func rank(key string) int {
	at := 1
	for _, w := range words.FindAllString(key, -1) {
		switch w = strings.ToLower(w); {
		case slots[w]:
			return 2
		case averages[w]:
			at = 0
		}
	}
	return at
}

// over lists what of a file was not taken: entries that taken does not have, by
// the first part of their names in which they differ from key, or the last of single
// values below it.
func (f *File) over(key string, taken map[*entry]bool) []string {
	counts := map[string]int{}
	var order []string
	for _, e := range f.entries {
		if taken[e] || strings.HasSuffix(e.name, countersEnd) {
			continue
		}
		group := diverging(e.name, key)
		if size(e.Shape) == 1 && strings.HasPrefix(e.name, key) { // which operations are counted by, one a layer
			group = e.name[len(layerOf(e.name)):]
		}
		if counts[group] == 0 {
			order = append(order, group)
		}
		counts[group]++
	}
	var out []string
	for _, group := range order {
		switch n := counts[group]; n {
		case 1:
			out = append(out, shown(group))
		default:
			out = append(out, fmt.Sprintf("%s (%d tensors)", shown(group), n))
		}
	}
	for _, o := range f.others {
		group := diverging(o.name, key)
		if counts[group] == 0 {
			counts[group] = 1
			if group == o.name {
				out = append(out, o.String())
			} else {
				out = append(out, shown(group))
			}
		}
	}
	return out
}

// countersEnd is how the names of PyTorch's counters of batches end, which nothing
// here depends on.
const countersEnd = "num_batches_tracked"

// diverging is the beginning of a name up to the first part that key does not have.
func diverging(name, key string) string {
	at := 0
	for {
		part, _, more := strings.Cut(name[at:], ".")
		end := at + len(part)
		if !more || key != name[:end] && !strings.HasPrefix(key, name[:end]+".") {
			return name[:end]
		}
		at = end + 1
	}
}

// AmbiguousError says that several parts of a file could be meant.
type AmbiguousError struct{ Keys []string }

// Error names them, and how one is chosen.
func (e *AmbiguousError) Error() string {
	keys := make([]string, len(e.Keys))
	for i, k := range e.Keys {
		if keys[i] = shown(k); k == "" {
			keys[i] = "the names without a key"
		}
	}
	return fmt.Sprintf("it holds several that could be meant, under the keys %s; choose one by its key", some(keys, 8))
}
