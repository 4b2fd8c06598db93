package detection

import (
	"math"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet/detection/boxes"
	"gorgonia.org/gorgonia"
)

// Regions are what the second stage learns from (Girshick 2015, section 2.3). Zero values are
// torchvision's.
type Regions struct {
	Sampler boxes.Sampler // 512 of a picture, a quarter of objects
}

// settle fills in the defaults.
func (r Regions) settle() Regions {
	if r.Sampler == (boxes.Sampler{}) {
		r.Sampler = boxes.Sampler{Count: 512, Positive: 0.25}
	}
	return r
}

// regionValues is how many values a row of regions has: picture, or -1 for none; box; the class
// of its object, 0 for the background; the code of the object's box; the object's number.
const regionValues = 11

// Places in a row of regions.
const (
	regionClass  = 5
	regionCode   = 6
	regionObject = 10
)

var (
	// regionMatcher is which regions are of an object.
	regionMatcher = boxes.Matcher{High: 0.5, Low: 0.5}
	// regionCoder is how the boxes of the second stage are coded.
	regionCoder = boxes.Coder{X: 10, Y: 10, W: 5, H: 5}
)

// sample emits the regions that the second stage learns from, [N*Count regionValues]: of
// proposals and the objects' own boxes those that the sampler takes, in order. In a graph that
// is not for training they are the proposals, all of them.
func sample(b *graph.Builder, proposals *gorgonia.Node, o Objects, r Regions, classCount int, d draws) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	n, most := o.Labels.Shape()[0], o.Labels.Shape()[1]
	given := proposals.Shape()[0] / n // of a picture
	count, training := given, b.Training()
	r = r.settle()
	if training {
		count = r.Sampler.Count
	}
	random := d.of(b, "roi_heads.sample")
	return b.Apply("roi_heads.sample", graph.CustomOp{
		Kind: "region sample", Shape: []int{n * count, regionValues}, Check: func(in ...[]float32) error { return checkObjects(classCount)(in[1:]...) },
		Forward: func(y []float32, in ...[]float32) {
			none(y, regionValues)
			rng := random(n)
			each(n, func(i int) {
				of, classes := objects(in[1], in[2], i, most)
				candidates := proposed(in[0][i*given*proposalValues : (i+1)*given*proposalValues])
				if training {
					candidates = append(candidates, of...)
				}
				matches := make([]int32, len(candidates)/4)
				regionMatcher.Match(matches, of, candidates)
				labels := make([]int32, len(matches))
				for j, m := range matches {
					if m >= 0 {
						labels[j] = classes[m]
					}
				}
				if training {
					r.Sampler.Sample(labels, rng[i])
				}
				rows := y[i*count*regionValues : (i+1)*count*regionValues]
				for j, l := range labels {
					if l < 0 {
						continue
					}
					row := rows[:regionValues]
					rows = rows[regionValues:]
					row[0], row[regionClass] = float32(i), float32(l)
					copy(row[1:5], boxes.At(candidates, j))
					if l > 0 {
						regionCoder.Encode(row[regionCode:], boxes.At(of, int(matches[j])), row[1:5])
						row[regionObject] = float32(matches[j])
					}
				}
			})
		},
	}, proposals, o.Boxes, o.Labels)
}

// proposed are the boxes of the rows of proposals that are there, which come first.
func proposed(rows []float32) (candidates []float32) {
	for ; len(rows) > 0 && rows[0] >= 0; rows = rows[proposalValues:] {
		candidates = append(candidates, rows[1:5]...)
	}
	return candidates
}

// there are the regions of a row, and how many of all are there.
func there(regions []float32) (rows int, count float64) {
	rows = len(regions) / regionValues
	return rows, counted(regions, regionValues, 0)
}

// classOf is the class of a region, -1 where there is none.
func classOf(regions []float32, i int) int {
	row := regions[i*regionValues:][:regionValues]
	if row[0] < 0 {
		return -1
	}
	return int(row[regionClass])
}

// classes is the mean cross entropy of the regions' classes.
var classes = lossOf{
	kind: "region class loss",
	value: func(x, regions []float32) (sum float64) {
		rows, count := there(regions)
		for i := range rows {
			if c := classOf(regions, i); c >= 0 {
				row := rowOf(x, rows, i)
				sum += logSum(row) - float64(row[c])
			}
		}
		return sum / count
	},
	slope: func(dx, x, regions []float32, scale float64) {
		rows, count := there(regions)
		for i := range rows {
			if c := classOf(regions, i); c >= 0 {
				row, to := rowOf(x, rows, i), rowOf(dx, rows, i)
				sum := logSum(row)
				for j, v := range row {
					p := math.Exp(float64(v) - sum)
					if j == c {
						p--
					}
					to[j] = float32(scale / count * p)
				}
			}
		}
	},
}

// regionBoxes is the smooth L1 loss of the codes of the objects' classes, summed up and divided
// by the number of all regions.
var regionBoxes = lossOf{
	kind: "region box loss",
	value: func(x, regions []float32) (sum float64) {
		rows, count := there(regions)
		for i := range rows {
			if c := classOf(regions, i); c > 0 {
				for j, v := range boxes.At(rowOf(x, rows, i), c) {
					loss, _ := smooth(float64(v - regions[i*regionValues+regionCode+j]))
					sum += loss
				}
			}
		}
		return sum / count
	},
	slope: func(dx, x, regions []float32, scale float64) {
		rows, count := there(regions)
		for i := range rows {
			if c := classOf(regions, i); c > 0 {
				to := boxes.At(rowOf(dx, rows, i), c)
				for j, v := range boxes.At(rowOf(x, rows, i), c) {
					_, slope := smooth(float64(v - regions[i*regionValues+regionCode+j]))
					to[j] = float32(scale / count * slope)
				}
			}
		}
	},
}

// rowOf is row i of so many.
func rowOf(x []float32, rows, i int) []float32 {
	c := len(x) / rows
	return x[i*c : (i+1)*c]
}

// logSum is the logarithm of the sum of exponentials.
func logSum(row []float32) float64 {
	most := math.Inf(-1)
	for _, v := range row {
		most = max(most, float64(v))
	}
	sum := 0.0
	for _, v := range row {
		sum += math.Exp(float64(v) - most)
	}
	return most + math.Log(sum)
}
