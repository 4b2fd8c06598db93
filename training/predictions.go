package training

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"image"
	"image/draw"
	"image/png"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/internal/durable"
	"github.com/gorgonet/gorgonet/training/scoring"
	"github.com/pkg/errors"
)

// Prediction is what a network makes of one example.
type Prediction struct {
	Index           int     // of the example in its data set
	True, Predicted int     // classes
	Probability     float64 // that the network gives to the predicted class
}

// Predictions are those of a whole data set.
type Predictions struct {
	Classes  []string      // names in label order
	Of       []Prediction  // the examples, in the data set's order
	Pictures []image.Image // of the first of the Mistakes, as many as are kept
}

// Gallery is a Dataset with names for its classes and examples to look at.
type Gallery interface {
	Dataset
	ClassNames() []string      // in label order
	Picture(i int) image.Image // example i as it is, square; nil if there is none
}

// kept is the number of mistakes whose pictures are kept, maxPicture the longest
// side of a picture that is read again.
const kept, maxPicture = 24, 1024

// Mistakes are the wrong predictions, the most confident first.
func (p *Predictions) Mistakes() []Prediction {
	var wrong []Prediction
	for _, x := range p.Of {
		if x.Predicted != x.True {
			wrong = append(wrong, x)
		}
	}
	slices.SortStableFunc(wrong, func(a, b Prediction) int { return cmp.Compare(b.Probability, a.Probability) })
	return wrong
}

// Confusion counts the examples, nil where there are no Classes. Those of other classes
// are not counted.
func (p *Predictions) Confusion() *scoring.Confusion {
	c, err := scoring.NewConfusion(len(p.Classes))
	if err != nil {
		return nil
	}
	for _, x := range p.Of {
		_ = c.Add(x.True, x.Predicted, 1)
	}
	return c
}

// Predict classifies the whole data set, without augmentation, but for examples whose
// label does not count. The names of classes and the pictures of mistakes are there if it
// is a Gallery.
func (e *Evaluator) Predict(ctx context.Context, d Dataset) (*Predictions, error) {
	pass, err := e.pass(d)
	if err != nil {
		return nil, err
	}
	defer pass.Close()
	if _, ok := classifies(e.graph.task); !ok {
		return nil, errors.Errorf("training: predictions are of classes; the task %s has none", e.graph.task.Name())
	}
	output := e.graph.outputs[0]
	classes := output.Shape()[1]
	p, read := &Predictions{Of: make([]Prediction, 0, pass.length)}, 0
	for {
		b, err := pass.Next(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := e.graph.run(b, false); err != nil {
			return nil, err
		}
		logits := graph.Floats(output)
		for i := range b.N {
			if b.Labels[i] >= 0 {
				best := scoring.Top(logits[i*classes:(i+1)*classes], 1)[0]
				p.Of = append(p.Of, Prediction{read + i, int(b.Labels[i]), best.Class, best.Probability})
			}
		}
		read += b.N
	}
	gallery, ok := d.(Gallery)
	if ok {
		p.Classes = slices.Clone(gallery.ClassNames())
		for _, m := range p.Mistakes() {
			if picture := gallery.Picture(m.Index); picture != nil && len(p.Pictures) < kept {
				p.Pictures = append(p.Pictures, picture)
			}
		}
	}
	for len(p.Classes) < classes {
		p.Classes = append(p.Classes, strconv.Itoa(len(p.Classes)))
	}
	return p, nil
}

// predictionColumns are the header of predictions.csv. Classes are numbers.
var predictionColumns = []string{"index", "true", "predicted", "probability"}

// predict records what the network makes of the test set, if there is one.
func (d *Directory) predict(ctx context.Context, t *Trainer) error {
	if _, ok := classifies(t.config.Task); !ok || t.config.Test == nil {
		return nil
	}
	p, err := t.Predict(ctx, t.config.Test)
	if err != nil {
		return err
	}
	rows := [][]string{predictionColumns}
	for _, x := range p.Of {
		rows = append(rows, []string{strconv.Itoa(x.Index), strconv.Itoa(x.True), strconv.Itoa(x.Predicted),
			strconv.FormatFloat(x.Probability, 'f', 6, 64)})
	}
	if err := durable.WriteFile(d.file(predictionsFile), func(w io.Writer) error { return csv.NewWriter(w).WriteAll(rows) }); err != nil {
		return err
	}
	if err := durable.WriteFile(d.file(classesFile), func(w io.Writer) error {
		for _, name := range p.Classes {
			if _, err := io.WriteString(w, strings.Join(strings.Fields(name), " ")+"\n"); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return d.writeMistakes(p.Pictures)
}

// writeMistakes puts the pictures side by side; of none there is no file.
func (d *Directory) writeMistakes(pictures []image.Image) error {
	if len(pictures) == 0 {
		for _, name := range []string{mistakesFile, sheetFile} {
			if err := os.Remove(d.file(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return errors.Wrap(err, "training: an old picture of mistakes is in the way")
			}
		}
		return nil
	}
	size := pictures[0].Bounds().Size()
	sheet := image.NewNRGBA(image.Rect(0, 0, len(pictures)*size.X, size.Y))
	for i, p := range pictures {
		draw.Draw(sheet, image.Rect(i*size.X, 0, (i+1)*size.X, size.Y), p, p.Bounds().Min, draw.Src)
	}
	return durable.WriteFile(d.file(mistakesFile), func(w io.Writer) error { return png.Encode(w, sheet) })
}

// Predictions reads what was recorded at the end of the run, nil where nothing was.
func (d *Directory) Predictions() (*Predictions, error) {
	text, err := os.ReadFile(d.file(classesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, errors.Wrap(err, "training: cannot read the names of classes")
	}
	names, ok := strings.CutSuffix(string(text), "\n")
	if !ok {
		return nil, errors.Errorf("training: %s is damaged: the last name is cut short", d.file(classesFile))
	}
	p := &Predictions{Classes: strings.Split(names, "\n")}
	path := d.file(predictionsFile)
	if text, err = os.ReadFile(path); err != nil {
		return nil, errors.Wrap(err, "training: cannot read the predictions")
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	switch {
	case err != nil:
	case len(rows) == 0 || !slices.Equal(rows[0], predictionColumns):
		err = errors.Errorf("want the columns %v", predictionColumns)
	case !bytes.HasSuffix(text, []byte("\n")):
		err = errors.New("the last row is cut short")
	}
	if err != nil {
		return nil, errors.Wrapf(err, "training: %s is damaged", path)
	}
	for i, row := range rows[1:] {
		x, err := parsePrediction(row, len(p.Classes))
		if err != nil {
			return nil, errors.Wrapf(err, "training: %s is damaged: row %d", path, i+1)
		}
		p.Of = append(p.Of, x)
	}
	p.Pictures, err = d.readMistakes(min(len(p.Mistakes()), kept))
	return p, err
}

func parsePrediction(row []string, classes int) (x Prediction, err error) {
	for i, to := range []*int{&x.Index, &x.True, &x.Predicted} {
		if *to, err = strconv.Atoi(row[i]); err != nil || *to < 0 || i > 0 && *to >= classes {
			return x, errors.Errorf("%s is %q, of %d classes", predictionColumns[i], row[i], classes)
		}
	}
	if x.Probability, err = strconv.ParseFloat(row[3], 64); err != nil {
		return x, errors.Errorf("%s is no number: %q", predictionColumns[3], row[3])
	}
	return x, nil
}

// readMistakes cuts the pictures, which are square, apart. Older versions had so
// many of them in the file of the sheet.
func (d *Directory) readMistakes(wanted int) ([]image.Image, error) {
	path := d.file(mistakesFile)
	file, err := os.ReadFile(path)
	older := errors.Is(err, fs.ErrNotExist)
	if older {
		path = d.file(sheetFile)
		file, err = os.ReadFile(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, errors.Wrap(err, "training: cannot read the pictures of mistakes")
	}
	header, err := png.DecodeConfig(bytes.NewReader(file))
	if err == nil && older && header.Width != wanted*header.Height {
		return nil, nil // a sheet
	}
	if err == nil && (header.Width > kept*maxPicture || header.Height > maxPicture) {
		err = errors.Errorf("%dx%d pixels are too many", header.Width, header.Height)
	}
	var sheet image.Image
	if err == nil {
		sheet, err = png.Decode(bytes.NewReader(file))
	}
	if err != nil {
		return nil, errors.Wrapf(err, "training: %s is damaged", path)
	}
	cut, ok := sheet.(interface {
		SubImage(image.Rectangle) image.Image
	})
	if !ok {
		return nil, errors.Errorf("training: %s is damaged: it is a %T", path, sheet)
	}
	var pictures []image.Image
	side := sheet.Bounds().Dy()
	for x := 0; x+side <= sheet.Bounds().Dx() && len(pictures) < kept; x += side {
		pictures = append(pictures, cut.SubImage(image.Rect(x, 0, x+side, side)))
	}
	return pictures, nil
}
