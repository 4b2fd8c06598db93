package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/cmd/internal/network"
	"github.com/gorgonet/gorgonet/cmd/internal/preprocess"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
)

// split takes MODEL=FILE apart. What has no = is a file.
func split(member string) (model, file string) {
	if model, file, ok := strings.Cut(member, "="); ok {
		return model, file
	}
	return "", member
}

// cardOf is what the file of a member says of itself; nil for nothing, or no file.
func cardOf(member string) *training.Card {
	_, file := split(member)
	card, err := training.ReadCard(file)
	if err != nil {
		return nil
	}
	return card
}

// usual are the preprocessing that the first checkpoint says is its own.
func (s *options) usual() map[string]string {
	for _, m := range s.Members {
		if card := cardOf(m); card != nil {
			return s.Pictures.Usual(card)
		}
	}
	return nil
}

// member checks one, and gives it the name that its checkpoint has for the model. p is
// how pictures are prepared for all of them.
func (s *options) member(i int, p imagenet.Preprocessing, fresh bool) error {
	model, file := split(s.Members[i])
	if file == "" || model == "" && strings.HasPrefix(s.Members[i], "=") {
		return cli.Usagef("-weights is MODEL=FILE, such as resnet50=resnet50.pth, not %q", s.Members[i])
	}
	if model != "" {
		if _, err := network.Lookup(model, resnet.Options{}); err != nil {
			return err
		}
	}
	if !fresh { // what was checked then holds
		return nil
	}
	if err := cli.Exists("weights", file); err != nil {
		return err
	}
	card, err := training.ReadCard(file)
	switch {
	case err != nil:
		return err
	case card == nil && model == "":
		return cli.Usagef("-weights %s: the file does not say which network it is of; say so with -weights MODEL=FILE", file)
	case card == nil:
		return nil
	case model == "":
		if _, err := network.Lookup(card.Model, resnet.Options{}); err != nil {
			return fmt.Errorf("%s: %w; say with -weights MODEL=FILE which it is", file, err)
		}
		s.Members[i] = card.Model + "=" + file
	}
	mean, deviation, pixels, known := preprocess.Channels(card)
	switch {
	case pixels != nil:
		return cli.Usagef("%s was trained on pictures less a mean of every pixel, which only -eval of its own command does", file)
	case known && (mean != p.Mean || deviation != p.Deviation):
		return cli.Usagef("%s was trained with the means %s and the deviations %s, not %s and %s", file,
			preprocess.Triple(mean), preprocess.Triple(deviation), s.Pictures.Mean, s.Pictures.Deviation)
	}
	if first := cardOf(s.Members[0]); first != nil && !slices.Equal(first.Classes, card.Classes) {
		return cli.Usagef("%s and %s were trained for other classes, or in another order", s.Members[0], file)
	}
	return nil
}
