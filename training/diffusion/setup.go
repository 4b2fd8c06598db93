package diffusion

import (
	"github.com/gorgonet/gorgonet/training"
	"github.com/pkg/errors"
)

// Setup is what one has to know besides the weights to make pictures with a network. A run
// whose Config has it as Carry[SetupName] notes it in its checkpoints.
type Setup struct {
	Network UNet `json:"network"`
	// First, Last and Steps are Linear's.
	First float64 `json:"first"`
	Last  float64 `json:"last"`
	Steps int     `json:"steps"`
}

// SetupName is what a Setup is carried under.
const SetupName = "diffusion"

// maxSteps is more than any schedule has.
const maxSteps = 1_000_000

// Paper is the setup of a network with the paper's schedule.
func (u UNet) Paper() Setup { return Setup{Network: u, First: 1e-4, Last: 0.02, Steps: 1000} }

// Schedule is the setup's.
func (s Setup) Schedule() (Schedule, error) {
	if s.Steps > maxSteps {
		return Schedule{}, errors.Errorf("diffusion: a schedule of %d steps; at most %d are possible", s.Steps, maxSteps)
	}
	return Linear(s.First, s.Last, s.Steps)
}

// ReadSetup reads the setup and the card of a checkpoint, and no weights. Both are nil for
// files that no run has written; one of another kind of network is an error.
func ReadSetup(path string) (*Setup, *training.Card, error) {
	card, err := training.ReadCard(path)
	if err != nil || card == nil {
		return nil, nil, err
	}
	s := &Setup{}
	known, err := training.ReadCarried(path, SetupName, s)
	if err == nil && !known {
		err = errors.Errorf("diffusion: %s is a checkpoint of %q, not of a denoising network", path, card.Model)
	}
	if err == nil {
		err = s.Network.Check()
	}
	if err == nil {
		_, err = s.Schedule()
	}
	if err != nil {
		return nil, nil, errors.WithMessagef(err, "%s", path)
	}
	return s, card, nil
}
