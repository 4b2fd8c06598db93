package job

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/training"
)

// optimizer is one that -optimizer names, with its decay in effect.
type optimizer struct {
	name    string
	numbers map[string]*float64 // settings after the name
	flags   map[string]*bool
	value   func() training.Optimizer
	lr      string // the usual one, where -lr is not given
	decay   float64
}

// optimizers are fresh ones, the default first.
func optimizers(decay float64) []optimizer {
	sgd, adamw, adam, rmsprop, lamb := training.NewSGD(), training.NewAdamW(), training.NewAdam(), training.NewRMSProp(), training.NewLAMB()
	usual := []float64{sgd.Decay, adamw.Decay, adam.Decay, rmsprop.Decay, lamb.Decay}
	sgd.Decay, adamw.Decay, adam.Decay, rmsprop.Decay, lamb.Decay = decay, decay, decay, decay, decay
	moments := func(beta1, beta2, epsilon *float64) map[string]*float64 {
		return map[string]*float64{"beta1": beta1, "beta2": beta2, "epsilon": epsilon}
	}
	return []optimizer{
		{"sgd", map[string]*float64{"momentum": &sgd.Momentum}, map[string]*bool{"nesterov": &sgd.Nesterov}, func() training.Optimizer { return sgd }, "0.1", usual[0]},
		{"adamw", moments(&adamw.Beta1, &adamw.Beta2, &adamw.Epsilon), nil, func() training.Optimizer { return adamw }, "0.001", usual[1]},
		{"adam", moments(&adam.Beta1, &adam.Beta2, &adam.Epsilon), nil, func() training.Optimizer { return adam }, "0.001", usual[2]},
		{"rmsprop", map[string]*float64{"alpha": &rmsprop.Alpha, "epsilon": &rmsprop.Epsilon, "momentum": &rmsprop.Momentum},
			map[string]*bool{"centered": &rmsprop.Centered, "tensorflow": &rmsprop.TensorFlow}, func() training.Optimizer { return rmsprop }, "0.01", usual[3]},
		{"lamb", moments(&lamb.Beta1, &lamb.Beta2, &lamb.Epsilon), nil, func() training.Optimizer { return lamb }, "0.001", usual[4]},
	}
}

const optimizerUsage = "`RULE` of the steps: sgd (with -momentum and -nesterov); adamw, adam or lamb (beta1, beta2, epsilon), or rmsprop (alpha, epsilon, momentum, centered, tensorflow), " +
	"with settings as in adamw:beta2=0.95,epsilon=1e-6, and a usual -lr and -weight-decay of their own"

// find finds the optimizer that a flag names.
func find(spec string, decay float64) (o optimizer, settings string, err error) {
	name, settings, _ := strings.Cut(spec, ":")
	var names []string
	for _, o := range optimizers(decay) {
		if o.name == name {
			return o, settings, nil
		}
		names = append(names, o.name)
	}
	return o, "", cli.OneOf("optimizer", name, names...)
}

// optimizer is what the settings say.
func (s *Settings) optimizer() (training.Optimizer, error) {
	o, settings, err := find(s.Optimizer, s.Decay)
	if err != nil {
		return nil, err
	}
	switch sgd := o.name == "sgd"; {
	case sgd && settings != "":
		return nil, cli.Usagef("-optimizer sgd takes its settings from -momentum and -nesterov, not from %q", settings)
	case sgd && s.Nesterov && s.Momentum == 0:
		return nil, cli.Usagef("-nesterov needs a -momentum above 0")
	case sgd:
		*o.numbers["momentum"], *o.flags["nesterov"] = s.Momentum, s.Nesterov
	case s.Momentum != 0 || s.Nesterov:
		return nil, cli.Usagef("-momentum and -nesterov are of -optimizer sgd, not of %s; rmsprop has a momentum as in -optimizer rmsprop:momentum=0.9", o.name)
	}
	if err := o.set(settings); err != nil {
		return nil, cli.Usagef("-optimizer %s: %v", s.Optimizer, err)
	}
	value := o.value()
	if err := value.Check(); err != nil {
		wrong, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "training: "), ";")
		return nil, cli.Usagef("-optimizer %s: %s", s.Optimizer, wrong)
	}
	return value, nil
}

// set takes in settings such as beta2=0.95,epsilon=1e-6.
func (o *optimizer) set(settings string) error {
	if settings == "" {
		return nil
	}
	names := slices.Sorted(maps.Keys(o.numbers))
	names = append(names, slices.Sorted(maps.Keys(o.flags))...)
	seen := map[string]bool{}
	for _, part := range strings.Split(settings, ",") {
		name, text, given := strings.Cut(part, "=")
		number, flag := o.numbers[name], o.flags[name]
		var err error
		switch {
		case seen[name]:
			return fmt.Errorf("%s is there twice", name)
		case number != nil:
			if *number, err = strconv.ParseFloat(text, 64); err != nil {
				return fmt.Errorf("%s is a number, as in %s=0.9, not %q", name, name, text)
			}
		case flag != nil && !given:
			*flag = true
		case flag != nil:
			if *flag, err = strconv.ParseBool(text); err != nil {
				return fmt.Errorf("%s is true or false, not %q", name, text)
			}
		default:
			return fmt.Errorf("%s has %s, not %q%s", o.name, strings.Join(names, ", "), name, cli.DidYouMean(name, names))
		}
		seen[name] = true
	}
	return nil
}

// Usual are the values of flags that go with the optimizer, where one is given that is
// not the recipe's.
func (s *Settings) Usual(given map[string]bool, recipe map[string]string) map[string]string {
	own, _, _ := strings.Cut(cmp.Or(recipe["optimizer"], Paper.Optimizer), ":")
	o, _, err := find(s.Optimizer, 0)
	if err != nil || !given["optimizer"] || o.name == own {
		return nil // an error comes again, from Check
	}
	usual := map[string]string{"lr": o.lr, "weight-decay": fmt.Sprint(o.decay), "momentum": "0", "nesterov": "false"}
	if o.name == Paper.Optimizer {
		usual["momentum"] = fmt.Sprint(Paper.Momentum)
	}
	return usual
}
