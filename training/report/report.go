package report

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/gorgonet/gorgonet/internal/printable"
	"github.com/pkg/errors"
)

// Make reads the directories of runs and writes their page, report.html, and the
// figures on it to the directory out, which is made if it is not there.
func Make(out string, paths ...string) error {
	if len(paths) == 0 {
		return errors.New("report: want the directory of at least one run")
	}
	runs := make([]*Run, len(paths))
	for i, path := range paths {
		var err error
		if runs[i], err = Open(path); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return errors.Wrapf(err, "report: cannot make the directory %s", out)
	}
	return New(runs...).Write(out)
}

// New is the page of one run, or of several side by side. Of those that are nil or have
// no record there is nothing to say.
func New(runs ...*Run) Page {
	if runs = recorded(runs); len(runs) == 0 {
		return Page{Title: "No runs", Lead: "There is no record of any."}
	}
	names, groups := labels(runs), byTest(runs)
	p := Page{Title: "Runs side by side", Lead: fmt.Sprintf("%d runs, from the records in their directories.", len(runs))}
	if len(runs) == 1 {
		p.Title = fmt.Sprintf("%s: a run of training", runs[0].model())
		p.Lead = summary(runs[0])
	}
	outcome := []Part{outcomes(runs, names)}
	if warning := apart(runs, groups, names); warning != "" {
		outcome = append([]Part{Paragraph(warning)}, outcome...)
	}
	var curves []Part
	for _, f := range Curves(runs...) {
		curves = append(curves, f)
	}
	p.Sections = []Section{
		{"Outcome", outcome},
		{"Curves", curves},
	}
	for i, r := range runs {
		name, file := "", "mistakes"
		if len(runs) > 1 {
			name, file = ": "+names[i], fmt.Sprint("mistakes-", i+1)
		} else if r.strip {
			file = "" // it has that name
		}
		p.Sections = append(append(p.Sections, samples(r, name)...), mistakes(r, name, file)...)
	}
	p.Sections = append(p.Sections, Section{"Settings", []Part{settingsTable(runs, names)}})
	if t, known := origins(runs, names); known {
		p.Sections = append(p.Sections, Section{"Where and when", []Part{t}})
	}
	return p
}

// summary says in a sentence or two how a run went.
func summary(r *Run) string {
	last := r.last()
	text := fmt.Sprintf("%s after %d steps, %.4g epochs, in %s: ", r.model(), last.Iteration, last.Epoch, duration(last.Seconds))
	if r.Result == nil {
		text = "The run has not ended. " + text
	}
	if !r.classifies() {
		return text + r.taskSummary()
	}
	if last.Test == nil {
		return text + fmt.Sprintf("training error %s.", percent(last.TrainError))
	}
	return text + fmt.Sprintf("test error %s, the lowest of all epochs %s; training error %s.",
		percent(last.Test.Error), percent(r.best()), percent(last.TrainError))
}

// manyClasses is the number of classes from which on the five likeliest say
// something: of fewer, none or one is left out.
const manyClasses = 6

// outcomes is a table with a row for each run.
func outcomes(runs []*Run, names []string) Table {
	if slices.ContainsFunc(runs, func(r *Run) bool { return !r.classifies() }) {
		return taskOutcomes(runs, names)
	}
	t := Table{
		Caption: "Errors are those of the last epoch; best is the lowest test error of all epochs, which is chosen on the test set " +
			"and therefore flatters.",
		Columns: []string{"run", "network", "parameters", "steps", "epochs", "test error", "best", "top-5 error", "training error", "time"},
	}
	const top5, rate = "top-5 error", "images per second"
	some := false
	for i, r := range runs {
		last := r.last()
		name, parameters, testError, fifth := names[i], "", "", ""
		if r.Result != nil {
			parameters = printable.Thousands(r.Result.Parameters)
		} else if len(runs) > 1 {
			name += " (not ended)"
		}
		if last.Test != nil {
			testError = percent(last.Test.Error)
			if r.classes() >= manyClasses {
				fifth, some = percent(last.Test.Top5Error), true
			}
		}
		t.Rows = append(t.Rows, []string{name, r.model(), parameters, printable.Thousands(last.Iteration), fmt.Sprintf("%.4g", last.Epoch),
			testError, percent(r.best()), fifth, percent(last.TrainError), duration(last.Seconds)})
	}
	if !some {
		t.drop(slices.Index(t.Columns, top5))
	}
	if slices.EqualFunc(runs, names, func(r *Run, name string) bool { return r.model() == name }) && len(runs) > 1 {
		t.drop(slices.Index(t.Columns, "network")) // which names them
	}
	if len(runs) == 1 {
		t.Rows[0][0] = runs[0].name()
		t.Columns = append(t.Columns, rate)
		t.Rows[0] = append(t.Rows[0], fmt.Sprintf("%.0f", runs[0].last().ImagesPerSecond))
		return turned(t)
	}
	return t
}

// turned makes a table of one row a list of names and values.
func turned(t Table) Table {
	list := Table{Caption: t.Caption, Columns: []string{"", ""}}
	for i, name := range t.Columns {
		list.Rows = append(list.Rows, []string{name, t.Rows[0][i]})
	}
	return list
}

// drop takes out a column.
func (t *Table) drop(column int) {
	t.Columns = slices.Delete(t.Columns, column, column+1)
	for i, row := range t.Rows {
		t.Rows[i] = slices.Delete(row, column, column+1)
	}
}

// mistakes are the sections on what the network took for what.
func mistakes(r *Run, of, file string) []Section {
	p := r.Predictions
	if p == nil {
		return nil
	}
	wrong := p.Mistakes()
	sections := []Section{{"Confusion" + of, []Part{Confusion{
		Caption: fmt.Sprintf("What the network at the end of the run makes of the %d test examples; %d are taken for another class.", len(p.Of), len(wrong)),
		Classes: p.Classes, Counts: p.Confusion(),
	}}}}
	if len(p.Pictures) == 0 {
		return sections
	}
	g := Gallery{Name: file, Caption: "The wrong predictions that the network was surest of, with the probability that it gave them, as they are without augmentation. " +
		"Some are odd pictures, some are labels that one may quarrel with."}
	for i, picture := range p.Pictures[:min(len(p.Pictures), len(wrong))] {
		g.Pictures = append(g.Pictures, Picture{picture, []string{
			"is " + p.Classes[wrong[i].True],
			"taken for " + p.Classes[wrong[i].Predicted],
			percent(wrong[i].Probability),
		}})
	}
	return append(sections, Section{"Most confident mistakes" + of, []Part{g}})
}

// settingsTable has a column for each run; settings that all runs agree on come
// last.
func settingsTable(runs []*Run, labels []string) Table {
	t := Table{Caption: "All settings, as config.json has them.", Columns: []string{"setting"}}
	var names []string
	for i, r := range runs {
		t.Columns = append(t.Columns, labels[i])
		for _, s := range r.Settings {
			if !slices.Contains(names, s.Name) {
				names = append(names, s.Name)
			}
		}
	}
	var same [][]string
	for _, name := range names {
		row := []string{name}
		equal := true
		for _, r := range runs {
			row = append(row, r.setting(name))
			equal = equal && row[1] == row[len(row)-1]
		}
		if equal {
			same = append(same, row)
		} else {
			t.Rows = append(t.Rows, row)
		}
	}
	if len(runs) > 1 {
		t.Caption = "All settings, as config.json has them; first those in which the runs differ."
	} else {
		t.Columns[1] = "value"
	}
	t.Rows = append(t.Rows, same...)
	return t
}

// percent writes a fraction, nothing where it is unmeasured.
func percent(v float64) string {
	if v != v {
		return ""
	}
	return fmt.Sprintf("%.2f\u00a0%%", 100*v)
}

func duration(seconds float64) string {
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}
