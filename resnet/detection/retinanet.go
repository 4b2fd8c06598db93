package detection

import (
	"fmt"
	"math"

	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/resnet/detection/boxes"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// RetinaNet finds objects in one stage (Lin et al. 2017, "Focal Loss for Dense Object
// Detection"): of every anchor of a pyramid a head says what it is and another one how to move
// it. Zero values are torchvision's.
type RetinaNet struct {
	About    resnet.Info // Classes counts the background, which has a score, too, that is never learnt
	Backbone Backbone
	Anchors  []boxes.Anchors // of each map

	Candidates int // of the highest scores of each level; 0 means 1000
	Limits     Limits
}

// Info implements Network.
func (r RetinaNet) Info() resnet.Info { return r.About }

// Frozen implements Network.
func (r RetinaNet) Frozen(trained int) ([]string, error) { return r.Backbone.frozen(trained) }

// LoadBackbone implements Network.
func (r RetinaNet) LoadBackbone(state *graph.State, path string, o weights.FitOptions) (weights.Taken, error) {
	return r.Backbone.load(state, path, o)
}

// LossNames implements Network.
func (RetinaNet) LossNames() []string { return []string{"classification", "bbox_regression"} }

// dense is a RetinaNet in one graph.
type dense struct {
	RetinaNet
	pictures      Pictures
	grid          []float32 // anchors [T 4] of all levels
	ends          []int     // in grid, of each level
	logits, codes *gorgonia.Node
}

// emit adds the network.
func (r RetinaNet) emit(b *graph.Builder, p Pictures, o *Objects) *dense {
	maps := r.Backbone.begin(b, r.About, p, o)
	if b.Err() != nil {
		return nil
	}
	if len(r.Anchors) != len(maps) {
		b.Fail(errors.Errorf("detection: %s: want anchors for each of %d maps, got %d", r.About.Name, len(maps), len(r.Anchors)))
		return nil
	}
	d := &dense{RetinaNet: r, pictures: p}
	d.grid, d.ends = grids(p.Images, maps, r.Anchors)
	// Scores of objects start at 0.01, so that the many anchors that are none do not drown
	// the others at first (section 3.3).
	d.logits = r.head(b, "classification_head", "cls_logits", maps, r.About.Classes, -math.Log(99))
	d.codes = r.head(b, "regression_head", "bbox_reg", maps, 4, 0)
	return d
}

// head emits one of the two heads on all levels [N T values].
func (r RetinaNet) head(b *graph.Builder, name, last string, maps []*gorgonia.Node, values int, bias float64) *gorgonia.Node {
	head := b.Shared().Scope("head").Scope(name)
	out := make([]*gorgonia.Node, len(maps))
	conv := func(layer string, x *gorgonia.Node, channels int, bias float64) *gorgonia.Node {
		y := head.Conv(layer, x, graph.Conv{Out: channels, Kernel: 3, Pad: 1, Bias: true, Init: graph.Normal(0.01)})
		head.Initialize(layer+".bias", float32(bias))
		return y
	}
	for i, y := range maps {
		channels := y.Shape()[3]
		for j := range 4 {
			y = head.Activate(fmt.Sprintf("conv.%d.1", j), conv(fmt.Sprintf("conv.%d.0", j), y, channels, 0), graph.ReLU)
		}
		out[i] = conv(last, y, values*r.Anchors[i].Count(), bias)
	}
	return join(b, "head."+name, out, values)
}

// Detect implements Network.
func (r RetinaNet) Detect(b *graph.Builder, p Pictures) Found {
	d := r.emit(b, p, nil)
	return Found{Rows: d.find(b)}
}

// Losses implements Network.
func (r RetinaNet) Losses(b *graph.Builder, p Pictures, o Objects) (losses []Loss, found Found) {
	d := r.emit(b, p, &o)
	if b.Err() != nil {
		return nil, found
	}
	targets := d.targets(b, o)
	losses = []Loss{
		{"classification", focal.emit(b, "head.loss_classification", d.logits, targets)},
		{"bbox_regression", denseBoxes.emit(b, "head.loss_bbox_regression", d.codes, targets)},
	}
	if !b.Training() {
		found.Rows = d.find(b)
	}
	return losses, found
}

// find emits what is found: of each level the highest scores of any class.
func (d *dense) find(b *graph.Builder) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	n, l, most := d.pictures.Images.Shape()[0], d.Limits.settle(300), or(d.Candidates, 1000)
	total, classes := len(d.grid)/4, d.About.Classes
	return b.Apply("head.found", graph.CustomOp{
		Kind: "detections", Shape: []int{n * l.Count, FoundValues},
		Forward: func(y []float32, in ...[]float32) {
			none(y, FoundValues)
			each(n, func(i int) {
				var c candidates
				box, first := make([]float32, 4), 0
				for _, end := range d.ends {
					var places []int
					var scores []float32
					for j := (i*total + first) * classes; j < (i*total+end)*classes; j++ {
						if score := float32(sigmoid(float64(in[0][j]))); float64(score) > l.Score {
							places, scores = append(places, j), append(scores, score)
						}
					}
					for _, k := range boxes.Top(scores, most) {
						anchor := places[k] / classes
						boxes.Coder{}.Decode(box, boxes.At(in[1], anchor), boxes.At(d.grid, anchor-i*total))
						boxes.Clip(box, in[2][2*i], in[2][2*i+1])
						c.add(box, scores[k], places[k]%classes)
					}
					first = end
				}
				c.write(y[i*l.Count*FoundValues:], i, l)
			})
		},
	}, d.logits, d.codes, d.pictures.Sizes)
}

// denseValues is how many values there are for an anchor: its class, 0 for the background, -1
// where it is not learnt from; the code of the object's box; one divided by the number of
// anchors of objects in the picture, and by the number of pictures.
const denseValues = 6

// denseMatcher is which anchors are of an object (section 4, anchors).
var denseMatcher = boxes.Matcher{High: 0.5, Low: 0.4, Best: true}

// targets emits what the anchors are to be [N T denseValues].
func (d *dense) targets(b *graph.Builder, o Objects) *gorgonia.Node {
	n, most, total := d.pictures.Images.Shape()[0], o.Labels.Shape()[1], len(d.grid)/4
	return b.Apply("head.targets", graph.CustomOp{
		Kind: "anchor targets", Shape: []int{n, total, denseValues}, Check: checkObjects(d.About.Classes),
		Forward: func(y []float32, in ...[]float32) {
			each(n, func(i int) {
				of, classes := objects(in[0], in[1], i, most)
				matches := make([]int32, total)
				denseMatcher.Match(matches, of, d.grid)
				rows, count := y[i*total*denseValues:(i+1)*total*denseValues], 0
				clear(rows)
				for j, m := range matches {
					row := rows[j*denseValues:][:denseValues]
					switch {
					case m >= 0:
						count++
						row[0] = float32(classes[m])
						boxes.Coder{}.Encode(row[1:5], boxes.At(of, int(m)), boxes.At(d.grid, j))
					case m == boxes.Between:
						row[0] = -1
					}
				}
				share := 1 / float32(n*max(count, 1))
				for j := 5; j < len(rows); j += denseValues {
					rows[j] = share
				}
			})
		},
	}, o.Boxes, o.Labels)
}

// The weight of objects and the exponent of the focal loss (section 3.2).
const (
	focalAlpha = 0.25
	focalGamma = 2
)

// focal is the focal loss -a_t (1 - p_t)^gamma log(p_t) of all classes of the anchors that are
// learnt from, summed up in each picture and divided by its number of anchors of objects.
var focal = lossOf{
	kind: "focal loss",
	value: func(x, targets []float32) (sum float64) {
		eachDense(x, targets, func(_ int, logit, share float64, is bool) {
			z, alpha := logit, focalAlpha // the logit of being wrong, and its weight
			if is {
				z = -logit
			} else {
				alpha = 1 - focalAlpha
			}
			sum += share * alpha * math.Pow(sigmoid(z), focalGamma) * softplus(z)
		})
		return sum
	},
	slope: func(dx, x, targets []float32, scale float64) {
		eachDense(x, targets, func(at int, logit, share float64, is bool) {
			z, alpha, sign := logit, 1-focalAlpha, 1.0
			if is {
				z, alpha, sign = -logit, focalAlpha, -1
			}
			p := sigmoid(z)
			d := alpha * math.Pow(p, focalGamma) * (focalGamma*(1-p)*softplus(z) + p)
			dx[at] = float32(scale * share * sign * d)
		})
	},
}

// eachDense goes through the classes of the anchors that are learnt from.
func eachDense(x, targets []float32, do func(at int, logit, share float64, is bool)) {
	rows := len(targets) / denseValues
	classes := len(x) / rows
	for i := range rows {
		t := targets[i*denseValues:][:denseValues]
		if t[0] < 0 {
			continue
		}
		for c, v := range x[i*classes : (i+1)*classes] {
			do(i*classes+c, float64(v), float64(t[5]), c > 0 && c == int(t[0]))
		}
	}
}

// denseBoxes is the distance of the codes of objects, summed up in each picture and divided by
// their number.
var denseBoxes = lossOf{
	kind: "anchor box loss",
	value: func(x, targets []float32) (sum float64) {
		for i := range len(targets) / denseValues {
			if t := targets[i*denseValues:][:denseValues]; t[0] > 0 {
				for j, v := range boxes.At(x, i) {
					sum += float64(t[5]) * math.Abs(float64(v-t[1+j]))
				}
			}
		}
		return sum
	},
	slope: func(dx, x, targets []float32, scale float64) {
		for i := range len(targets) / denseValues {
			if t := targets[i*denseValues:][:denseValues]; t[0] > 0 {
				for j, v := range boxes.At(x, i) {
					if d := v - t[1+j]; d != 0 {
						dx[4*i+j] = float32(scale * float64(t[5]) * math.Copysign(1, float64(d)))
					}
				}
			}
		}
	},
}
