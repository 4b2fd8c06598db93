package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gorgonet/gorgonet/cmd/internal/cli"
	"github.com/gorgonet/gorgonet/imagenet"
	"github.com/gorgonet/gorgonet/training/report"
)

// page shows the outcome.
func (r *records) page(out result, s *options) (report.Page, error) {
	var networks, files []string
	for _, m := range s.Members {
		model, file, _ := strings.Cut(m, "=")
		networks, files = append(networks, model), append(files, file)
	}
	percent := func(x float64) string { return fmt.Sprintf("%.2f\u00a0%%", 100*x) }
	lead := fmt.Sprintf("Top-1 error %s on %s pictures.", percent(out.Top1Error), thousands(out.Pictures))
	outcome := [][]string{{"top-1 error", percent(out.Top1Error)}}
	if out.Classes > top { // of fewer, the five likeliest are all
		lead = fmt.Sprintf("Top-1 error %s, top-5 error %s on %s pictures.", percent(out.Top1Error), percent(out.Top5Error), thousands(out.Pictures))
		outcome = append(outcome, []string{"top-5 error", percent(out.Top5Error)})
	}
	protocol := s.Protocol
	if protocol == multiScale {
		protocol += ", shorter sides of " + s.Sides
	}
	outcome = append(outcome, [][]string{
		{"pictures", thousands(out.Pictures)}, {"pictures that could not be read", thousands(out.Unreadable)}, {"classes", thousands(out.Classes)},
		{"data", s.Data}, {"protocol", protocol}, {"averaged", s.Average},
	}...)
	for i, file := range files {
		outcome = append(outcome, []string{"weights of " + networks[i], file})
	}
	p := report.Page{
		Title: fmt.Sprintf("%s on %s", strings.Join(networks, " and "), s.Data), Lead: lead,
		Sections: []report.Section{
			{Title: "Outcome", Parts: []report.Part{report.Table{Columns: []string{"", ""}, Rows: outcome}}},
			{Title: "Confusion", Parts: []report.Part{report.Confusion{Caption: "What classes were taken for.", Classes: r.names, Counts: r.tally.Confusion()}}},
		},
	}
	gallery, err := r.gallery(s)
	if err != nil {
		return p, err
	}
	if len(gallery.Pictures) > 0 {
		p.Sections = append(p.Sections, report.Section{Title: "Worst mistakes", Parts: []report.Part{gallery}})
	}
	p.Sections = append(p.Sections, report.Section{Title: "Where and when", Parts: []report.Part{
		report.Table{Columns: []string{"", ""}, Rows: report.Here(cli.Version()).Rows()}}})
	return p, nil
}

// shown is the number of mistakes on the page, named that of the classes beneath each.
const shown, named = 24, 3

// gallery shows the pictures whose true class came out lowest; of those with the same
// rank the ones first where the highest score was furthest from the next.
func (r *records) gallery(s *options) (report.Gallery, error) {
	g := report.Gallery{Name: "mistakes", Caption: "The pictures whose true class came out lowest, and of those of one rank the ones that the networks were surest of: " +
		"the true class and its rank, then the classes with the highest scores (" + s.Average + ", averaged). Each is seen as the middle crop of it."}
	rows, err := r.table.Rows()
	if err != nil {
		return g, err
	}
	type mistake struct {
		row        []string
		rank, lead float64
	}
	var wrong []mistake
	for i, row := range rows {
		if row[3] == "" || row[3] == "0" {
			continue
		}
		var numbers [3]float64
		for j, at := range []int{3, 6, 8} { // a wrong one has two classes at least
			if numbers[j], err = strconv.ParseFloat(row[at], 64); err != nil {
				return g, fmt.Errorf("row %d of predictions.csv is damaged: %w", i+1, err)
			}
		}
		wrong = append(wrong, mistake{row, numbers[0], numbers[1] - numbers[2]})
	}
	slices.SortStableFunc(wrong, func(a, b mistake) int { return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(b.lead, a.lead)) })
	examples := &imagenet.Examples{Set: r.set}
	for _, m := range wrong[:min(len(wrong), 2*shown)] { // some may have gone since
		index, label, err := r.place(m.row)
		if err != nil {
			return g, err
		}
		picture := examples.Picture(index)
		if picture == nil {
			continue
		}
		lines := []string{fmt.Sprintf("%s: rank %s of %s", r.names[label], thousands(int(m.rank)+1), thousands(len(r.names)))}
		for k := 0; k < named && 6+2*k < len(m.row); k++ {
			class, err := strconv.Atoi(m.row[5+2*k])
			score, err2 := strconv.ParseFloat(m.row[6+2*k], 64)
			if err != nil || err2 != nil || class < 0 || class >= len(r.names) {
				return g, fmt.Errorf("row %d of predictions.csv is damaged: no class and score at %q", index+1, m.row[5+2*k:])
			}
			text := fmt.Sprintf("%.2f", score)
			if s.Average == probabilities {
				text = fmt.Sprintf("%.2f\u00a0%%", 100*score)
			}
			lines = append(lines, fmt.Sprintf("%d. %s %s", k+1, r.names[class], text))
		}
		if g.Pictures = append(g.Pictures, report.Picture{Image: picture, Lines: lines}); len(g.Pictures) == shown {
			break
		}
	}
	return g, nil
}

// place is which picture a row is about, and its class.
func (r *records) place(row []string) (index, label int, err error) {
	index, err = strconv.Atoi(row[0])
	if err == nil {
		label, err = strconv.Atoi(row[2])
	}
	if err == nil && (index < 0 || index >= r.set.Len() || label < 0 || label >= len(r.names)) {
		err = fmt.Errorf("there is no picture %d of class %d", index, label)
	}
	if err != nil {
		err = fmt.Errorf("predictions.csv is damaged: %w", err)
	}
	return index, label, err
}

// thousands writes a number with commas.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
