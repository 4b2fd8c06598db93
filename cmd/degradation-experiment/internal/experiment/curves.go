package experiment

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/training/report"
)

// group is the networks that differ in their seed alone, and how they are drawn.
type group struct {
	networks []*Trained
	color    int
}

func (g group) name() string { return g.networks[0].Name() }
func (g group) kind() Kind   { return g.networks[0].Kind }

// groups are the networks by name, in order.
func (r *Results) groups() (out []group) {
	for _, t := range r.Networks {
		i := slices.IndexFunc(out, func(g group) bool { return g.name() == t.Name() })
		if i < 0 {
			i = len(out)
			out = append(out, group{color: i})
		}
		out[i].networks = append(out[i].networks, t)
	}
	return out
}

// trained are the groups that began with random weights.
func (r *Results) trained() []group {
	return slices.DeleteFunc(r.groups(), func(g group) bool { return g.networks[0].From > 0 })
}

// series is a value over places, of one network.
type series struct{ x, y []float64 }

// overTime is a series over the steps, in percent or as scaled.
func overTime(points []Point, scale float64) (s series) {
	for _, p := range points {
		s.x, s.y = append(s.x, float64(p.Iteration)), append(s.y, scale*p.Value)
	}
	return s
}

// byPlace is a series over layers or units, numbered from 1.
func byPlace(points []Point, scale float64) (s series) {
	for i, p := range points {
		s.x, s.y = append(s.x, float64(i+1)), append(s.y, scale*p.Value)
	}
	return s
}

// meanOf is the mean over the points of each iteration.
func meanOf(points []Point) (out []Point) {
	for len(points) > 0 {
		these := at(points, points[0].Iteration)
		sum := 0.0
		for _, p := range these {
			sum += p.Value
		}
		out = append(out, Point{Iteration: these[0].Iteration, Value: sum / float64(len(these))})
		points = points[len(these):]
	}
	return out
}

// mainPath leaves projections out.
func mainPath(points []Point) []Point {
	return slices.DeleteFunc(slices.Clone(points), func(p Point) bool { return strings.Contains(p.Of, "downsample") })
}

// curve is the mean over the seeds, with the deviation as a band where there are
// several.
func (g group) curve(kind report.Kind, of func(*Trained) series) report.Curve {
	c := report.Curve{Name: g.name(), Color: g.color, Kind: kind}
	values := map[float64][]float64{}
	for _, t := range g.networks {
		s := of(t)
		for i, x := range s.x {
			values[x] = append(values[x], s.y[i])
		}
	}
	for x := range values {
		c.X = append(c.X, x)
	}
	slices.Sort(c.X)
	for _, x := range c.X {
		s := spread(values[x])
		c.Y, c.Deviation = append(c.Y, s.Mean), append(c.Deviation, s.Deviation)
	}
	if len(g.networks) < 2 {
		c.Deviation = nil
	}
	return c
}

// errorCurves are the paper's figure 6, for one kind.
func (r *Results) errorCurves(kind Kind, top float64) report.Figure {
	f := report.Figure{
		Name: "errors-" + string(kind), Title: title(kind), X: "steps", Y: "error (%)", YRange: [2]float64{0, top},
		Caption: "Dashed: training error on the augmented batches; bold: test error. He et al. 2015, figure 6.",
	}
	for _, g := range r.trained() {
		if g.kind() != kind {
			continue
		}
		dashed := g.curve(report.Dashed, func(t *Trained) series { return overTime(t.BatchError, 100) })
		bold := g.curve(report.Bold, func(t *Trained) series { return overTime(t.TestError, 100) })
		dashed.Name, bold.Name = dashed.Name+", training", bold.Name+", test"
		f.Curves = append(f.Curves, dashed, bold)
	}
	return f
}

func title(kind Kind) string {
	if kind == Plain {
		return "Plain networks"
	}
	return "Residual networks"
}

// highest is the largest error of the curves, for one scale in all of them.
func (r *Results) highest() float64 {
	top := 0.0
	for _, t := range r.Networks {
		for _, p := range slices.Concat(t.BatchError, t.TestError) {
			top = max(top, 100*p.Value)
		}
	}
	return min(10*float64(int(top/10)+1), 100)
}

// trainCurves are the training errors in evaluation mode.
func (r *Results) trainCurves() report.Figure {
	f := report.Figure{Name: "errors-training", Title: "Training error in evaluation mode", X: "steps", Y: "training error (%)",
		Caption: "On a fixed part of the training set, without augmentation and with batch norm's running statistics: what the verdict compares."}
	for _, g := range r.trained() {
		f.Curves = append(f.Curves, g.curve(report.Bold, func(t *Trained) series { return overTime(t.TrainError, 100) }))
	}
	return f
}

// layerFigure draws a value over the layers, at the start of the training or the
// end.
func (r *Results) layerFigure(f report.Figure, of func(*Trained) []Point, last bool) report.Figure {
	f.X = "layer"
	for _, g := range r.trained() {
		f.Curves = append(f.Curves, g.curve(report.Bold, func(t *Trained) series {
			return byPlace(layersAt(of(t), last), 1)
		}))
	}
	return f
}

// layersAt are the points of the first or the last measurement, without projections.
func layersAt(points []Point, last bool) []Point {
	from, to := ends(points)
	if last {
		from = to
	}
	return mainPath(at(points, from))
}

// sortedResponses are the responses by size, the lower half of the paper's figure 7.
func (r *Results) sortedResponses() report.Figure {
	f := report.Figure{Name: "responses-sorted", Title: "Responses by size, at the end", X: "layer, by size", Y: "standard deviation",
		Caption: "The same, sorted. He et al. 2015, figure 7, bottom."}
	for _, g := range r.trained() {
		f.Curves = append(f.Curves, g.curve(report.Bold, func(t *Trained) series {
			_, last := ends(t.Responses)
			points := at(t.Responses, last)
			slices.SortFunc(points, func(a, b Point) int { return cmp.Compare(b.Value, a.Value) })
			return byPlace(points, 1)
		}))
	}
	return f
}

// firstLayer draws the gradient norm of the first convolution over the training.
func (r *Results) firstLayer() report.Figure {
	f := report.Figure{Name: "gradient-first-layer", Title: "Gradient of the first layer along the training", X: "steps", Y: "gradient norm", LogY: true,
		Caption: "The L2 norm of the gradient of conv1's weights: what arrives after the way back through all layers."}
	for _, g := range r.trained() {
		f.Curves = append(f.Curves, g.curve(report.Bold, func(t *Trained) series {
			first := slices.DeleteFunc(slices.Clone(t.Gradients), func(p Point) bool { return p.Of != "conv1" })
			return overTime(first, 1)
		}))
	}
	return f
}

// shareSection explains the shares; it has no parts where none were measured.
func (r *Results) shareSection() report.Section {
	f := r.shareCurves()
	if len(f.Curves) == 0 {
		return report.Section{}
	}
	return report.Section{Title: "The way back through the shortcuts", Parts: []report.Part{report.Paragraph(
		"For y = relu(F(x) + x) the gradient at x is that at the sum, s, plus what comes back through F. The share is the length of s along the " +
			"whole gradient g: ⟨s, g⟩/⟨g, g⟩. What the shortcuts carry passes no weights on its way to the first layers, only the masks of the ReLUs; it is the " +
			"1 in dL/dx(l) = dL/dx(L) (1 + ...) of He et al. 2016 (1603.05027), equation 5. In plain networks the share is nothing."), f}}
}

// shareCurves draw the mean share of the first stage's shortcuts.
func (r *Results) shareCurves() report.Figure {
	f := report.Figure{Name: "shares", Title: "Share of the gradient through the shortcuts", X: "steps", Y: "share", YRange: [2]float64{0, 0},
		Caption: "Mean over the units of the first stage of ⟨s, g⟩/⟨g, g⟩: g is the gradient at the unit's input, s the part of it that came through the shortcut."}
	for _, g := range r.trained() {
		c := g.curve(report.Bold, func(t *Trained) series { return overTime(meanOf(t.Shares), 1) })
		if len(c.X) > 0 {
			f.Curves = append(f.Curves, c)
		}
	}
	return f
}

// unravellingFigure draws the test error without each unit.
func (r *Results) unravellingFigure() report.Figure {
	f := report.Figure{Name: "unravelling", Title: "Test error with one unit dropped", X: "place of the dropped unit, from input (0) to output (1)", Y: "test error (%)",
		XRange: [2]float64{0, 1}, Caption: "Each point is the network without one of its units; thin lines are the whole networks. Veit et al. 2016, figure 3."}
	for _, g := range r.trained() {
		c := g.curve(report.Bold, func(t *Trained) (s series) {
			for i, p := range dropped(t) {
				s.x, s.y = append(s.x, t.place(t.droppable()[i])), append(s.y, 100*p.Value)
			}
			return s
		})
		c.Points = true
		whole := g.curve(report.Thin, func(t *Trained) series {
			if len(t.Unravelling) == 0 {
				return series{}
			}
			e := 100 * t.Unravelling[0].Value
			return series{[]float64{0, 1}, []float64{e, e}}
		})
		whole.Name, whole.Deviation = "", nil
		f.Curves = append(f.Curves, c, whole)
	}
	return f
}

// dropped are the errors without each unit; there are as many as units that can
// be dropped, or none yet.
func dropped(t *Trained) []Point {
	if len(t.Unravelling) != len(t.droppable())+1 {
		return nil
	}
	return t.Unravelling[1:]
}

// constructionFigure draws the training error of the constructed networks.
func (r *Results) constructionFigure() report.Figure {
	f := report.Figure{Name: "construction", Title: "Training error of the constructed network", X: "steps after the construction", Y: "training error (%)",
		Caption: "At step 0 it is the shallow network's. Thin: where the shallow and the deep network ended that began with random weights."}
	for _, g := range r.groups() {
		if g.networks[0].From == 0 {
			continue
		}
		own := g.curve(report.Bold, func(t *Trained) series { return overTime(t.TrainError, 100) })
		own.Points = true
		f.Curves = append(f.Curves, own)
		for _, other := range r.trained() {
			o := other.networks[0]
			if o.Kind != g.kind() || (o.Depth != g.networks[0].From && o.Depth != g.networks[0].Depth) {
				continue
			}
			level := other.curve(report.Thin, func(t *Trained) series {
				e, ok := t.Final()
				if !ok {
					return series{}
				}
				return series{[]float64{0, float64(g.networks[0].Iterations)}, []float64{100 * e, 100 * e}}
			})
			level.Deviation = nil
			f.Curves = append(f.Curves, level)
		}
	}
	return f
}
