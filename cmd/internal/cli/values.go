package cli

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
)

// DidYouMean is a question after an error, of the words those that are spelt nearly as
// the given one or that it is the beginning of; empty where there are none, or too many.
func DidYouMean(given string, words []string) string {
	best, near := max(1, min(len(given)/3, 3))+1, []string(nil)
	for _, w := range words {
		d := distance(strings.ToLower(given), strings.ToLower(w))
		if d < best {
			best, near = d, nil
		}
		if d == best && d <= max(1, min(len(given)/3, 3)) && !slices.Contains(near, w) {
			near = append(near, w)
		}
	}
	if near = append(near, longer(given, words, near)...); len(near) == 0 || len(near) > 4 {
		return ""
	}
	return "; did you mean " + strings.Join(near, " or ") + "?"
}

// longer are the words that begin as the given one, but for those that are known.
func longer(given string, words, known []string) (found []string) {
	for _, w := range words {
		if len(given) >= 3 && strings.HasPrefix(strings.ToLower(w), strings.ToLower(given)) && !slices.Contains(known, w) && !slices.Contains(found, w) {
			found = append(found, w)
		}
	}
	return found
}

// OneOf is an error of usage unless the flag's value is one of those.
func OneOf(flag, value string, values ...string) error {
	if slices.Contains(values, value) {
		return nil
	}
	all := values[len(values)-1]
	if n := len(values) - 1; n > 0 {
		all = strings.Join(values[:n], ", ") + " or " + all
	}
	return Usagef("-%s is %s, not %q%s", flag, all, value, DidYouMean(value, values))
}

// Positive is an error of usage unless the flag's number is above 0 and finite.
func Positive(flag string, value float64) error {
	if value > 0 && !math.IsInf(value, 1) {
		return nil
	}
	return Usagef("-%s must be positive, not %v", flag, value)
}

// NotNegative is Positive, but for 0, which is right.
func NotNegative(flag string, value float64) error {
	if value >= 0 && !math.IsInf(value, 1) {
		return nil
	}
	return Usagef("-%s is 0 or more, not %v", flag, value)
}

// Exists is an error unless there is a file at the path that a flag gives.
func Exists(flag, path string) error {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s: it is a folder, not a file", path)
	}
	if err != nil {
		return fmt.Errorf("-%s: %w", flag, err)
	}
	return nil
}

// distance is how many characters are to be put in, taken out, exchanged, or swapped
// with the next, to make one text of the other.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(last[j]+change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
