package report_test

import (
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training/report"
)

// TestTable sets columns of numbers to the right and lets paths break, so that
// tables fit a phone or scroll in a box of their own.
func TestTable(t *testing.T) {
	path := "/data/" + strings.Repeat("x", 60)
	page := html(t, report.Page{Sections: []report.Section{{Parts: []report.Part{
		report.Table{Columns: []string{"run", "error", "time", "data", "note"}, Rows: [][]string{
			{path, "1.00 ± 0.10", "1h2m5s", path, "500 synthetic pictures"}, {"b", "−2.5\u00a0%", "", "short", "3"}}},
		report.Table{Columns: []string{"", ""}, Rows: [][]string{{"data", path}}},
	}}}})
	for _, want := range []string{
		`<th scope="row" class="long">` + path, `<td class="number">1.00 ± 0.10</td>`, `<td class="number">1h2m5s</td>`, `<td class="long">` + path,
		`<td>500 synthetic pictures</td>`, "<td class=\"number\">−2.5\u00a0%</td>", `<table class="named">`, `<th scope="col" class="number">error</th>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
	if n := strings.Count(page, `<div class="scroll" tabindex="0"><table`); n != 2 {
		t.Errorf("%d tables have a box to scroll in, want 2", n)
	}
}
