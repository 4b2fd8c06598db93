package detection

import (
	"github.com/gorgonet/gorgonet/graph"
	"github.com/gorgonet/gorgonet/resnet/detection/boxes"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// Proposals are the boxes that a region proposal network hands on (Ren et al. 2015, section
// 3.3). Zero values are torchvision's.
type Proposals struct {
	Candidates, TrainingCandidates int     // of the highest scores of each level; 0 means 1000 and 2000
	Count, TrainingCount           int     // that are left of a picture; 0 means 1000 and 2000
	Overlap                        float64 // above which the lower score goes; 0 means 0.7
	Score                          float64 // below which none is handed on
	Sampler                        boxes.Sampler
}

// settle fills in the defaults.
func (p Proposals) settle(training bool) Proposals {
	if training {
		p.Candidates, p.Count = or(p.TrainingCandidates, 2000), or(p.TrainingCount, 2000)
	}
	p.Candidates, p.Count, p.Overlap = or(p.Candidates, 1000), or(p.Count, 1000), or(p.Overlap, 0.7)
	if p.Sampler == (boxes.Sampler{}) {
		p.Sampler = boxes.Sampler{Count: 256, Positive: 0.5}
	}
	return p
}

// or is v, or what 0 stands for.
func or[T int | float64](v, standard T) T {
	if v == 0 {
		return standard
	}
	return v
}

// smallestProposal is the least side of a proposal, in pixels.
const smallestProposal = 1e-3

// proposing is a region proposal network on some maps.
type proposing struct {
	Proposals
	grid          []float32 // anchors [T 4] of all levels
	ends          []int     // in grid, of each level
	logits, codes *gorgonia.Node
	pictures      Pictures
}

// propose emits the head that tells of every anchor whether it is an object, and how to move it.
func propose(b *graph.Builder, p Pictures, maps []*gorgonia.Node, anchors []boxes.Anchors, o Proposals) *proposing {
	if b.Err() != nil {
		return nil
	}
	if len(anchors) != len(maps) {
		b.Fail(errors.Errorf("detection: want anchors for each of %d maps, got %d", len(maps), len(anchors)))
		return nil
	}
	r := &proposing{Proposals: o, pictures: p}
	r.grid, r.ends = grids(p.Images, maps, anchors)
	head := b.Scope("rpn").Shared().Scope("head")
	conv := func(layer string, x *gorgonia.Node, out, kernel int) *gorgonia.Node {
		y := head.Conv(layer, x, graph.Conv{Out: out, Kernel: kernel, Pad: kernel / 2, Bias: true, Init: graph.Normal(0.01)})
		head.Initialize(layer+".bias", 0)
		return y
	}
	logits, codes := make([]*gorgonia.Node, len(maps)), make([]*gorgonia.Node, len(maps))
	for i, m := range maps {
		y := head.Activate("conv.0.1", conv("conv.0.0", m, m.Shape()[3], 3), graph.ReLU)
		logits[i] = conv("cls_logits", y, anchors[i].Count(), 1)
		codes[i] = conv("bbox_pred", y, 4*anchors[i].Count(), 1)
		if b.Err() != nil {
			return nil
		}
	}
	r.logits, r.codes = join(b, "rpn.logits", logits, 1), join(b, "rpn.codes", codes, 4)
	return r
}

// grids are the anchors of all maps, and where those of each end.
func grids(images *gorgonia.Node, maps []*gorgonia.Node, anchors []boxes.Anchors) (grid []float32, ends []int) {
	height, width := images.Shape()[1], images.Shape()[2]
	for i, m := range maps {
		grid = append(grid, anchors[i].Grid(m.Shape()[1], m.Shape()[2], height, width)...)
		ends = append(ends, len(grid)/4)
	}
	return grid, ends
}

// proposalValues is how many values a row of proposals has: picture, or -1 for none; box; score.
const proposalValues = 6

// rows emits the proposals [N*Count proposalValues]. No gradient flows through them: they are
// taken as given by what comes behind, as in torchvision and Ren et al. 2015, section 3.2.
func (r *proposing) rows(b *graph.Builder) *gorgonia.Node {
	if b.Err() != nil {
		return nil
	}
	n, most := r.pictures.Images.Shape()[0], r.settle(b.Training()).Count
	o := r.settle(b.Training())
	return b.Apply("rpn.proposals", graph.CustomOp{
		Kind: "proposals", Shape: []int{n * most, proposalValues},
		Forward: func(y []float32, in ...[]float32) {
			none(y, proposalValues)
			each(n, func(i int) {
				total := len(r.grid) / 4
				r.picture(y[i*most*proposalValues:][:most*proposalValues], i, o,
					in[0][i*total:(i+1)*total], in[1][4*i*total:4*(i+1)*total], in[2][2*i], in[2][2*i+1])
			})
		},
	}, r.logits, r.codes, r.pictures.Sizes)
}

// picture writes the proposals of one picture.
func (r *proposing) picture(rows []float32, picture int, o Proposals, logits, codes []float32, height, width float32) {
	var candidates, scores []float32
	var levels []int32
	box, first := make([]float32, 4), 0
	for level, end := range r.ends {
		for _, i := range boxes.Top(logits[first:end], o.Candidates) {
			i += first
			boxes.Coder{}.Decode(box, boxes.At(codes, i), boxes.At(r.grid, i))
			boxes.Clip(box, height, width)
			score := float32(sigmoid(float64(logits[i])))
			if boxes.Small(box, smallestProposal) || float64(score) < o.Score {
				continue
			}
			candidates, scores, levels = append(candidates, box...), append(scores, score), append(levels, int32(level))
		}
		first = end
	}
	left := boxes.SuppressGroups(candidates, scores, levels, o.Overlap)
	for k, i := range left[:min(len(left), o.Count)] {
		row := rows[k*proposalValues:][:proposalValues]
		row[0], row[5] = float32(picture), scores[i]
		copy(row[1:5], boxes.At(candidates, i))
	}
}

// anchorValues is how many values there are for an anchor: 1 for an object, 0 for the
// background, -1 for what is not learnt from; the code of the object's box.
const anchorValues = 5

// rpnMatcher is which anchors are of an object (Ren et al. 2015, section 3.1.2).
var rpnMatcher = boxes.Matcher{High: 0.7, Low: 0.3, Best: true}

// losses emits the losses of the anchors that the sampler takes.
func (r *proposing) losses(b *graph.Builder, o Objects, classes int, d draws) []Loss {
	if b.Err() != nil {
		return nil
	}
	n, most, total := r.pictures.Images.Shape()[0], o.Labels.Shape()[1], len(r.grid)/4
	sampler, random := r.settle(b.Training()).Sampler, d.of(b, "rpn.sample")
	targets := b.Apply("rpn.targets", graph.CustomOp{
		Kind: "anchor targets", Shape: []int{n, total, anchorValues}, Check: checkObjects(classes),
		Forward: func(y []float32, in ...[]float32) {
			rng := random(n)
			each(n, func(i int) {
				of, _ := objects(in[0], in[1], i, most)
				labels := make([]int32, total)
				matches := make([]int32, total)
				rpnMatcher.Match(matches, of, r.grid)
				for j, m := range matches {
					labels[j] = min(max(m+1, -1), 1) // Background is -1, Between less
				}
				sampler.Sample(labels, rng[i])
				rows := y[i*total*anchorValues:]
				for j, l := range labels {
					row := rows[j*anchorValues:][:anchorValues]
					clear(row)
					row[0] = float32(l)
					if l > 0 {
						boxes.Coder{}.Encode(row[1:], boxes.At(of, int(matches[j])), boxes.At(r.grid, j))
					}
				}
			})
		},
	}, o.Boxes, o.Labels)
	return []Loss{
		{"loss_objectness", objectness.emit(b, "rpn.loss_objectness", r.logits, targets)},
		{"loss_rpn_box_reg", anchorBoxes.emit(b, "rpn.loss_rpn_box_reg", r.codes, targets)},
	}
}

// objectness is the mean binary cross entropy of the anchors that are learnt from.
var objectness = lossOf{
	kind: "objectness loss",
	value: func(x, targets []float32) (sum float64) {
		for i, v := range x {
			if l := float64(targets[i*anchorValues]); l >= 0 {
				sum += softplus(float64(v)) - l*float64(v)
			}
		}
		return sum / counted(targets, anchorValues, 0)
	},
	slope: func(dx, x, targets []float32, scale float64) {
		scale /= counted(targets, anchorValues, 0)
		for i, v := range x {
			if l := float64(targets[i*anchorValues]); l >= 0 {
				dx[i] = float32(scale * (sigmoid(float64(v)) - l))
			}
		}
	},
}

// anchorBoxes is the smooth L1 loss of the codes of objects, summed up and divided by the
// number of all anchors that are learnt from.
var anchorBoxes = lossOf{
	kind: "anchor box loss",
	value: func(x, targets []float32) (sum float64) {
		for i := 0; i < len(targets)/anchorValues; i++ {
			if t := targets[i*anchorValues:][:anchorValues]; t[0] > 0 {
				for j, v := range boxes.At(x, i) {
					loss, _ := smooth(float64(v - t[1+j]))
					sum += loss
				}
			}
		}
		return sum / counted(targets, anchorValues, 0)
	},
	slope: func(dx, x, targets []float32, scale float64) {
		scale /= counted(targets, anchorValues, 0)
		for i := 0; i < len(targets)/anchorValues; i++ {
			if t := targets[i*anchorValues:][:anchorValues]; t[0] > 0 {
				for j, v := range boxes.At(x, i) {
					_, slope := smooth(float64(v - t[1+j]))
					dx[4*i+j] = float32(scale * slope)
				}
			}
		}
	},
}

// none marks all rows as not there.
func none(rows []float32, values int) {
	clear(rows)
	for i := 0; i < len(rows); i += values {
		rows[i] = -1
	}
}
