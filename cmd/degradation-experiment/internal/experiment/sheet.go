package experiment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/training/report"
)

// sheet is what the page of a comparison has of its own.
type sheet struct {
	title, lead string
	curves      string // what to know of the curves
	recipe      string // how the networks are trained
	sections    []report.Section
}

// paperRecipe is the engine's.
const paperRecipe = "SGD with momentum 0.9 and weight decay 0.0001, and a learning rate that falls to a tenth at 1/2 and at 3/4 of the steps"

// sheet makes the page of a comparison.
func (r *Results) sheet(v Comparisons, s sheet) report.Page {
	p := report.Page{Title: s.title, Lead: s.lead}
	p.Sections = append(p.Sections, v.section(), r.endSection(v), r.curvesSection(s.curves), r.backSection())
	for _, own := range s.sections {
		if len(own.Parts) > 0 {
			p.Sections = append(p.Sections, own)
		}
	}
	p.Sections = append(p.Sections, r.recipeSection(s.recipe))
	p.Sections = append(p.Sections, r.originSections()...)
	return p
}

// section is the verdict.
func (v Comparisons) section() report.Section {
	s := report.Section{Title: "Verdict", Parts: []report.Part{report.Paragraph(v.Finding)}}
	if len(v.Networks) > 0 {
		t := report.Table{Columns: []string{"network", "training error", "test error", "parameters", "multiply-adds (million)", "seeds"},
			Caption: fmt.Sprintf("Errors in percent after %s steps, mean and standard deviation over the seeds. Training errors are in evaluation mode on %s of %s training pictures, "+
				"test errors on %s.", printable.Thousands(v.Iterations), printable.Thousands(v.Subset), printable.Thousands(v.Train), printable.Thousands(v.Test))}
		for _, n := range v.Networks {
			t.Rows = append(t.Rows, []string{n.Name, n.Train.percent(), n.Test.percent(), printable.Thousands(n.Parameters), fmt.Sprintf("%.1f", float64(n.MultiplyAdds)/1e6), seedList(n.Seeds)})
		}
		s.Parts = append(s.Parts, t)
	}
	if len(v.Comparisons) > 0 {
		t := report.Table{Columns: []string{"compared", "against", "training", "test", "training says"},
			Caption: "How much more the first errs than the second, in points of percent, with the standard error of the mean."}
		for _, c := range v.Comparisons {
			t.Rows = append(t.Rows, []string{c.Of, c.Against, withError(c.Train.Mean, c.TrainNoise), withError(c.Test.Mean, c.TestNoise), string(c.Says)})
		}
		s.Parts = append(s.Parts, t, report.Paragraph("After ± stands the standard error of the mean gap, from the spread over the seeds and from measuring on so many pictures; "+
			"a gap counts where it is more than two of them from zero. With one seed nothing is known of the spread, and nothing is decided; with two it is known roughly, and of many "+
			"comparisons one in twenty may count by chance."))
	}
	return s
}

func seedList(seeds []uint64) string {
	return strings.Join(strings.Fields(strings.Trim(fmt.Sprint(seeds), "[]")), ", ")
}

// endSection draws where the networks have ended: by depth, or by kind where there is one
// depth.
func (r *Results) endSection(v Comparisons) report.Section {
	s := report.Section{Title: "Where they end"}
	f := report.Figure{Name: "ends", Title: "Errors at the end", Y: "error (%)", YRange: [2]float64{0, 100},
		Caption: "Dashed: training error in evaluation mode; bold: test error; the band is the standard deviation over the seeds."}
	byDepth := map[Kind][]Standing{}
	var kinds []Kind
	depths := map[int]bool{}
	for _, n := range v.Networks {
		if !slices.Contains(kinds, n.Kind) {
			kinds = append(kinds, n.Kind)
		}
		byDepth[n.Kind] = append(byDepth[n.Kind], n)
		depths[n.Depth] = true
	}
	if len(depths) < 2 {
		f.Bars = true
		f.Caption = "Training error in evaluation mode, and test error: means over the seeds."
		train, test := report.Curve{Name: "training", Color: 0}, report.Curve{Name: "test", Color: 1}
		for i, n := range v.Networks {
			f.Categories = append(f.Categories, string(n.Kind))
			train.X, train.Y = append(train.X, float64(i)), append(train.Y, 100*n.Train.Mean)
			test.X, test.Y = append(test.X, float64(i)), append(test.Y, 100*n.Test.Mean)
		}
		f.Curves = []report.Curve{train, test}
		if s.Parts = []report.Part{f}; len(v.Networks) == 0 {
			return report.Section{Title: s.Title, Parts: []report.Part{report.Paragraph("No network has ended yet.")}}
		}
		return s
	}
	f.X = "depth"
	for _, kind := range kinds {
		color := r.color(kind)
		train, test := report.Curve{Name: string(kind) + ", training", Color: color, Kind: report.Dashed, Points: true}, report.Curve{Name: string(kind) + ", test", Color: color, Points: true}
		for _, n := range byDepth[kind] {
			train.X, train.Y, train.Deviation = append(train.X, float64(n.Depth)), append(train.Y, 100*n.Train.Mean), append(train.Deviation, 100*n.Train.Deviation)
			test.X, test.Y, test.Deviation = append(test.X, float64(n.Depth)), append(test.Y, 100*n.Test.Mean), append(test.Deviation, 100*n.Test.Deviation)
		}
		f.Curves = append(f.Curves, train, test)
	}
	s.Parts = append(s.Parts, f)
	return s
}

// color is that of a kind in all figures of a comparison.
func (r *Results) color(k Kind) int { return r.Networks[0].design().rank(k) }

// allDepths are those of the networks, in order.
func (r *Results) allDepths() (depths []int) {
	for _, t := range r.Networks {
		if !slices.Contains(depths, t.Depth) {
			depths = append(depths, t.Depth)
		}
	}
	slices.Sort(depths)
	return depths
}

// ofDepth are the groups of one depth that began with random weights, in the colours of
// their kinds.
func (r *Results) ofDepth(depth int) (out []group) {
	for _, g := range r.trained() {
		if g.networks[0].Depth == depth {
			g.color = r.color(g.kind())
			out = append(out, g)
		}
	}
	return out
}

// curvesSection draws training and test error over the steps, a figure for each depth.
func (r *Results) curvesSection(text string) report.Section {
	s := report.Section{Title: "The curves", Parts: []report.Part{report.Paragraph(text)}}
	top := r.highest()
	for _, depth := range r.allDepths() {
		f := report.Figure{Name: fmt.Sprint("errors-", depth), Title: fmt.Sprint("Depth ", depth), X: "steps", Y: "error (%)", YRange: [2]float64{0, top},
			Caption: "Dashed: training error on the augmented batches; bold: test error."}
		for _, g := range r.ofDepth(depth) {
			dashed := g.curve(report.Dashed, func(t *Trained) series { return overTime(t.BatchError, 100) })
			bold := g.curve(report.Bold, func(t *Trained) series { return overTime(t.TestError, 100) })
			dashed.Name = ""
			f.Curves = append(f.Curves, dashed, bold)
		}
		s.Parts = append(s.Parts, f)
	}
	return s
}

// backSection draws the gradients of the layers before the first step and after the last.
func (r *Results) backSection() report.Section {
	s := report.Section{Title: "Gradients, layer by layer", Parts: []report.Part{report.Paragraph(fmt.Sprintf(
		"The L2 norm of the gradient of each layer's weights, from input to output, of the first %d training pictures, without augmentation: when first measured, and after the last step.", probed))}}
	for _, depth := range r.allDepths() {
		start := r.reached(depth)
		for _, last := range []bool{false, true} {
			if !last && start > 0 && start == r.Networks[0].Iterations {
				continue // which the end is too
			}
			when := map[bool]string{false: "start", true: "end"}[last]
			f := report.Figure{Name: fmt.Sprint("gradients-", when, "-", depth), Title: fmt.Sprintf("Gradients at the %s, depth %d", when, depth), X: "layer", Y: "gradient norm", LogY: true,
				Caption: fmt.Sprintf("Depth %d, at the %s of the training.", depth, when)}
			if !last {
				f.Caption = fmt.Sprintf("Depth %d, at step %s, the first at which all layers have one.", depth, printable.Thousands(start))
			}
			for _, g := range r.ofDepth(depth) {
				f.Curves = append(f.Curves, g.curve(report.Bold, func(t *Trained) series { return byPlace(layersAt(within(t.Gradients, start), last), 1) }))
			}
			s.Parts = append(s.Parts, f)
		}
	}
	return s
}

// reached is the first step at which a gradient reaches all layers in the networks of a
// depth: 0 but where a last layer begins with zeros, which let none through.
func (r *Results) reached(depth int) (step int) {
	for _, g := range r.ofDepth(depth) {
		for _, t := range g.networks {
			for _, p := range t.Gradients {
				if p.Value != 0 || p.Iteration < step {
					continue
				}
				if later := within(t.Gradients, p.Iteration+1); len(later) > 0 {
					step = later[0].Iteration
				}
			}
		}
	}
	return step
}

// within are the points from a step on.
func within(points []Point, from int) []Point {
	for i, p := range points {
		if p.Iteration >= from {
			return points[i:]
		}
	}
	return nil
}

// recipeSection tells how the networks were trained.
func (r *Results) recipeSection(recipe string) report.Section {
	n := r.Networks[0]
	return report.Section{Title: "Settings", Parts: []report.Part{
		report.Paragraph(fmt.Sprintf("%s training and %s test pictures of %dx%d, %d a step. All networks are trained for as many steps, with %s. Networks of one seed see the same "+
			"batches in the same order.", printable.Thousands(n.Train), printable.Thousands(n.Test), n.Picture[0], n.Picture[1], n.Batch, recipe)), r.networkTable(),
	}}
}

// networkTable lists the networks.
func (r *Results) networkTable() report.Table {
	t := report.Table{Caption: "The networks, each a directory of its own with config.json, log.csv and checkpoints.",
		Columns: []string{"network", "seed", "parameters", "steps", "schedule", "test error (%)", "seconds"}}
	for _, n := range r.Networks {
		row := []string{n.Name(), fmt.Sprint(n.Seed), "", printable.Thousands(n.Iterations), n.Schedule, "", ""}
		if n.Result != nil {
			row[2], row[5], row[6] = printable.Thousands(n.Result.Parameters), percent(n.Result.TestError), fmt.Sprintf("%.0f", n.Result.Seconds)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
