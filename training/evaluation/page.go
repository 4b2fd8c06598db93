package evaluation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/gorgonet/gorgonet/training/report"
)

// protocolName is what records call a protocol, and what is more to say about it.
func protocolName(p imagenet.Protocol) (name, more string) {
	switch p := p.(type) {
	case imagenet.Preprocessing:
		return "1-crop", ""
	case imagenet.TenCropTest:
		return "10-crop", ""
	case imagenet.FullTest:
		if len(p.Sides) > 0 {
			more = ", shorter sides of " + strings.Trim(strings.ReplaceAll(fmt.Sprint(p.Sides), " ", ","), "[]")
		}
		return "multi-scale", more
	case fmt.Stringer:
		return p.String(), ""
	}
	return fmt.Sprintf("%T", p), ""
}

// page shows the outcome.
func (e *Evaluation) page(out Result) (report.Page, error) {
	c := e.config
	var names []string
	for _, n := range c.Networks {
		names = append(names, n.Name)
	}
	percent := func(x float64) string { return fmt.Sprintf("%.2f\u00a0%%", 100*x) }
	lead := fmt.Sprintf("Top-1 error %s on %s pictures.", percent(out.Top1Error), printable.Thousands(out.Pictures))
	outcome := [][]string{{"top-1 error", percent(out.Top1Error)}}
	if out.Classes > top { // of fewer, the five likeliest are all
		lead = fmt.Sprintf("Top-1 error %s, top-5 error %s on %s pictures.", percent(out.Top1Error), percent(out.Top5Error), printable.Thousands(out.Pictures))
		outcome = append(outcome, []string{"top-5 error", percent(out.Top5Error)})
	}
	_, more := protocolName(c.Protocol)
	outcome = append(outcome, [][]string{
		{"pictures", printable.Thousands(out.Pictures)}, {"pictures that could not be read", printable.Thousands(out.Unreadable)}, {"classes", printable.Thousands(out.Classes)},
		{"data", c.Data}, {"protocol", out.Protocol + more}, {"averaged", string(c.Average)},
	}...)
	for _, n := range c.Networks {
		if n.File != "" {
			outcome = append(outcome, []string{"weights of " + n.Name, n.File})
		}
	}
	p := report.Page{
		Title: fmt.Sprintf("%s on %s", strings.Join(names, " and "), c.Data), Lead: lead,
		Sections: []report.Section{
			{Title: "Outcome", Parts: []report.Part{report.Table{Columns: []string{"", ""}, Rows: outcome}}},
			{Title: "Confusion", Parts: []report.Part{report.Confusion{Caption: "What classes were taken for.", Classes: c.Classes, Counts: e.records.tally.Confusion()}}},
		},
	}
	rows, err := e.records.rows()
	if err != nil {
		return p, err
	}
	if gallery := e.gallery(rows); len(gallery.Pictures) > 0 {
		p.Sections = append(p.Sections, report.Section{Title: "Worst mistakes", Parts: []report.Part{gallery}})
	}
	p.Sections = append(p.Sections, report.Section{Title: "Where and when", Parts: []report.Part{
		report.Table{Columns: []string{"", ""}, Rows: report.Here(out.Version).Rows()}}})
	return p, nil
}

// shown is the number of mistakes on the page, named that of the classes beneath each.
const shown, named = 24, 3

// gallery shows the pictures whose true class came out lowest; of those with the same
// rank the ones first where the highest score was furthest from the next.
func (e *Evaluation) gallery(rows []row) report.Gallery {
	c := e.config
	g := report.Gallery{Name: "mistakes", Caption: "The pictures whose true class came out lowest, and of those of one rank the ones that the networks were surest of: " +
		"the true class and its rank, then the classes with the highest scores (" + string(c.Average) + ", averaged). Each is seen as the middle crop of it."}
	wrong := slices.DeleteFunc(slices.Clone(rows), func(x row) bool { return x.rank < 1 }) // which have two classes at least
	lead := func(x row) float64 { return x.best[0].score - x.best[1].score }
	slices.SortStableFunc(wrong, func(a, b row) int { return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(lead(b), lead(a))) })
	examples := &imagenet.Examples{Set: c.Examples.Set}
	for _, x := range wrong[:min(len(wrong), 2*shown)] { // some may have gone since
		picture := examples.Picture(x.index)
		if picture == nil {
			continue
		}
		lines := []string{fmt.Sprintf("%s: rank %s of %s", c.Classes[x.label], printable.Thousands(x.rank+1), printable.Thousands(len(c.Classes)))}
		for k, b := range x.best[:min(len(x.best), named)] {
			text := fmt.Sprintf("%.2f", b.score)
			if c.Average == Probabilities {
				text = fmt.Sprintf("%.2f\u00a0%%", 100*b.score)
			}
			lines = append(lines, fmt.Sprintf("%d. %s %s", k+1, c.Classes[b.class], text))
		}
		if g.Pictures = append(g.Pictures, report.Picture{Image: picture, Lines: lines}); len(g.Pictures) == shown {
			break
		}
	}
	return g
}
