package report_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorgonet/gorgonet/training/report"
)

// The settings of runs on each kind of pictures.
const (
	onCIFAR   = `{"model": "resnet20", "dataset": "cifar10", "data": "", "augment": true, "limit_train": 0, "schedule": "steps:50", "lr": 0.1}`
	onFewer   = `{"model": "resnet32", "dataset": "cifar10", "data": "/moved", "augment": true, "limit_train": 100, "schedule": "steps:50", "lr": 0.1}`
	onDrawn   = `{"model": "resnet8", "dataset": "cifar10", "data": "synthetic", "augment": false, "schedule": "steps:50", "lr": 0.1}`
	onPhotos  = `{"model": "resnet18", "data": "photos", "val": "", "crop": 64, "interpolation": "bilinear", "augment": "paper", "schedule": "steps:50", "lr": 0.1}`
	onNothing = `{"model": "other", "schedule": "steps:50", "lr": 0.1}`
)

// TestCaptions cites what the paper has on the same pictures, and says how they were
// augmented.
func TestCaptions(t *testing.T) {
	for _, test := range []struct {
		config        string
		wants, absent []string
	}{
		{onCIFAR, []string{"Fig. 6 of He et al. 2015 (section 4.2), where deeper plain", "shifted and flipped at random", "4 pictures of cifar10", "64,000 steps"}, []string{"ImageNet"}},
		{onDrawn, []string{"4 synthetic pictures", "compare with no published ones", "not augmented"}, []string{"ImageNet", "64,000", "nothing odd"}},
		{onPhotos, []string{"Fig. 4 of He et al. 2015 (section 4.1)", "4 photographs of " + filepath.Join("photos", "val"), "600,000 steps of 256", "shifted in colour"}, []string{"CIFAR", "64,000", "Fig. 6"}},
		{onNothing, []string{"as the network saw them"}, []string{"CIFAR", "ImageNet", "He et al."}},
	} {
		r, err := report.Open(write(t, "run", map[string]string{"config.json": test.config}))
		if err != nil {
			t.Fatal(err)
		}
		content, _ := parse(t, html(t, report.New(r)))
		for _, want := range test.wants {
			if !strings.Contains(content, want) {
				t.Errorf("%s: no %q in %s", test.config, want, content)
			}
		}
		for _, text := range test.absent {
			if strings.Contains(content, text) {
				t.Errorf("%s: says %q in %s", test.config, text, content)
			}
		}
	}
}

// TestApart draws runs on different pictures in different figures and says so.
func TestApart(t *testing.T) {
	const three = "cat\n<script>\ndog\n"
	for _, test := range []struct {
		name    string
		first   map[string]string
		second  map[string]string
		want    string
		figures int
	}{
		{"the same pictures", map[string]string{"config.json": onCIFAR}, map[string]string{"config.json": strings.Replace(onFewer, "100", "0", 1)}, "", 3},
		{"fewer to learn from", map[string]string{"config.json": onCIFAR}, map[string]string{"config.json": onFewer}, "did not learn from the same ones: their settings differ in limit_train", 3},
		{"synthetic ones", map[string]string{"config.json": onCIFAR}, map[string]string{"config.json": onDrawn},
			"These runs were not measured on the same pictures: resnet20 on 4 pictures of cifar10; resnet8 on 4 synthetic pictures. Their errors", 5},
		{"photographs", map[string]string{"config.json": onCIFAR}, map[string]string{"config.json": onPhotos, "classes.txt": three}, "do not compare", 5},
		{"other labels", map[string]string{"config.json": onPhotos}, map[string]string{"config.json": strings.Replace(onPhotos, "resnet18", "resnet34", 1),
			"predictions.csv": strings.Replace(records["predictions.csv"], "0,0,0", "0,1,0", 1)}, "do not compare", 5},
		{"one that has not ended", map[string]string{"config.json": onCIFAR}, map[string]string{"config.json": onDrawn, "classes.txt": ""}, "resnet8 on synthetic pictures.", 5},
		{"two that have not ended", map[string]string{"config.json": onCIFAR, "classes.txt": ""}, map[string]string{"config.json": strings.Replace(onFewer, "100", "0", 1), "classes.txt": ""}, "", 3},
	} {
		// One shape of result, so that networks have their settings' names.
		test.first["result.json"], test.second["result.json"] = `{"parameters": 1}`, `{"parameters": 2}`
		var runs []*report.Run
		for _, changes := range []map[string]string{test.first, test.second} {
			r, err := report.Open(write(t, "run", changes))
			if err != nil {
				t.Fatal(err)
			}
			runs = append(runs, r)
		}
		content, elements := parse(t, html(t, report.New(runs...)))
		if elements["svg"] != test.figures || !strings.Contains(content, test.want) || test.want == "" && strings.Contains(content, "These runs were") {
			t.Errorf("%s: %d figures, want %d, and %q in %s", test.name, elements["svg"], test.figures, test.want, content)
		}
		names := map[string]bool{}
		for _, f := range report.Curves(runs...) {
			names[f.Name] = true
		}
		if len(names) != test.figures || names["curves-2"] != (test.figures > 3) {
			t.Errorf("%s: figures %v", test.name, names)
		}
	}
}

// TestTopFive leaves the five likeliest classes out where there are hardly more.
func TestTopFive(t *testing.T) {
	seven := strings.Join([]string{"a", "b", "c", "d", "e", "f", "g", ""}, "\n")
	for _, test := range []struct {
		name    string
		changes map[string]string
		want    bool
	}{
		{"two classes", map[string]string{"config.json": onPhotos}, false},
		{"five classes", map[string]string{"config.json": onPhotos, "classes.txt": "a\nb\nc\nd\ne\n"}, false},
		{"seven classes", map[string]string{"config.json": onPhotos, "classes.txt": seven}, true},
		{"ten, not ended", map[string]string{"config.json": onCIFAR, "classes.txt": ""}, true},
	} {
		r, err := report.Open(write(t, "run", test.changes))
		if err != nil {
			t.Fatal(err)
		}
		if content, _ := parse(t, html(t, report.New(r))); strings.Contains(content, "top-5") != test.want {
			t.Errorf("%s: want top-5 %t in %s", test.name, test.want, content)
		}
	}
}
