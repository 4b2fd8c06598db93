package report_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training/report"
)

// TestOrigin says on the page what is recorded of where and when a run was.
func TestOrigin(t *testing.T) {
	const full = `{"model": "a", "finished": "2026-11-26T05:12:30+01:00", "machine": {"processor": "A <fast> one", "cores": 2, "kernels": "avx2"}, "go": "go1.26.8", "version": "v0.3.0"}`
	for _, test := range []struct {
		name, result string
		want, absent []string
	}{
		{"all of it", full, []string{"finished26 November 2026, 04:12 UTC", "machineA <fast> one, 2 cores, avx2 kernels", "Go1.26.8", "gorgonetv0.3.0"}, nil},
		{"an older run", `{"model": "a"}`, []string{"gorgonetv0.1.0"}, []string{"finished", "machine"}},
		{"a run that has not ended", "", []string{"gorgonetv0.1.0"}, []string{"finished", "machine"}},
		{"one core", `{"machine": {"cores": 1}}`, []string{"machine1 core"}, []string{"kernels"}},
	} {
		r, err := report.Open(write(t, "run", map[string]string{"result.json": test.result, "config.json": `{"version": "v0.1.0"}`}))
		if err != nil {
			t.Fatal(err)
		}
		content, _ := parse(t, html(t, report.New(r)))
		_, content, _ = strings.Cut(content, "Where and when")
		content = strings.Join(strings.Fields(content), " ")
		for _, want := range test.want {
			if !strings.Contains(content, want) {
				t.Errorf("%s: no %q in %s", test.name, want, content)
			}
		}
		for _, text := range test.absent {
			if strings.Contains(content, text) {
				t.Errorf("%s: %q in %s", test.name, text, content)
			}
		}
	}
	// Of several runs, a row each; of none that is known, no section.
	a, err := report.Open(write(t, "a", map[string]string{"result.json": full}))
	if err != nil {
		t.Fatal(err)
	}
	b, err := report.Open(write(t, "b", map[string]string{"result.json": ""}))
	if err != nil {
		t.Fatal(err)
	}
	if page := html(t, report.New(a, b)); !strings.Contains(page, `<td>26 November 2026, 04:12 UTC</td>`) || !strings.Contains(page, `<th scope="row">resnet20</th><td></td>`) {
		t.Errorf("no row for each run in %s", page)
	}
	if page := html(t, report.New(b)); strings.Contains(page, "Where and when") {
		t.Error("a section on nothing")
	}
	o := report.Here("v1")
	if rows := o.Rows(); len(rows) != 4 || !strings.Contains(o.Machine, runtime.GOARCH) || o.Go != runtime.Version() {
		t.Errorf("here: %v", rows)
	}
}
