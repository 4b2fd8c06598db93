package job

import (
	"reflect"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/training"
)

func TestOptimizer(t *testing.T) {
	for _, test := range []struct {
		args   []string
		want   training.Optimizer
		groups training.Groups
		lr     float64
		err    string // empty for none
	}{
		{nil, training.SGD{Momentum: 0.9, Decay: 1e-4}, training.Groups{LayerDecay: 1}, 0.1, ""},
		{[]string{"-nesterov", "-weight-decay", "0.0005", "-decay-all=false"}, training.SGD{Momentum: 0.9, Decay: 5e-4, Nesterov: true},
			training.Groups{WeightsOnly: true, LayerDecay: 1}, 0.1, ""},
		{[]string{"-optimizer", "adamw", "-layer-decay", "0.5"}, training.NewAdamW(), training.Groups{LayerDecay: 0.5}, 0.001, ""},
		{[]string{"-optimizer", "adamw:beta1=0.8,beta2=0.95,epsilon=1e-6", "-weight-decay", "0.3", "-lr", "0.002"},
			training.AdamW{Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-6, Decay: 0.3}, training.Groups{LayerDecay: 1}, 0.002, ""},
		{[]string{"-optimizer", "adam"}, training.NewAdam(), training.Groups{LayerDecay: 1}, 0.001, ""},
		{[]string{"-optimizer", "rmsprop"}, training.NewRMSProp(), training.Groups{LayerDecay: 1}, 0.01, ""},
		{[]string{"-optimizer", "rmsprop:alpha=0.9,epsilon=0.001,momentum=0.9,tensorflow", "-weight-decay", "1e-5"},
			training.RMSProp{Alpha: 0.9, Epsilon: 0.001, Momentum: 0.9, Decay: 1e-5, TensorFlow: true}, training.Groups{LayerDecay: 1}, 0.01, ""},
		{[]string{"-optimizer", "rmsprop:centered=true,tensorflow=false"},
			training.RMSProp{Alpha: 0.99, Epsilon: 1e-8, Centered: true}, training.Groups{LayerDecay: 1}, 0.01, ""},
		{[]string{"-optimizer", "lamb"}, training.NewLAMB(), training.Groups{LayerDecay: 1}, 0.001, ""},
		{args: []string{"-optimizer", "adamv"}, err: `-optimizer is sgd, adamw, adam, rmsprop or lamb, not "adamv"; did you mean adamw or adam?`},
		{args: []string{"-optimizer", "adamw:beta3=1"}, err: `-optimizer adamw:beta3=1: adamw has beta1, beta2, epsilon, not "beta3"`},
		{args: []string{"-optimizer", "adamw:beta1=2"}, err: "-optimizer adamw:beta1=2: AdamW: want a beta1 of 0 to below 1, got 2"},
		{args: []string{"-optimizer", "lamb:epsilon=0"}, err: "-optimizer lamb:epsilon=0: LAMB: want an epsilon above 0, got 0"},
		{args: []string{"-optimizer", "adam:beta1"}, err: `beta1 is a number, as in beta1=0.9, not ""`},
		{args: []string{"-optimizer", "adam:beta1=.5,beta1=.5"}, err: "beta1 is there twice"},
		{args: []string{"-optimizer", "rmsprop:centered=5"}, err: `centered is true or false, not "5"`},
		{args: []string{"-optimizer", "sgd:momentum=.5"}, err: "takes its settings from -momentum and -nesterov"},
		{args: []string{"-optimizer", "adamw", "-momentum", "0.9"}, err: "-momentum and -nesterov are of -optimizer sgd, not of adamw"},
		{args: []string{"-optimizer", "adamw", "-nesterov"}, err: "-momentum and -nesterov are of -optimizer sgd, not of adamw"},
		{args: []string{"-optimizer", "adamw", "-weight-decay", "-1"}, err: "-weight-decay is 0 or more, not -1"},
	} {
		s, f := Paper, cli.NewFlags("tool")
		s.Iterations = 10
		s.Bind(f)
		err := cli.Parse(f, "", test.args)
		if err == nil {
			err = cli.Follow(f, s.Usual(f.Given(), nil))
		}
		if err == nil {
			err = s.Check(true)
		}
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%v: want %q, got %v", test.args, test.err, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v: %v", test.args, err)
			continue
		}
		c, err := s.Config(100, 0.5)
		if err != nil || !reflect.DeepEqual(c.Optimizer, test.want) || !reflect.DeepEqual(c.Groups, test.groups) || s.LR != test.lr {
			t.Errorf("%v: %#v, %+v and rate %v, %v; want %#v, %+v and %v", test.args, c.Optimizer, c.Groups, s.LR, err, test.want, test.groups, test.lr)
		}
	}
}
