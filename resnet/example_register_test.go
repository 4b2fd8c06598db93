package resnet_test

import (
	"fmt"
	"log"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/blocks"
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet"
)

// newSlim makes the networks slimN of N = 6n+2 layers: those of He et al. 2015, section
// 4.2, with half as many channels.
func newSlim(name string, o resnet.Options) (resnet.Network, error) {
	digits, ok := strings.CutPrefix(name, "slim")
	depth, err := strconv.Atoi(digits)
	if !ok || err != nil {
		return nil, resnet.ErrUnknown // of another family
	}
	c, err := resnet.CIFAR(depth)
	if err != nil {
		return nil, err
	}
	c.About.Name = name
	if o.Classes > 0 {
		c.About.Classes = o.Classes
	}
	c.Unit.Activation = graph.Hardswish
	c.Unit.Gate = blocks.SqueezeExcite(4)
	for i := range c.Stages {
		c.Stages[i].Planes /= 2
	}
	return c, nil
}

// A family from outside: from then on Lookup finds its networks like all others. A
// package of one's own registers it as it is loaded, in an init function. What Names
// of the family lists, Names and Recognize know too; this one has a rule alone.
func ExampleRegister() {
	err := resnet.Register(resnet.Family{
		Paper: "slim networks, an example",
		Year:  2026,
		Rule:  "slimN with N = 6n+2",
		New:   newSlim,
	})
	if err != nil {
		log.Fatal(err)
	}

	network, err := resnet.Lookup("slim20", resnet.Options{Classes: 5})
	if err != nil {
		log.Fatal(err)
	}
	s, err := resnet.Summarize(network, 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(network.Info().Name, s.Total().Parameters, "parameters")
	_, err = resnet.Lookup("slim21", resnet.Options{})
	fmt.Println(err)
	// Output:
	// slim20 70111 parameters
	// resnet: a CIFAR network has 6n+2 layers (8, 14, 20, 32, 44, 56, 110, ...), not 21
}
