package imagenet

import (
	"math"
	"regexp"
	"slices"
	"strconv"

	"github.com/pkg/errors"
)

// reading is how the labels of a file are meant: all of them as names of classes, or
// all as their numbers.
type reading int

const (
	asEither reading = iota // what fits; an error if both do, or neither
	asName
	asNumber
)

// numbering turns the labels of text files into numbers.
type numbering struct {
	classes map[string]int32
	twice   map[string]int32 // names that two classes have, with the second one
	n       int
	synsets []string // of the numbers 1, 2, ...; nil where numbers are labels
	guess   bool     // numbers are said nowhere to count from 0
}

func newNumbering(classes, synsets []string) numbering {
	n := numbering{classes: make(map[string]int32, len(classes)), twice: map[string]int32{}, n: len(classes), synsets: synsets}
	for i, name := range classes {
		if _, known := n.classes[name]; known {
			n.twice[name] = int32(i)
		} else {
			n.classes[name] = int32(i)
		}
	}
	return n
}

// labels are those of a file, each text once, in the order in which they occur first.
type labels struct {
	texts []string
	where []string // of the first occurrence
	known map[string]int
}

// add notes a label and where it was met.
func (l *labels) add(text string, where func() string) {
	if _, ok := l.known[text]; ok {
		return
	}
	if l.known == nil {
		l.known = map[string]int{}
	}
	l.known[text] = len(l.texts)
	l.texts = append(l.texts, text)
	l.where = append(l.where, where())
}

// read gives every text a class. All are read in the same way.
func (n numbering) read(l labels, as reading) ([]int32, error) {
	names, badName := n.all(l, n.name)
	numbers, badNumber := n.all(l, n.number)
	switch {
	case as == asName:
		return names, badName
	case as == asNumber:
		return numbers, badNumber
	case badName == nil && badNumber == nil && !slices.Equal(names, numbers):
		i := slices.IndexFunc(l.texts, func(text string) bool { name, _ := n.name(text); number, _ := n.number(text); return name != number })
		return nil, errors.Errorf("%s: label %q is the name of class %d and could be the number of another: "+
			"call the column class_name or class_index", l.where[i], l.texts[i], names[i])
	case badName == nil:
		return names, nil
	case badNumber == nil:
		return numbers, n.checkStart(l, numbers)
	}
	numeric := 0
	for i, text := range l.texts {
		_, isNumber := integral(text)
		if isNumber {
			numeric++
		} else if _, isName := n.classes[text]; !isName {
			_, err := n.name(text)
			return nil, errors.WithMessage(err, l.where[i])
		}
	}
	switch numeric {
	case len(l.texts):
		return nil, badNumber
	case 0:
		return nil, badName
	}
	word := slices.IndexFunc(l.texts, func(text string) bool { _, ok := integral(text); return !ok })
	number := slices.IndexFunc(l.texts, func(text string) bool { _, ok := integral(text); return ok })
	return nil, errors.Errorf("%s has the name %q and %s the number %q of a class; write all as names or all as numbers",
		l.where[word], l.texts[word], l.where[number], l.texts[number])
}

// all reads all labels, or says where the first is that cannot be read.
func (n numbering) all(l labels, read func(string) (int32, error)) ([]int32, error) {
	out := make([]int32, len(l.texts))
	for i, text := range l.texts {
		var err error
		if out[i], err = read(text); err != nil {
			return nil, errors.WithMessage(err, l.where[i])
		}
	}
	return out, nil
}

// checkStart refuses numbers that could count from 0 as well as from 1.
func (n numbering) checkStart(l labels, numbers []int32) error {
	if !n.guess || n.synsets != nil || len(numbers) == 0 || slices.Min(numbers) == 0 {
		return nil
	}
	return errors.Errorf("labels are from %d to %d of %d classes: do they count from 0, or from 1? If from 0, add a first line that names the columns, class_index for labels; if from 1, say in which order with Synsets",
		slices.Min(numbers), slices.Max(numbers), n.n)
}

// name is the class of a name.
func (n numbering) name(text string) (int32, error) {
	if second, ok := n.twice[text]; ok {
		return 0, errors.Errorf("class %q is named twice, as %d and as %d; write its number, or a WordNet id", text, n.classes[text], second)
	}
	if label, ok := n.classes[text]; ok {
		return label, nil
	}
	return 0, errors.Errorf("%q is none of the %d classes", text, n.n)
}

// number is the class of a number.
func (n numbering) number(text string) (int32, error) {
	number, ok := integral(text)
	switch {
	case !ok:
		return 0, errors.Errorf("%q is no number of a class", text)
	case n.synsets == nil && (number < 0 || number >= n.n):
		return 0, errors.Errorf("label %d is not from 0 to %d; if numbers count from 1 in an order of their own, as the development kit's do, say which with Synsets", number, n.n-1)
	case n.synsets == nil:
		return int32(number), nil
	case number < 1 || number > len(n.synsets):
		return 0, errors.Errorf("label %d is not from 1 to %d, the number of Synsets", number, len(n.synsets))
	}
	if _, ok := n.classes[n.synsets[number-1]]; !ok {
		return 0, errors.Errorf("label %d is synset %q, which is none of the %d classes", number, n.synsets[number-1], n.n)
	}
	return n.name(n.synsets[number-1])
}

// decimal is a number as tables have it.
var decimal = regexp.MustCompile(`^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$`)

// integral reads a whole number, such as 3, 3.0 or 3e0.
func integral(text string) (int, bool) {
	v, ok := number(text)
	if !ok || v != math.Trunc(v) || math.Abs(v) > math.MaxInt32 {
		return 0, false
	}
	return int(v), true
}

func number(text string) (float64, bool) {
	if !decimal.MatchString(text) {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}

// occurring are the classes that labels speak of: the names, sorted, or 0 to the largest
// number.
func (l labels) occurring(as reading) ([]string, error) {
	most, numbers, word := 0, 0, -1
	for i, text := range l.texts {
		if _, ok := number(text); ok {
			numbers++
		} else if word < 0 {
			word = i
		}
		n, _ := integral(text)
		most = max(most, n)
	}
	if as == asName || as == asEither && numbers == 0 {
		return slices.Sorted(slices.Values(l.texts)), nil
	}
	for i, text := range l.texts {
		n, whole := integral(text)
		_, isNumber := number(text)
		switch {
		case isNumber && !whole:
			return nil, errors.Errorf("%s: label %.40s is no whole number", l.where[i], text)
		case isNumber && n < 0:
			return nil, errors.Errorf("%s: label %s is negative; numbers count from 0, and pictures without a label are to be left out", l.where[i], text)
		}
	}
	if word >= 0 {
		return nil, errors.Errorf("%s: label %.100q is no number, but others are; write numbers alone, or call the column class_name if all are names", l.where[word], l.texts[word])
	}
	if most >= maxClasses {
		return nil, errors.Errorf("label %d is too large; at most %d classes are possible", most, maxClasses)
	}
	classes := make([]string, most+1)
	for i := range classes {
		classes[i] = strconv.Itoa(i)
	}
	return classes, nil
}

// warnEmpty notes the classes that have no picture.
func (s *Set) warnEmpty() {
	has := make([]bool, len(s.Classes))
	for _, f := range s.Files {
		has[f.Label] = true
	}
	first, empty := -1, 0
	for i, ok := range has {
		if !ok {
			if empty++; first < 0 {
				first = i
			}
		}
	}
	if empty > 0 {
		s.warn("%d of %d classes have no picture here; the first is class %d, %q", empty, len(s.Classes), first, s.Classes[first])
	}
}
