package cifar

import (
	"strconv"

	"github.com/pkg/errors"
)

// Variant is one of the two CIFAR data sets. The zero value is CIFAR10.
type Variant int

// The data sets of https://www.cs.toronto.edu/~kriz/cifar.html.
const (
	CIFAR10  Variant = iota // 10 classes, 50,000 training and 10,000 test images
	CIFAR100                // 100 classes (the fine labels), as many images
)

// archive is what is known of a data set's official download.
type archive struct {
	url    string
	file   string
	size   int64 // bytes
	sha256 string
}

// variants is indexed by Variant.
var variants = [...]struct {
	name    string
	archive archive
	layout  layout
}{
	CIFAR10: {
		name: "cifar10",
		archive: archive{
			url:    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
			file:   "cifar-10-binary.tar.gz",
			size:   170_052_171,
			sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
		},
		layout: layout{
			name:   "cifar10",
			folder: "cifar-10-batches-bin",
			train: []part{
				{"data_batch_1.bin", 10_000},
				{"data_batch_2.bin", 10_000},
				{"data_batch_3.bin", 10_000},
				{"data_batch_4.bin", 10_000},
				{"data_batch_5.bin", 10_000},
			},
			test:       []part{{"test_batch.bin", 10_000}},
			meta:       "batches.meta.txt",
			labelBytes: 1,
			classes:    cifar10Classes,
			python:     python{"cifar-10-batches-py", "batches.meta", "labels", "label_names"},
			archives:   []string{"cifar-10-binary.tar.gz", "cifar-10-python.tar.gz", "cifar-10-binary.tar", "cifar-10-python.tar"},
		},
	},
	CIFAR100: {
		name: "cifar100",
		archive: archive{
			url:    "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
			file:   "cifar-100-binary.tar.gz",
			size:   168_513_733,
			sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
		},
		layout: layout{
			name:       "cifar100",
			folder:     "cifar-100-binary",
			train:      []part{{"train.bin", 50_000}},
			test:       []part{{"test.bin", 10_000}},
			meta:       "fine_label_names.txt",
			labelBytes: 2,
			classes:    cifar100Classes,
			python:     python{"cifar-100-python", "meta", "fine_labels", "fine_label_names"},
			archives:   []string{"cifar-100-binary.tar.gz", "cifar-100-python.tar.gz", "cifar-100-binary.tar", "cifar-100-python.tar"},
		},
	},
}

// ParseVariant returns the variant whose String is name: "cifar10" or
// "cifar100". Any other name is an error.
func ParseVariant(name string) (Variant, error) {
	for v := range variants {
		if variants[v].name == name {
			return Variant(v), nil
		}
	}
	return 0, errors.Errorf("cifar: want data set cifar10 or cifar100, got %q", name)
}

// String returns "cifar10" or "cifar100".
func (v Variant) String() string {
	if v.check() != nil {
		return "Variant(" + strconv.Itoa(int(v)) + ")"
	}
	return variants[v].name
}

// Classes returns how many classes the data set has, 0 if there is no such
// variant.
func (v Variant) Classes() int {
	if v.check() != nil {
		return 0
	}
	return len(variants[v].layout.classes)
}

// archive is the official one of the binary version, zero if there is no such variant.
func (v Variant) archive() archive {
	if v.check() != nil {
		return archive{}
	}
	return variants[v].archive
}

func (v Variant) check() error {
	if v < 0 || int(v) >= len(variants) {
		return errors.Errorf("cifar: want variant CIFAR10 or CIFAR100, got Variant(%d)", int(v))
	}
	return nil
}
