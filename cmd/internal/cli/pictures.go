package cli

import (
	"context"
	"path/filepath"
	"strings"
)

// EachPicture does something with every picture. One that it cannot be done with is
// warned of and counted, unless it is the only one. After a signal it ends with
// ErrInterrupted.
func EachPicture(ctx context.Context, pictures []string, do func(i int, path string) error) (broken int, err error) {
	for i, path := range pictures {
		if ctx.Err() != nil {
			return broken, ErrInterrupted
		}
		err := do(i, path)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return broken, ErrInterrupted
		case len(pictures) == 1:
			return broken, err
		default:
			broken++
			Warnf("%s", Message(err))
		}
	}
	return broken, nil
}

// Stem is what files that are made of a picture are called, without an ending.
func Stem(path string) string { return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)) }

// DistinctStems refuses pictures whose files would have one name. How they are made is
// said with a word such as drawn.
func DistinctStems(pictures []string, made string) error {
	first := map[string]string{}
	for _, path := range pictures {
		stem := Stem(path)
		if other, twice := first[stem]; twice {
			return Usagef("%s and %s would both be %s to %s.png; take them one after the other, to different -out", other, path, made, stem)
		}
		first[stem] = path
	}
	return nil
}
