package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gorgonet/gorgonet/cmd/internal/clitest"
	"github.com/gorgonet/gorgonet/graph/weights"
	"github.com/gorgonet/gorgonet/resnet"
	"github.com/gorgonet/gorgonet/training"
	"github.com/gorgonet/gorgonet/training/tensorboard"
)

func TestMain(m *testing.M) {
	if err := resnet.Register(narrow); err != nil {
		panic(err)
	}
	clitest.Main(m, main)
}

// small is a run of a few seconds.
func small(out string, more ...string) []string {
	return append([]string{"-data", "synthetic", "-model", "resnet8", "-limit-train", "48", "-limit-test", "20", "-batch", "16",
		"-iterations", "12", "-out", out}, more...)
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, name := range []string{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"} {
		write("length/"+name, make([]byte, 3073*10000-1))
		bad := make([]byte, 3073*10000)
		bad[3073*77] = 10
		write("label/"+name, bad)
	}
	finished := filepath.Join(dir, "finished")
	if code, _, stderr := clitest.Run(t, small(finished, "-iterations", "2")...); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	ages := filepath.Join(dir, "ages.safetensors")
	if err := weights.WriteSafetensors(ages, nil, map[string]string{"model": "resnet20", "task": `{"name":"regression"}`}); err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(dir, "damaged")
	for _, name := range []string{"config.json", "log.csv", "latest.safetensors"} {
		data, err := os.ReadFile(filepath.Join(finished, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "latest.safetensors" {
			data[len(data)-1] ^= 0x40
		}
		write("damaged/"+name, data)
	}
	for _, test := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"unknown flag", []string{"-modle", "resnet20"}, 2, "-modle"},
		{"stray argument", []string{"resnet20"}, 2, `unexpected argument "resnet20"`},
		{"unknown shortcut", small(dir+"/x", "-shortcut", "D"), 2, "-shortcut is A, B or C"},
		{"unknown schedule", small(dir+"/x", "-schedule", "magic"), 2, "magic"},
		{"nearly a schedule", small(dir+"/x", "-schedule", "warmup:5+cosin@0.1"), 2, "did you mean cosine?"},
		{"nearly a normalisation", small(dir+"/x", "-normalize", "pixl"), 2, "did you mean pixel?"},
		{"nearly synthetic data", small(dir+"/x", "-data", "sythetic"), 2, `-data: there is no "sythetic" here; did you mean synthetic?`},
		{"negative batch", small(dir+"/x", "-batch", "-3"), 2, "-batch must be positive, not -3"},
		{"no steps", small(dir+"/x", "-iterations", "0"), 2, "-iterations must be positive, not 0"},
		{"epochs without end", []string{"-data", "synthetic", "-epochs", "Inf", "-out", dir + "/x"}, 2, "-epochs is 0 or more, not +Inf"},
		{"more steps than can be counted", []string{"-data", "synthetic", "-epochs", "1e12", "-out", dir + "/x"}, 2, "at most 2147483647 are possible"},
		{"negative workers", small(dir+"/x", "-workers", "-1"), 2, "-workers is 0 or more, not -1"},
		{"nothing to measure", []string{"-eval"}, 2, "say with -out which run, or with -weights which file"},
		{"unknown data set", small(dir+"/x", "-dataset", "mnist"), 2, "mnist"},
		{"resume without -out", []string{"-resume"}, 2, "-out"},
		{"unknown model", small(dir+"/x", "-model", "resnet21"), 2, "6n+2 layers (8, 14, 20, 32, 44, 56, 110, ...), not 21; did you mean resnet20?"},
		{"no such model", small(dir+"/x", "-model", "lenet"), 2, `unknown model "lenet"`},
		{"missing data", small(dir+"/x", "-data", dir+"/none"), 1, "none"},
		{"archive that is none", small(dir+"/x", "-data", write("a.tar.gz", []byte("nothing"))), 1, "a.tar.gz"},
		{"batch file of the wrong length", small(dir+"/x", "-data", dir+"/length"), 1, "data_batch_1.bin"},
		{"label out of range", small(dir+"/x", "-data", dir+"/label"), 1, "label"},
		{"output directory in a file", small(dir + "/a.tar.gz/run"), 1, "cannot make the output directory"},
		{"a run is there already", small(finished), 1, "holds a run already"},
		{"nothing to resume", []string{"-resume", "-out", dir + "/none"}, 1, "there is no run in"},
		{"resume with another model", []string{"-resume", "-out", finished, "-model", "resnet14"}, 1, "started with -model resnet8, not resnet14"},
		{"a momentum of 1", small(dir+"/x", "-momentum", "1"), 2, "-momentum is 0 to below 1, not 1"},
		{"a negative momentum", small(dir+"/x", "-momentum", "-0.9"), 2, "-momentum is 0 to below 1, not -0.9"},
		{"a decay of NaN", small(dir+"/x", "-weight-decay", "NaN"), 2, "-weight-decay is 0 or more, not NaN"},
		{"an infinite rate", small(dir+"/x", "-lr", "Inf"), 2, "-lr"},
		{"Nesterov without momentum", small(dir+"/x", "-momentum", "0", "-nesterov"), 2, "-nesterov needs a -momentum"},
		{"a cosine that rises", small(dir+"/x", "-schedule", "cosine:3"), 2, "want a final rate of 0 to 0.1"},
		{"two lengths", small(dir+"/x", "-epochs", "3"), 2, "-epochs and -iterations cannot both be given"},
		{"two lengths on resuming", []string{"-resume", "-out", finished, "-iterations", "9", "-epochs", "3"}, 2, "-epochs and -iterations cannot both be given"},
		{"shorter than it is", []string{"-resume", "-out", finished, "-iterations", "1"}, 1, "the run has done 2 steps already"},
		{"starting from missing weights", small(dir+"/x", "-weights", dir+"/none.pth"), 1, "none.pth"},
		{"resuming from other weights", []string{"-resume", "-out", finished, "-weights", dir + "/none.pth"}, 2, "-weights is where a new run starts"},
		{"another model than the checkpoint's", []string{"-eval", "-weights", finished + "/best.safetensors", "-model", "resnet14", "-data", "synthetic"}, 2, "holds a resnet8, not a resnet14"},
		{"another data set than the checkpoint's", []string{"-eval", "-weights", finished + "/best.safetensors", "-dataset", "cifar100"}, 2, "not for cifar100"},
		{"another normalisation than the checkpoint's", []string{"-eval", "-weights", finished + "/best.safetensors", "-normalize", "imagenet", "-data", "synthetic"}, 2, "another normalisation than -normalize imagenet"},
		{"resume a damaged checkpoint", []string{"-resume", "-out", damaged}, 1, "damaged: the content does not fit its checksum"},
		{"weights that do not fit, before the data", []string{"-eval", "-weights", finished + "/config.json", "-data", dir + "/none"}, 1, "neither a safetensors nor a PyTorch file"},
		{"starting from what does not fit, before the data", small(dir+"/x", "-weights", finished+"/best.safetensors", "-model", "resnet14", "-data", dir+"/none"), 1, "they look like those of resnet8"},
		{"evaluate missing weights", []string{"-eval", "-weights", dir + "/none", "-data", "synthetic"}, 1, "none"},
		{"a rate of dropping of 1", small(dir+"/x", "-dropout", "1"), 2, `-dropout: a probability is 0 to below 1, not "1"`},
		{"a negative rate of stochastic depth", small(dir+"/x", "-drop-path", "-0.1"), 2, `-drop-path: a probability is 0 to below 1, not "-0.1"`},
		{"stochastic depth of NaN", small(dir+"/x", "-drop-path", "NaN"), 2, `-drop-path: a probability is 0 to below 1, not "NaN"`},
		{"stochastic depth without units", small(dir+"/x", "-model", "vgg16", "-drop-path", "0.1"), 2, "vgg16 has no residual units"},
		{"an unknown recipe", small(dir+"/x", "-recipe", "vitt"), 2, "did you mean vit?"},
		{"fine-tuning nothing", small(dir+"/x", "-recipe", "finetune"), 2, "-recipe finetune needs -weights to start from"},
		{"pictures made smaller", small(dir+"/x", "-size", "16"), 2, "-size is 32, as the pictures are, to 1024, not 16"},
		{"the mean picture enlarged", small(dir+"/x", "-size", "64"), 2, "-size 64 needs another -normalize than pixel"},
		{"a span beyond the run", small(dir+"/x", "-schedule", "warmup:120%+cosine"), 2, "want a span in hundredths of 0 to 100, got 120"},
		{"negative patience", small(dir+"/x", "-patience", "-1"), 2, "-patience is 0 or more, not -1"},
		{"an unknown metric", small(dir+"/x", "-patience", "3", "-monitor", "test_eror"), 2, "did you mean test_error?"},
		{"class weights that are none", small(dir+"/x", "-class-weights", "1,x"), 2, `-class-weights are balanced, or numbers of 0 or more such as 1,0.5,2, one for each class, not "1,x"`},
		{"class weights of nothing", small(dir+"/x", "-class-weights", "0,0"), 2, "no class counts"},
		{"class weights of too few classes", small(dir+"/x", "-class-weights", "1,2,3"), 2, "one for each of 10 classes, not 3"},
		{"evaluate a checkpoint of another task", []string{"-eval", "-weights", ages, "-data", "synthetic"}, 1, "is a checkpoint of the task regression, not of classification"},
		{"divergence", small(dir+"/nan", "-lr", "1e30"), 1, "diverged"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, _, stderr := clitest.Run(t, test.args...)
			if code != test.code || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("want exit %d and one line with %q, got %d and %q", test.code, test.want, code, stderr)
			}
		})
	}
}

// TestRetries begins with a rate that is far too high and goes back until it is not.
func TestRetries(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	code, stdout, stderr := clitest.Run(t, small(out, "-lr", "1e30", "-iterations", "2", "-retries", "100")...)
	if code != 0 || !strings.Contains(stdout, "back at step 0, going on with 1/2 of the scheduled rate; 1 of 100 retries") || !strings.Contains(stdout, "top-5 ") {
		t.Fatalf("exit %d: %s %s", code, stdout, stderr)
	}
	text, err := os.ReadFile(filepath.Join(out, "log.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n != 2 {
		t.Errorf("want a header and a row, got %d lines:\n%s", n, text)
	}
	code, stdout, stderr = clitest.Run(t, small(filepath.Join(t.TempDir(), "run"), "-lr", "1e30", "-retries", "2")...)
	if code != 1 || strings.Count(stdout, "back at step 0") != 2 || !strings.Contains(stderr, "diverged") {
		t.Errorf("exit %d: %s %s", code, stdout, stderr)
	}
}

// outcome is what two runs with the same settings must agree on.
type outcome struct {
	Tensors, Best []weights.Array
	Log           [][]string
	Events        []tensorboard.Event
	Predictions   string
	Mistakes      string
	Files         []string // names
}

// differences names what differs.
func (o outcome) differences(other outcome) (names []string) {
	a, b := reflect.ValueOf(o), reflect.ValueOf(other)
	for i := range a.NumField() {
		if !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			names = append(names, a.Type().Field(i).Name)
		}
	}
	return names
}

func read(t *testing.T, dir string) outcome {
	t.Helper()
	var o outcome
	var err error
	if o.Tensors, _, _, err = weights.ReadSafetensors(filepath.Join(dir, "latest.safetensors")); err != nil {
		t.Fatal(err)
	}
	if o.Best, _, _, err = weights.ReadSafetensors(filepath.Join(dir, "best.safetensors")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "log.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if o.Log, err = csv.NewReader(bytes.NewReader(text)).ReadAll(); err != nil {
		t.Fatal(err)
	}
	for i, row := range o.Log {
		o.Log[i] = row[:7] // the rest is time
	}
	events, err := tensorboard.Read(filepath.Join(dir, "events.out.tfevents.gorgonet"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		e.Time = time.Time{}
		if len(e.Values) == 0 || e.Values[0].Tag != "images_per_second" {
			o.Events = append(o.Events, e)
		}
	}
	for name, to := range map[string]*string{"predictions.csv": &o.Predictions, "mistakes.png": &o.Mistakes} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		*to = string(text)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		o.Files = append(o.Files, f.Name())
	}
	return o
}

// TestInterruptAndResume interrupts a run twice as Ctrl-C does, resumes it each
// time, and compares it with a run left alone on one processor.
func TestInterruptAndResume(t *testing.T) {
	dir := t.TempDir()
	alone, broken := filepath.Join(dir, "alone"), filepath.Join(dir, "broken")
	c := clitest.Command(small(alone, "-schedule", "cosine", "-iterations", "18")...)
	c.Env = append(c.Env, "GOMAXPROCS=1")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	args := small(broken, "-schedule", "cosine", "-iterations", "18")
	for stop := 1; stop <= 2; stop++ {
		clitest.Interrupt(t, broken, 2*stop+1, args...)
		args = []string{"-resume", "-out", broken}
	}
	if code, _, stderr := clitest.Run(t, args...); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if d := read(t, broken).differences(read(t, alone)); len(d) > 0 {
		t.Errorf("the resumed run differs from the one left alone in %v", d)
	}
	for _, name := range []string{"report.html", "curves.svg", "curves.png", "loss.svg", "rate.png", "classes.txt", "mistakes.png", "mistakes-raw.png"} {
		if _, err := os.Stat(filepath.Join(broken, name)); err != nil {
			t.Error(err)
		}
	}
	var r training.Result
	text, err := os.ReadFile(filepath.Join(broken, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil || r.Model != "resnet8" || r.Iterations != 18 {
		t.Errorf("result %+v, %v", r, err)
	}

	code, stdout, stderr := clitest.Run(t, "-eval", "-out", broken)
	if code != 0 || !strings.Contains(stdout, "of 20 right") {
		t.Errorf("-eval: exit %d, %q, %q", code, stdout, stderr)
	}
	code, again, _ := clitest.Run(t, "-eval", "-weights", filepath.Join(broken, "best.safetensors"), "-data", "synthetic",
		"-model", "resnet8", "-limit-train", "48", "-limit-test", "20")
	if code != 0 || again != stdout {
		t.Errorf("-eval -weights: exit %d, %q, want %q", code, again, stdout)
	}
}
