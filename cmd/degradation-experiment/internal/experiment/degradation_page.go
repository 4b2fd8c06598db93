package experiment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/training/report"
)

// degradationPage explains what an experiment has shown: the verdict, the figures, and
// beside each what the paper has to say.
func (r *Results) degradationPage(v Depths) report.Page {
	p := report.Page{
		Title: "Degradation: why deeper networks need shortcuts",
		Lead: "A network that is made deeper should not get worse: its new layers could do nothing, and the rest what the shallow one does. " +
			"Plain networks get worse all the same, in training error too, so that it cannot be overfitting. He et al. 2015 called this degradation " +
			"and cured it by shortcuts. This page is the experiment on one's own machine.",
	}
	p.Sections = append(p.Sections, r.verdictSection(v), r.errorSection(), r.gradientSection(), r.responseSection())
	if s := r.shareSection(); len(s.Parts) > 0 {
		p.Sections = append(p.Sections, s)
	}
	if s, ok := r.unravellingSection(); ok {
		p.Sections = append(p.Sections, s)
	}
	if s, ok := r.constructionSection(); ok {
		p.Sections = append(p.Sections, s)
	}
	p.Sections = append(p.Sections, r.settingsSection())
	p.Sections = append(p.Sections, r.originSections()...)
	return p
}

func (r *Results) verdictSection(v Depths) report.Section {
	t := report.Table{Columns: []string{"networks, error", fmt.Sprint(v.Shallow, " layers"), fmt.Sprint(v.Deep, " layers"), "deep − shallow"}}
	over := "the seeds"
	for i, g := range v.Gaps {
		seeds := strings.Join(strings.Fields(strings.Trim(fmt.Sprint(g.Seeds), "[]")), ", ")
		kind := string(g.Kind)
		switch {
		case i == 0:
			over = "the seeds " + seeds
		case !slices.Equal(g.Seeds, v.Gaps[0].Seeds):
			over += fmt.Sprintf(" (%s: %s)", kind, seeds)
		}
		t.Rows = append(t.Rows,
			[]string{kind + ", training", g.ShallowTrain.percent(), g.DeepTrain.percent(), signed(g.Train)},
			[]string{kind + ", test", g.ShallowTest.percent(), g.DeepTest.percent(), signed(g.Test)})
	}
	t.Caption = fmt.Sprintf("Errors in percent after %s steps, mean and standard deviation over %s. Training errors are in evaluation mode on %s of %s training pictures.",
		printable.Thousands(v.Iterations), over, printable.Thousands(v.Subset), printable.Thousands(v.Train))
	s := report.Section{Title: "Verdict", Parts: []report.Part{report.Paragraph(v.Finding)}}
	if len(t.Rows) > 0 {
		s.Parts = append(s.Parts, t, report.Paragraph("After ± in the text stands the standard error of the mean gap, from the spread over the seeds and "+
			"from measuring on so many pictures; a gap counts where it is more than two of them from zero."))
	}
	return s
}

func (r *Results) errorSection() report.Section {
	s := report.Section{Title: "The curves", Parts: []report.Part{report.Paragraph(
		"In the paper the deeper plain network lies above the shallower one from the start to the end, in training (dashed) as in testing (bold), " +
			"and the deeper residual network below (section 4.2, figure 6).")}}
	for _, kind := range []Kind{Plain, Residual} {
		if f := r.errorCurves(kind, r.highest()); len(f.Curves) > 0 {
			s.Parts = append(s.Parts, f)
		}
	}
	s.Parts = append(s.Parts, r.trainCurves())
	return s
}

func (r *Results) gradientSection() report.Section {
	of := func(t *Trained) []Point { return t.Gradients }
	start := report.Figure{Name: "gradients-start", Title: "Gradients at the start", Y: "gradient norm", LogY: true,
		Caption: "The L2 norm of the gradient of each layer's weights before the first step, from input to output."}
	end := report.Figure{Name: "gradients-end", Title: "Gradients at the end", Y: "gradient norm", LogY: true,
		Caption: "The same after the last step."}
	return report.Section{Title: "Gradients, layer by layer", Parts: []report.Part{
		report.Paragraph(fmt.Sprintf("Vanishing gradients are not what is wrong with the plain networks: batch norm keeps the signals' variance, forward and "+
			"backward (section 4.1: \"the backward propagated gradients exhibit healthy norms with BN\"). With random weights they rather grow from layer to layer "+
			"on their way back to the input, the more the deeper a plain network is (Yang et al. 2019, 1902.08129); shortcuts hold that down. The gradients here are those of the "+
			"first %d training pictures, without augmentation and with the batch's own statistics.", probed)),
		r.layerFigure(start, of, false), r.layerFigure(end, of, true), r.firstLayer(),
	}}
}

func (r *Results) responseSection() report.Section {
	of := func(t *Trained) []Point { return t.Responses }
	f := report.Figure{Name: "responses", Title: "Responses at the end", Y: "standard deviation",
		Caption: "The standard deviation of each 3x3 layer's output after batch norm, before the addition and the ReLU. He et al. 2015, figure 7, top."}
	return report.Section{Title: "Responses, layer by layer", Parts: []report.Part{
		report.Paragraph("If units are close to the identity, their residual functions must be small. The paper finds that residual networks answer with " +
			"smaller deviations than plain ones, and smaller still the deeper they are: \"when there are more layers, an individual layer of ResNets tends to " +
			"modify the signal less\" (section 4.2). Before the training all are 1, for batch norm makes them so; what is seen is what the training made of them."),
		r.layerFigure(f, of, true), r.sortedResponses(),
	}}
}

func (r *Results) unravellingSection() (report.Section, bool) {
	t := report.Table{Caption: "Test error in percent with single units dropped, over all units that keep the shape of their input.",
		Columns: []string{"network", "whole", "one dropped, mean", "one dropped, worst"}}
	pictures := 0
	for _, g := range r.trained() {
		var whole, mean, worst []float64
		for _, n := range g.networks {
			var errors []float64
			for _, p := range dropped(n) {
				errors = append(errors, p.Value)
			}
			if len(errors) == 0 {
				continue
			}
			pictures = min(unravelled, n.Test)
			whole = append(whole, n.Unravelling[0].Value)
			mean, worst = append(mean, spread(errors).Mean), append(worst, slices.Max(errors))
		}
		if len(whole) > 0 {
			t.Rows = append(t.Rows, []string{g.name(), spread(whole).percent(), spread(mean).percent(), spread(worst).percent()})
		}
	}
	return report.Section{Title: "Unravelling", Parts: []report.Part{
		report.Paragraph(fmt.Sprintf("A residual network with n units is a collection of 2ⁿ paths of different lengths. Dropping a unit takes half of them, and "+
			"the others still work; in a plain network it takes the only one (Veit et al. 2016, 1605.06431, section 4.1). Here every unit in turn is passed over, "+
			"without any further training, and the network is tested on %d pictures.", pictures)),
		t, r.unravellingFigure(),
	}}, len(t.Rows) > 0
}

func (r *Results) constructionSection() (report.Section, bool) {
	s := report.Section{Title: "The construction", Parts: []report.Part{report.Paragraph(
		"\"There exists a solution by construction to the deeper model: the added layers are identity mapping, and the other layers are copied from the " +
			"learned shallower model\" (section 1). With shortcuts it can be had exactly: units are appended to each stage of the trained shallow network, with the " +
			"scale of their last batch norm at 0, so that each gives relu(0 + x) = x. The deep network so made is then trained on for a quarter of the steps, " +
			"with a tenth of the learning rate.")}}
	table := report.Table{Caption: "Training error in percent, in evaluation mode.",
		Columns: []string{"seed", "logits", "shallow, trained", "deep, as constructed", "deep, trained on", "deep, from random weights"}}
	for _, t := range r.Networks {
		if t.Construction == nil || len(t.TrainError) == 0 {
			continue
		}
		logits := "all equal to the bit"
		if !t.Construction.Equal {
			logits = fmt.Sprintf("differ by up to %.3g", t.Construction.Largest)
		}
		table.Rows = append(table.Rows, []string{fmt.Sprint(t.Seed), logits, r.final(t.Kind, t.From, 0, t.Seed), percent(t.TrainError[0].Value),
			r.final(t.Kind, t.Depth, t.From, t.Seed), r.final(t.Kind, t.Depth, 0, t.Seed)})
	}
	s.Parts = append(s.Parts, table, r.constructionFigure())
	return s, len(table.Rows) > 0
}

// final is the training error that a network ended with, in percent.
func (r *Results) final(kind Kind, depth, from int, seed uint64) string {
	for _, t := range r.Networks {
		if e, ok := t.Final(); ok && t.Kind == kind && t.Depth == depth && t.From == from && t.Seed == seed {
			return percent(e)
		}
	}
	return ""
}

func (r *Results) settingsSection() report.Section {
	n := r.Networks[0]
	return report.Section{Title: "Settings", Parts: []report.Part{
		report.Paragraph(fmt.Sprintf("%s training and %s test pictures of %dx%d, %d a step. All networks have the paper's recipe (section 4.2) but for the number of steps: "+
			"SGD with momentum 0.9 and weight decay 0.0001, and a learning rate that falls to a tenth at 1/2 and at 3/4 of the steps. Networks of one seed see the same "+
			"batches in the same order. Shortcuts of residual networks: %s.", printable.Thousands(n.Train), printable.Thousands(n.Test), n.Picture[0], n.Picture[1], n.Batch, r.shortcut())), r.networkTable(),
	}}
}

func (r *Results) shortcut() string {
	for _, t := range r.Networks {
		if t.Kind == Residual {
			return string(t.Shortcut)
		}
	}
	return "none"
}
