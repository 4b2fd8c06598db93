package training

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"os"
	"slices"

	"github.com/pkg/errors"
)

// Card is what a checkpoint says of its network besides the weights: with it the file
// alone is enough to use them. It lies in the file's metadata.
type Card struct {
	Model         string         // Config.Name
	Classes       []string       // names in label order; nil where the data has none
	Shape         []int          // [H W C] of an example
	Preprocessing *Preprocessing // nil where it is not known
	Task          string         // its name; empty means classification
	Metrics       []Metric       // of the task; nil of classification
}

// task is the name of the task.
func (c *Card) task() string { return cmp.Or(c.Task, classificationName) }

// Preprocessing is how pictures become examples: the shorter side is resized, the
// middle cut out, and a byte x becomes (x/255 - Mean) / Deviation.
type Preprocessing struct {
	Resize        int       `json:"resize,omitempty"`        // length of the shorter side; 0 where pictures come in the network's size
	Interpolation string    `json:"interpolation,omitempty"` // in resizing, such as bilinear
	Mean          []float32 `json:"mean,omitempty"`          // of each channel, or of each value of an example [H W C]; none is 0
	Deviation     []float32 `json:"std,omitempty"`           // of each channel; none is 1
}

// Equal tells whether both are the same, to the bit.
func (p *Preprocessing) Equal(q *Preprocessing) bool {
	if p == nil || q == nil {
		return p == q
	}
	return p.Resize == q.Resize && p.Interpolation == q.Interpolation && slices.Equal(p.Mean, q.Mean) && slices.Equal(p.Deviation, q.Deviation)
}

// Normalized is a Dataset that knows how its examples are normalised; see
// Preprocessing.
type Normalized interface {
	Dataset
	Normalized() (mean, deviation []float32)
}

// Keys of the card in the metadata of a checkpoint, besides modelKey.
const (
	classesKey       = "classes"
	shapeKey         = "shape"
	preprocessingKey = "preprocessing"
	taskKey          = "task"
)

// cardTask is what the metadata says of a task other than classification.
type cardTask struct {
	Name    string   `json:"name"`
	Metrics []Metric `json:"metrics"`
}

// card is that of the network that the trainer trains.
func (t *Trainer) card() Card {
	c := Card{Model: t.config.Name, Shape: t.shape, Preprocessing: t.config.Preprocessing}
	if named, ok := t.config.Train.(interface{ ClassNames() []string }); ok {
		c.Classes = named.ClassNames()
	}
	if n, ok := t.config.Train.(Normalized); ok && c.Preprocessing == nil {
		mean, deviation := n.Normalized()
		c.Preprocessing = &Preprocessing{Mean: mean, Deviation: deviation}
	}
	if _, ok := classifies(t.config.Task); !ok {
		c.Task, c.Metrics = t.config.Task.Name(), t.config.Task.Metrics()
	}
	return c
}

// Metadata are what a safetensors file's metadata have of the card, for WriteSafetensors of
// package weights.
func (c Card) Metadata() (map[string]string, error) {
	metadata := map[string]string{}
	err := c.write(metadata)
	return metadata, err
}

// write puts the card into the metadata of a file.
func (c Card) write(metadata map[string]string) error {
	metadata[modelKey] = c.Model
	put := func(key string, v any) error {
		text, err := json.Marshal(v)
		metadata[key] = string(text)
		return errors.Wrapf(err, "training: %s", key)
	}
	if len(c.Classes) > 0 {
		if err := put(classesKey, c.Classes); err != nil {
			return err
		}
	}
	if c.Task != "" {
		if err := put(taskKey, cardTask{c.Task, c.Metrics}); err != nil {
			return err
		}
	}
	if err := put(shapeKey, c.Shape); err != nil || c.Preprocessing == nil {
		return err
	}
	return put(preprocessingKey, c.Preprocessing)
}

// ReadCard reads the card of a checkpoint, and no weights. It is nil for other files,
// such as PyTorch's; what checkpoints of earlier versions do not say is zero in it.
func ReadCard(path string) (*Card, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "training: cannot read weights")
	}
	defer f.Close()
	metadata := readMetadata(f)
	if metadata[modelKey] == "" {
		return nil, nil
	}
	c, err := parseCard(metadata)
	return c, errors.Wrapf(err, "training: %s is damaged", path)
}

// maxHeader is the safetensors format's own limit.
const maxHeader = 100_000_000

// readMetadata is what the header of a safetensors file has besides arrays, nil where
// it is no such file.
func readMetadata(r io.Reader) map[string]string {
	var length uint64
	if binary.Read(r, binary.LittleEndian, &length) != nil || length > maxHeader {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(r, int64(length)))
	var header struct {
		Metadata map[string]any `json:"__metadata__"`
	}
	if err != nil || json.Unmarshal(text, &header) != nil {
		return nil
	}
	metadata := map[string]string{}
	for k, v := range header.Metadata {
		if text, ok := v.(string); ok {
			metadata[k] = text
		}
	}
	return metadata
}

func parseCard(metadata map[string]string) (*Card, error) {
	c, of := &Card{Model: metadata[modelKey]}, cardTask{}
	for _, x := range []struct {
		key string
		dst any
	}{{classesKey, &c.Classes}, {shapeKey, &c.Shape}, {preprocessingKey, &c.Preprocessing}, {taskKey, &of}} {
		if text := metadata[x.key]; text != "" {
			if err := json.Unmarshal([]byte(text), x.dst); err != nil {
				return nil, errors.WithMessage(err, x.key)
			}
		}
	}
	c.Task, c.Metrics = of.Name, of.Metrics
	return c, c.check()
}

// check refuses what no checkpoint says.
func (c *Card) check() error {
	values := 1
	for _, n := range c.Shape {
		if n < 1 || n > math.MaxInt32/values {
			return errors.Errorf("examples of shape %v", c.Shape)
		}
		values *= n
	}
	for _, m := range c.Metrics {
		if !metricName.MatchString(m.Name) {
			return errors.Errorf("a metric of the name %q", m.Name)
		}
	}
	p := c.Preprocessing
	switch {
	case len(c.Shape) != 0 && len(c.Shape) != 3:
		return errors.Errorf("examples of shape %v", c.Shape)
	case p == nil:
		return nil
	case p.Resize < 0:
		return errors.Errorf("pictures of %d pixels", p.Resize)
	case len(c.Shape) == 0:
		return errors.New("a preprocessing of examples without a shape")
	}
	channels := c.Shape[2]
	if n := len(p.Mean); n != 0 && n != channels && n != values {
		return errors.Errorf("%d means for examples of shape %v", n, c.Shape)
	}
	if n := len(p.Deviation); n != 0 && n != channels {
		return errors.Errorf("%d deviations for examples of shape %v", n, c.Shape)
	}
	for _, d := range p.Deviation {
		if !(d > 0) {
			return errors.Errorf("a deviation of %v", d)
		}
	}
	return nil
}
